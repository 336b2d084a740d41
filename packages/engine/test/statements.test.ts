/**
 * Statements against the log, to the micro: what each campaign's day has to be charged is worked out from the records alone
 * (charges.ts), payments and refunds are added up by hand, and every line's balance must follow from the one before.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StatementRow } from '@rialto/sdk';
import { afterAll, describe, expect, test } from 'vitest';
import { Rng } from '../src/base/rng.ts';
import { MILLIS_PER_DAY, millis } from '../src/base/units.ts';
import { CAMPAIGNS, NOW, openMarket } from '../src/delivery/market.fixture.ts';
import { openLake } from '../src/lake/open-lake.ts';
import { reconcile } from '../src/lake/reconciliation.ts';
import { refreshLake } from '../src/lake/refresh-lake.ts';
import { readStatement } from '../src/lake/statement.ts';
import { writeStatement } from '../src/lake/statement-file.ts';
import type { LogRecord } from '../src/log/record.ts';
import { chargesOf, EVERY_CLICK } from './charges.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-statements-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHOPS = ['potter', 'weaver', 'joiner'];
const ALL = { from: '2026-01-01', to: '2027-01-01' };
const dayText = (day: number): string => new Date(day * MILLIS_PER_DAY).toISOString().slice(0, 10);

/** Days of clicks, payments and refunds. Returns what was paid and what was refunded, by shop. */
async function trade(seed: number) {
  const opened = await openMarket();
  const { engine, clock } = opened;
  const rng = new Rng(seed);
  await engine.save('settings', [EVERY_CLICK], 'test');
  await engine.save('campaign', [{ ...CAMPAIGNS[0]!, dailyBudgetMicros: 2_000_000 }], 'test');
  const paid: Record<string, number> = {};
  const refunded: Record<string, number> = {};
  const tokens: { token: string; listing: string; shop: string }[] = [];
  for (let step = 0; step < 250; step++) {
    clock.set(millis(clock.now() + rng.below(4 * 3_600_000)));
    for (const { items } of engine.decide({ placements: ['home'], buyer: `b${rng.below(30)}` }).placements)
      for (const { kind, id, token, campaign } of items)
        if (kind === 'ad') tokens.push({ token, listing: id, shop: campaign === 'spring' ? 'potter' : 'weaver' });
    const ad = tokens[rng.below(tokens.length)]!;
    await engine.ingest([
      { id: `c${step}`, type: 'click', buyer: `b${rng.below(30)}`, listing: ad.listing, token: ad.token },
    ]);
    if (step % 9 === 0) {
      const shop = SHOPS[rng.below(3)]!;
      const amountMicros = rng.below(3_000_000) - 500_000;
      if (amountMicros !== 0) await engine.pay({ id: `p${step}`, shop, amountMicros }, 'test');
      await engine.pay({ id: `p${step}`, shop, amountMicros }, 'test').catch(() => {});
      paid[shop] = (paid[shop] ?? 0) + amountMicros;
    }
    if (step % 7 === 0) {
      const { refundedMicros = 0 } = await engine
        .refund({ id: `f${step}`, reason: 'asked', token: ad.token }, 'test')
        .catch(() => ({ refundedMicros: 0 }));
      refunded[ad.shop] = (refunded[ad.shop] ?? 0) + refundedMicros;
    }
  }
  return { ...opened, paid, refunded };
}

const sum = (rows: readonly StatementRow[], of: keyof StatementRow): number =>
  rows.reduce((total, row) => total + Number(row[of]), 0);

describe('statements', () => {
  test.each([1, 2])('say what the log implies, and every balance follows (seed %i)', async (seed) => {
    const { engine, log, paid, refunded } = await trade(seed);
    const directory = join(folder, `${seed}`);
    await refreshLake(log, directory);
    const lake = await openLake(directory);
    const rows = await readStatement(lake, ALL);
    const records: LogRecord[] = [];
    for await (const batch of log.read(0, 0)) records.push(...batch.records);
    const charges = new Map(
      rows.filter(({ charged_micros: c }) => Number(c) > 0).map((r) => [`${r.campaign} ${r.day}`, r.charged_micros]),
    );
    const expected = [...chargesOf(records)].map(([key, micros]) => {
      const [campaign, day] = key.split(' ');
      return [`${campaign} ${dayText(Number(day))}`, micros] as const;
    });
    expect(expected.length).toBeGreaterThan(20);
    expect(charges).toEqual(new Map(expected));
    for (const shop of SHOPS) {
      const own = rows.filter((row) => row.shop === shop);
      expect(sum(own, 'paid_micros')).toBe(paid[shop] ?? 0);
      expect(sum(own, 'refunded_micros')).toBe(refunded[shop] ?? 0);
      let balance = 0;
      for (const row of own) {
        expect(row.opening_micros).toBe(balance);
        balance += Number(row.paid_micros) - Number(row.charged_micros) + Number(row.refunded_micros);
        expect(row.closing_micros).toBe(balance);
        expect(row.net_events).toBe(row.gross_events - row.invalid_events);
      }
      expect(engine.balance(shop)).toMatchObject({ balanceMicros: balance, paidMicros: paid[shop] ?? 0 });
    }
    expect(Object.values(refunded).reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
    const reconciled = await reconcile(
      lake,
      engine.state.ledger,
      SHOPS.map((_, row) => engine.state.market.listings.shopIds.text(row)),
    );
    expect(reconciled.length).toBe(3);
    expect(reconciled.every(({ agrees }) => agrees)).toBe(true);
    lake.close();
  });

  test('of some days begin with the balance of those before, and are the same as files', async () => {
    const { log } = await trade(3);
    const directory = join(folder, 'files');
    await refreshLake(log, directory);
    const lake = await openLake(directory);
    const all = await readStatement(lake, { ...ALL, shop: 'potter' });
    const middle = dayText(Math.floor(NOW / MILLIS_PER_DAY) + 9);
    const some = await readStatement(lake, { from: middle, to: ALL.to, shop: 'potter' });
    expect(some.length).toBeGreaterThan(0);
    expect(some).toEqual(all.filter(({ day }) => day >= middle));
    await expect(readStatement(lake, { from: '2026-02-01', to: '2026-01-01' })).rejects.toThrow(/end before/);
    for (const format of ['csv', 'parquet'] as const) {
      const file = join(folder, `statement.${format}`);
      await writeStatement(some, file, format);
      const read = format === 'csv' ? `read_csv('${file}', header = true)` : `read_parquet('${file}')`;
      const { DuckDBInstance } = await import('@duckdb/node-api');
      const instance = await DuckDBInstance.create(':memory:');
      const connection = await instance.connect();
      const reader = await connection.runAndReadAll(
        `SELECT strftime(day, '%Y-%m-%d') AS day, * EXCLUDE (day) FROM ${read}`,
      );
      const plain = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
      const back = reader
        .getRowObjects()
        .map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, plain(v)])));
      expect(back).toEqual(some);
      connection.closeSync();
      instance.closeSync();
    }
    lake.close();
  });
});
