/** Training rows hold what was known at their decision, and nothing that came later. */
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY, millis } from '../base/units.ts';
import { event, LISTINGS, openMarket } from '../delivery/market.fixture.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { LogRecord } from '../log/record.ts';
import { buildTrainingSet, SET_COLUMNS, type SetCell } from './training-set.ts';

type Row = Readonly<Record<string, SetCell>>;

async function rowsOf(log: MemoryLog): Promise<Row[]> {
  const rows: Row[] = [];
  const options = { negatives: 3, days: 7, decisionsMax: 1_000 };
  await buildTrainingSet(
    log,
    (cells) => rows.push(Object.fromEntries(SET_COLUMNS.map(({ name }, i) => [name, cells[i]]))),
    options,
  );
  return rows;
}

/** Pages, and what buyers do between them, at random. */
async function randomPast(seed: number): Promise<{ log: MemoryLog; decisions: string[] }> {
  const log = new MemoryLog();
  const { engine, clock } = await openMarket(log);
  const rng = new Rng(seed);
  const types = ['view', 'click', 'cart-add', 'purchase', 'hide'] as const;
  const decisions: string[] = [];
  for (let i = 0; i < 60; i++) {
    clock.set(millis(clock.now() + 1 + rng.below(MILLIS_PER_DAY / 4)));
    const buyer = `b${rng.below(3)}`;
    if (rng.unit() < 0.3) {
      decisions.push(engine.decide({ buyer, placements: ['home', 'discover'] }).decisionId);
      continue;
    }
    const type = types[rng.below(types.length)]!;
    const listing = LISTINGS[rng.below(LISTINGS.length)]!.id;
    const more = type === 'purchase' ? { order: `o${i}`, quantity: 1, priceMicros: 1 } : {};
    await engine.ingest([event(`e${i}`, type, { buyer, listing, at: clock.now(), ...more })]);
  }
  await engine.close();
  return { log, decisions };
}

async function truncated(log: MemoryLog, decision: string): Promise<MemoryLog> {
  const kept: LogRecord[] = [];
  for await (const { records } of log.read(0, 0)) kept.push(...records);
  const short = new MemoryLog();
  await short.append(kept.slice(0, kept.findIndex((one) => one.kind === 'decision' && one.id === decision) + 1));
  return short;
}

const known = (row: Row): Row => Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('label_')));

describe.each([1, 2, 3])('seed %i', (seed) => {
  test('no feature sees the future: each row is the same where the log ends with its decision', async () => {
    const { log, decisions } = await randomPast(seed);
    const whole = await rowsOf(log);
    expect(new Set(whole.map((row) => row['decision_id'])).size).toBe(decisions.length);
    for (const decision of decisions) {
      const short = (await rowsOf(await truncated(log, decision))).filter((row) => row['decision_id'] === decision);
      expect(short.map(known)).toEqual(whole.filter((row) => row['decision_id'] === decision).map(known));
      expect(short.every((row) => row['label_click'] === false && row['label_purchase'] === false)).toBe(true);
    }
    expect(whole.some((row) => FEATURE_NAMES.some((name) => Number(row[`f_${name.replaceAll('-', '_')}`]) > 0))).toBe(
      true,
    );
  });
});

test('labels are what the buyer did after the decision, within the days; before, later, and others do not count', async () => {
  const log = new MemoryLog();
  const { engine, clock } = await openMarket(log);
  const does = (id: string, type: 'click' | 'purchase' | 'hide' | 'cart-add', listing: string, buyer = 'ann') =>
    engine.ingest([
      event(id, type, {
        buyer,
        listing,
        at: clock.now(),
        ...(type === 'purchase' && { order: id, quantity: 1, priceMicros: 1 }),
      }),
    ]);
  await does('before', 'click', 'l2');
  clock.set(millis(clock.now() + 1_000));
  const { placements } = engine.decide({ buyer: 'ann', placements: ['home'] });
  clock.set(millis(clock.now() + 1_000));
  await does('c', 'click', 'l3');
  await does('k', 'cart-add', 'l3');
  await does('other', 'click', 'l5', 'bob');
  clock.set(millis(clock.now() + 6 * MILLIS_PER_DAY));
  await does('p', 'purchase', 'l4');
  clock.set(millis(clock.now() + 2 * MILLIS_PER_DAY));
  await does('late', 'purchase', 'l6');
  const rows = await rowsOf(log);
  const labelled = (name: string) => rows.filter((row) => row[name] === true).map((row) => row['listing']);
  expect(labelled('label_click')).toEqual(['l3']);
  expect(labelled('label_cart')).toEqual(['l3']);
  expect(labelled('label_purchase')).toEqual(['l4']);
  expect(labelled('label_hide')).toEqual([]);
  const shown = rows.filter((row) => row['shown']).sort((a, b) => Number(a['position']) - Number(b['position']));
  expect(shown.map((row) => row['listing'])).toEqual(placements[0]!.items.map(({ id }) => id));
});
