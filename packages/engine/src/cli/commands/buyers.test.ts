/** `rialto buyers erase`, on a data directory and over HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine, readState } from '../../delivery/data-directory.ts';
import { event, LISTINGS } from '../../delivery/market.fixture.ts';
import { startServer } from '../../server/listen.ts';
import { printedBy } from '../printed.fixture.ts';
import { buyersCommand } from './buyers.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-buyers-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  const engine = await openEngine(data);
  await engine.save('listing', LISTINGS, 'test');
  await engine.ingest(
    ['ada', 'bob'].map((buyer) => event(`by-${buyer}`, 'view', { buyer, session: `visit-of-${buyer}` })),
  );
  await engine.close();
});

const erase = (...args: string[]): Promise<string> =>
  printedBy(async () => {
    await buyersCommand.parseAsync(['erase', ...args], { from: 'user' });
  });

test('forgets who is named, and says whether anything was known', async () => {
  expect(await erase('ada', '--data', data)).toBe('buyer "ada" is forgotten\n');
  expect(JSON.parse(await erase('ada', '--session', '--data', data, '--json'))).toEqual({
    session: 'ada',
    known: false,
  });
  const { market } = await readState(data);
  expect([market.buyers.keys.find('ada'), market.buyers.size]).toEqual([-1, 1]);
});

test('over HTTP the same', async () => {
  const engine = await openEngine(data);
  const server = await startServer(engine, { port: 0 });
  expect(await erase('bob', '--url', server.url)).toBe('buyer "bob" is forgotten\n');
  expect(engine.state.market.buyers.size).toBe(0);
  await server.stop();
  await engine.close();
});

test('an id that none can be is refused', async () => {
  await expect(erase('a\u0000b', '--data', data)).rejects.toMatchObject({ code: 'bad-request' });
});
