/** `rialto train` beside a running server: the directory is only read, and what was trained is published to the server. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openEngine } from '../../delivery/data-directory.ts';
import { startServer } from '../../server/listen.ts';
import { liveTaste } from '../../training/taste.fixture.ts';
import { printedBy } from '../printed.fixture.ts';
import { trainCommand } from './train.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-train-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rialto = (...args: string[]): Promise<string> =>
  printedBy(async () => {
    await trainCommand.parseAsync(args, { from: 'user' });
  });

test('what is trained beside a server serves there, with the embedding; a server of another log refuses it', async () => {
  const engine = await openEngine(data);
  await liveTaste(engine, Date.now());
  const other = await openEngine(join(folder, 'other'));
  const server = await startServer(engine, { port: 0, apiKeys: new Map([['ops', 's3cret']]) });
  const stranger = await startServer(other, { port: 0 });
  try {
    await expect(rialto('--data', data)).rejects.toThrow('name it with --url');
    const where = ['--data', data, '--key', 's3cret'];
    await expect(rialto('--data', data, '--url', server.url, '--key', 'x')).rejects.toMatchObject({
      code: 'unauthorized',
    });
    const card = JSON.parse(await rialto(...where, '--url', server.url, '--json'));
    expect(card).toMatchObject({ version: 1, listings: { count: 60 }, gates: { reasons: [] } });
    expect(engine.models.list().map(({ name, status, by }) => `${name} ${status} ${by}`)).toEqual([
      'embedding serving ops',
      'ranker serving ops',
    ]);
    expect(engine.models.serving('ranker')!.card).toMatchObject({ listings: card.listings, recall: card.recall });
    expect(engine.state.signals.embedding.size).toBe(60);
    expect(readdirSync(join(data, 'models'))).toContain('ranker-1.md');

    await expect(rialto(...where, '--url', stranger.url)).rejects.toThrow('it does not serve this log');
    expect(other.models.list()).toEqual([]);
  } finally {
    await server.stop();
    await stranger.stop();
  }
});
