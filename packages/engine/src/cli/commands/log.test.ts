/** `rialto log redact`: the ids of erased people are in no file of the directory any more, and it serves as before. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { DAY, event, LISTINGS, NOW, purchase } from '../../delivery/market.fixture.ts';
import { printedBy } from '../printed.fixture.ts';
import { exportCommand } from './export.ts';
import { logCommand } from './log.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-log-'));
const data = join(folder, 'data');
const ADA = 'ada.lovelace.1815';
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const redact = (...args: string[]): Promise<string> =>
  printedBy(async () => {
    await logCommand.parseAsync(['redact', ...args], { from: 'user' });
  });

function filesWith(text: string): string[] {
  return readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(data, name);
    return statSync(path).isFile() && readFileSync(path).includes(text);
  });
}

test('takes the ids out of the log, and what was made of it away; decisions can still be explained', async () => {
  const clock = new ManualClock(millis(NOW));
  const engine = await openEngine(data, { clock, checkpointEvery: 10 });
  await engine.save('listing', LISTINGS, 'test');
  await engine.ingest([event('v1', 'view', { buyer: ADA, listing: 'l3' }), purchase('p1', 'l4', { buyer: ADA })]);
  const { decisionId, placements } = engine.decide({ buyer: ADA, placements: ['home'] });
  await engine.ingest([event('c1', 'click', { buyer: ADA, listing: placements[0]!.items[0]!.id })]);
  await engine.erase({ buyer: ADA }, 'test');
  clock.set(millis(NOW + 10 * DAY));
  await engine.ingest([event('later', 'view', { buyer: 'bob' })]);
  const { orderLines } = engine.state.tally;
  await engine.close();
  await printedBy(async () => {
    await exportCommand.parseAsync(['--as', 'parquet', '--data', data], { from: 'user' });
  });
  expect(existsSync(join(data, 'lake'))).toBe(true);
  expect(filesWith(ADA).some((name) => name.startsWith('log'))).toBe(true);

  expect(JSON.parse(await redact('--data', data, '--json'))).toEqual({
    people: 1,
    records: 5,
    tooEarly: 0,
    cameBack: 0,
  });
  expect(filesWith(ADA)).toEqual([]);
  expect([existsSync(join(data, 'lake')), existsSync(join(data, 'checkpoints'))]).toEqual([false, false]);
  expect(await redact('--data', data)).toBe('0 ids of people replaced, in 0 records\n');

  const again = await openEngine(data, { clock });
  expect(again.state.tally.orderLines).toBe(orderLines);
  const explained = await again.explain(decisionId);
  expect(explained.request.buyer).toMatch(/^erased-/);
  expect(explained.identical).toBe(true);
  await expect(redact('--data', data)).rejects.toMatchObject({ code: 'data-locked' });
  await again.close();
});

test('a mistyped directory is refused, and not made', async () => {
  const mistyped = join(folder, 'dta');
  await expect(redact('--data', mistyped)).rejects.toMatchObject({ code: 'no-data' });
  expect(existsSync(mistyped)).toBe(false);
});
