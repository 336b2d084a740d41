import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import type { Engine } from '../../delivery/engine.ts';
import { statementsCommand } from './statements.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-statements-'));
const data = join(folder, 'data');
let engine: Engine;

beforeAll(async () => {
  const clock = new ManualClock(millis(Date.UTC(2026, 4, 20, 12)));
  engine = await openEngine(data, { clock }); // and holds it: the command runs beside it
  await engine.save('shop', [{ id: 'ann', name: 'Ann' }], 'test');
  await engine.save('listing', [{ id: 'l', title: 'Mug', priceMicros: 9_000_000, shop: 'ann' }], 'test');
  const campaign = { id: 'c', shop: 'ann', listings: ['l'], bidMicros: 300_000, dailyBudgetMicros: 900_000 };
  await engine.save('campaign', [campaign], 'test');
  await engine.pay({ id: 'p', shop: 'ann', amountMicros: 5_000_000 }, 'test');
  const [ad] = engine.decide({ placements: ['home'], buyer: 'b' }).placements[0]!.items;
  clock.set(millis(clock.now() + 1000));
  await engine.ingest([{ id: 'e', type: 'click', buyer: 'b', listing: 'l', token: ad!.token }]);
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  process.exitCode = 0;
});

async function rialto(...args: string[]): Promise<string> {
  let printed = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    const program = new Command('rialto').exitOverride().addCommand(statementsCommand);
    await program.parseAsync(['node', 'rialto', 'statements', ...args, '--data', data]);
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  return printed;
}

const HEADER =
  'day,shop,campaign,entry,reason,gross_events,invalid_events,net_events,free_events,charged_micros,refunded_micros,over_delivered_micros,paid_micros,opening_micros,closing_micros';
const LINES = [
  '2026-05-20,ann,c,click,,1,0,1,0,10000,0,0,0,0,-10000',
  '2026-05-20,ann,,payment,,0,0,0,0,0,0,0,5000000,-10000,4990000',
];

describe('rialto statements', () => {
  test('prints CSV, writes files, and has nothing to say of other days and shops', async () => {
    const days = ['--from', '2026-05-01', '--to', '2026-05-31'];
    expect(await rialto('--shop', 'ann', ...days)).toBe(`${[HEADER, ...LINES].join('\n')}\n`);
    const file = join(folder, 'may.csv');
    expect(await rialto('--as', 'csv', '--out', file, ...days)).toBe('');
    expect(readFileSync(file, 'utf8')).toBe(`${[HEADER, ...LINES].join('\n')}\n`);
    await rialto('--as', 'parquet', '--out', join(folder, 'may.parquet'), ...days);
    expect(readFileSync(join(folder, 'may.parquet')).subarray(0, 4).toString()).toBe('PAR1');
    expect(await rialto('--shop', 'bob', ...days)).toBe(`${HEADER}\n`);
    expect(JSON.parse(await rialto('--as', 'json', '--to', '2026-05-19'))).toEqual({ rows: [] });
    await expect(rialto('--as', 'parquet')).rejects.toThrow(/--out FILE/);
  });

  test('--check says that the ledger and the statements agree', async () => {
    expect(await rialto('--check')).toMatch(
      /^agrees {3}ann: owes 10000 .* and 10000 .*; paid 5000000 and 5000000\n1 shops, \d+ records: the ledger and the statements agree/,
    );
    expect(JSON.parse(await rialto('--check', '--json'))).toMatchObject({
      agrees: true,
      shops: [{ shop: 'ann', ledger: { owedMicros: '10000' } }],
    });
    expect(process.exitCode ?? 0).toBe(0);
  });
});
