/** What the lake says of money is what the state's ledger says, to the micro. */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { applyRecord } from '../delivery/apply.ts';
import { State } from '../delivery/state.ts';
import type { LogRecord } from '../log/record.ts';
import { MONDAY, simulated } from '../simulator/simulated-engine.fixture.ts';
import { ChargeFold } from './charge-fold.ts';
import { ask, logOf, makeShore } from './lake.fixture.ts';
import { refreshLake } from './refresh-lake.ts';

const shore = makeShore();
afterAll(() => shore.remove());

const HOUR = 3_600_000;
const LISTING: LogRecord = { kind: 'listing', at: MONDAY, by: 'x', entity: { id: 'l', title: 'l', priceMicros: 1 } };
const CAMPAIGNS = ['c0', 'c1', 'c2'];

/** Campaigns whose budgets change, and events with tokens of them: repeated, replayed, late, and of no campaign. */
const adRecord: fc.Arbitrary<(at: number) => LogRecord> = fc.oneof(
  fc.record({ c: fc.nat(2), budget: fc.nat(40) }).map(({ c, budget }) => (at: number) => ({
    kind: 'campaign' as const,
    at,
    by: 'x',
    entity: { id: CAMPAIGNS[c]!, shop: `s${c % 2}`, listings: ['l'], bidMicros: 9, dailyBudgetMicros: budget },
  })),
  fc
    .record({
      id: fc.nat(60),
      type: fc.constantFrom(
        'click' as const,
        'click' as const,
        'click' as const,
        'impression' as const,
        'view' as const,
      ),
      c: fc.nat(3),
      decision: fc.nat(9),
      position: fc.nat(2),
      price: fc.integer({ min: 1, max: 12 }),
      life: fc.integer({ min: -2, max: 40 }),
    })
    .map(({ id, type, c, decision, position, price, life }) => (at: number) => ({
      kind: 'event' as const,
      at,
      event: { id: `e${id}`, type, at, listing: 'l', buyer: `b${id}` },
      claims: {
        decisionId: `d${decision}`,
        position,
        listing: 'l',
        placement: 'p',
        campaign: `c${c}`,
        priceMicros: price,
        expiresAt: at + life * HOUR,
      },
    })),
);
const adLog = fc
  .array(fc.tuple(adRecord, fc.integer({ min: 0, max: 9 })), { minLength: 20, maxLength: 150 })
  .map((steps) => {
    let at = MONDAY;
    const records = steps.map(([make, hours]) => {
      at += hours * HOUR;
      return make(at);
    });
    return [LISTING, ...records];
  });

const BY_DAY = `
  SELECT campaign, (day - DATE '1970-01-01')::INTEGER AS day, sum(charged) AS charged, sum(over) AS over, sum(refunded) AS refunded,
    sum(clicks) AS clicks, sum(free) AS free
  FROM (
    SELECT campaign, day, charged_micros AS charged, over_delivered_micros AS over, 0 AS refunded, 1 AS clicks,
      (outcome = 'over-budget')::INTEGER AS free FROM charges WHERE shop IS NOT NULL
    UNION ALL SELECT campaign, day, 0, 0, refunded_micros, 0, 0 FROM refunds)
  GROUP BY ALL ORDER BY campaign, day`;

function ledgerByDay({ ledger, market }: State): unknown[] {
  return [...ledger.days()]
    .filter(({ clicks, refundsBookedMicros }) => clicks > 0 || refundsBookedMicros > 0)
    .map((row) => ({
      campaign: market.campaigns.documents.ids.text(row.campaign),
      day: row.day as number,
      charged: row.chargedMicros as number,
      over: row.overDeliveredMicros as number,
      refunded: row.refundsBookedMicros as number,
      clicks: row.clicks,
      free: row.freeEvents,
    }))
    .sort((a, b) => (a.campaign === b.campaign ? a.day - b.day : a.campaign < b.campaign ? -1 : 1));
}

function stateOf(records: readonly LogRecord[]): State {
  const state = new State();
  for (const record of records) applyRecord(state, record);
  return state;
}

describe('charges', () => {
  test('of any ads are what the ledger has, by campaign and day', async () => {
    const outcomes = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(adLog, async (records) => {
        const directory = shore.lake();
        await refreshLake(await logOf(records), directory);
        const state = stateOf(records);
        expect(await ask(directory, BY_DAY)).toEqual(ledgerByDay(state));
        const counts = await ask(directory, 'SELECT outcome, count(*) AS n FROM charges GROUP BY 1');
        for (const { outcome } of counts) outcomes.add(outcome);
        const count = (outcome: string) => counts.find((row) => row['outcome'] === outcome)?.['n'] ?? 0;
        expect([count('expired'), count('replayed'), count('over-budget')]).toEqual([
          state.tally.tokensExpired,
          state.tally.tokensReplayed,
          state.tally.clicksOverBudget,
        ]);
      }),
      { numRuns: 25, seed: 20260105 },
    );
    expect([...outcomes].sort()).toEqual([
      'charged',
      'expired',
      'over-budget',
      'replayed',
      'too-fast',
      'unknown-campaign',
    ]);
  });

  test('the fold goes on from its checkpoint as if it had never stopped', () => {
    fc.assert(
      fc.property(adLog, fc.nat(150), (records, cut) => {
        const whole = new ChargeFold();
        const first = new ChargeFold();
        const charges = records.map((record) => whole.apply(record));
        const before = records.slice(0, cut).map((record) => first.apply(record));
        const snapshot = new SnapshotWriter();
        first.save(snapshot);
        const second = new ChargeFold();
        second.load(new SnapshotReader(snapshot.sections));
        expect([...before, ...records.slice(cut).map((record) => second.apply(record))]).toEqual(charges);
        expect(second.ledger.totals).toEqual(stateOf(records).ledger.totals);
      }),
      { numRuns: 50, seed: 20260105 },
    );
  });

  test('of a simulated marketplace', async () => {
    const { engine, simulation, log } = await simulated({ listings: 300, shops: 10, buyers: 300 }, 7);
    await simulation.run({ untilMillis: MONDAY + 30 * HOUR });
    const directory = shore.lake();
    await refreshLake(log, directory);
    const totals = engine.state.ledger.totals;
    expect(totals.chargedMicros).toBeGreaterThan(0);
    expect(await ask(directory, BY_DAY)).toEqual(ledgerByDay(engine.state));
    expect(
      await ask(directory, 'SELECT sum(charged_micros) AS c, sum(over_delivered_micros) AS o FROM charges'),
    ).toEqual([{ c: totals.chargedMicros, o: totals.overDeliveredMicros }]);
    const owed = await ask(
      directory,
      `SELECT shop, sum(micros) AS owed FROM (
        SELECT shop, charged_micros AS micros FROM charges WHERE shop IS NOT NULL
        UNION ALL SELECT shop, -refunded_micros FROM refunds) GROUP BY 1`,
    );
    for (const { shop, owed: sum } of owed)
      expect(engine.state.ledger.owedMicros(engine.state.market.shopOf(String(shop)))).toBe(sum);
    await engine.close();
  });
});
