/** Ids of erased people in the log: none is left, and every sum of money is as it was. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent } from '@rialto/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sectionsOf } from '../base/snapshot.fixture.ts';
import { FileLog } from '../log/file-log.ts';
import type { LogRecord } from '../log/record.ts';
import { DEFAULT_PLACEMENTS } from './default-placements.ts';
import { CAMPAIGNS, DAY, LISTINGS, NOW } from './market.fixture.ts';
import { rebuild } from './rebuild.ts';
import { pseudonymOf, type RedactionReport, redactLog } from './redact-log.ts';
import type { State } from './state.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rialto-redact-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const ADA = 'ada.lovelace';
const VISIT = 'visit-of-ada';
const PSEUDONYMS = ['A', 'B', 'C'].map((letter) => pseudonymOf(Buffer.alloc(16, letter)));

const FIRST: readonly LogRecord[] = [
  ...DEFAULT_PLACEMENTS.map((entity) => ({ kind: 'placement', at: NOW, by: 'test', entity }) as const),
  ...LISTINGS.map((entity) => ({ kind: 'listing', at: NOW, by: 'test', entity }) as const),
  ...CAMPAIGNS.map((entity) => ({ kind: 'campaign', at: NOW, by: 'test', entity }) as const),
  { kind: 'shop', at: NOW, by: 'test', entity: { id: 'weaver', name: 'Weaver', ownerBuyers: [ADA, 'other'] } },
  { kind: 'review', at: NOW, by: 'test', entity: { id: 'r', listing: 'l0', rating: 5, buyer: ADA } },
  ...(['buyer', 'listing'] as const).map((unit): LogRecord => {
    const variants = ['a', 'b'].map((name) => ({ name, weight: 0.5 }));
    const entity = { id: `of-${unit}`, status: 'running', unit, sticky: true, variants } as const;
    return { kind: 'experiment', at: NOW, by: 'test', entity };
  }),
];

function did(id: string, type: BuyerEvent['type'], at: number, rest: Partial<BuyerEvent> = {}): LogRecord {
  return { kind: 'event', at, event: { id, type, at, listing: 'l0', buyer: ADA, session: VISIT, ...rest } };
}

/** Clicks on the ads of two campaigns, one of which pays by order and one of which is of her own shop, and orders. */
function life(at: number, tag: string): LogRecord[] {
  const claims = { decisionId: `d-${tag}`, position: 0, placement: 'home', expiresAt: at + DAY, priceMicros: 300_000 };
  const exposures = [
    { experiment: 'of-buyer', variant: 'a', version: 1, unit: ADA },
    { experiment: 'of-listing', variant: 'a', version: 1, unit: ADA },
  ];
  const request = { buyer: ADA, session: VISIT, placements: ['home'] };
  return [
    { kind: 'decision', at, id: `0-${tag}`, stateOffset: FIRST.length, request, placements: [], exposures },
    { ...did(`${tag}-1`, 'click', at + 500), claims: { ...claims, listing: 'l0', campaign: 'spring' } } as LogRecord,
    {
      ...did(`${tag}-2`, 'click', at + 600, { listing: 'l1' }),
      claims: {
        ...claims,
        position: 1,
        listing: 'l1',
        campaign: 'spring',
        billing: 'order',
        commissionBasisPoints: 900,
      },
    } as LogRecord,
    {
      ...did(`${tag}-3`, 'click', at + 700, { listing: 'l4' }),
      claims: { ...claims, position: 2, listing: 'l4', campaign: 'autumn' },
    } as LogRecord,
    did(`exposure:of-buyer:1:a:${ADA}:${VISIT}:${tag}`, 'view', at + 800),
    did(`${tag}-4`, 'purchase', at + 3 * DAY, { listing: 'l1', order: `o-${tag}` }),
    did(`${tag}-5`, 'purchase', at + 3 * DAY, { buyer: 'bob', session: 'of-bob', order: `b-${tag}` }),
  ];
}

const erasures = (at: number): LogRecord[] => [
  { kind: 'erasure', at, by: 'test', who: { buyer: ADA } },
  { kind: 'erasure', at, by: 'test', who: { session: VISIT } },
];
const later = (days: number): LogRecord =>
  did(`later-${days}`, 'impression', NOW + days * DAY, { buyer: 'bob', session: 'of-bob' });
/** Happened before the erasure of the fifth day, came in after it. */
const late: LogRecord = { ...did('late', 'view', NOW + 4 * DAY), at: NOW + 6 * DAY } as LogRecord;

async function write(records: readonly LogRecord[]): Promise<void> {
  const log = await FileLog.open(directory, { gatherMs: 0, segmentBytes: 3_000 });
  for (const record of [...FIRST, ...records]) await log.append([record]);
  await log.close();
}

async function redact(): Promise<RedactionReport & { readonly dropped: number }> {
  const pseudonyms = [...PSEUDONYMS];
  let dropped = 0;
  const log = await FileLog.open(directory);
  const report = await redactLog(log, {
    pseudonym: () => pseudonyms.shift()!,
    dropDerived: async () => void dropped++,
  });
  await log.close();
  return { ...report, dropped };
}

async function folded(): Promise<State> {
  const log = await FileLog.open(directory, { readOnly: true });
  await log.check();
  return rebuild({ log });
}

async function textOfLog(): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.log'));
  return (await Promise.all(names.map((name) => readFile(join(directory, name), 'latin1')))).join('');
}

/** What hangs on no id's hash: all that is charged, credited, given back and counted. */
function sums(state: State): unknown {
  const parts = [state.ledger, state.books.attribution.counts, state.tally, state.signals.statistics];
  return [
    ...parts.map((part) =>
      sectionsOf((out) => part.save(out)).map(({ bytes }) => Buffer.from(bytes).toString('base64')),
    ),
    state.market.buyers.size,
    state.market.interactions.size,
  ];
}

describe('ids of erased people', () => {
  it('are in no record any more, and every sum is as it was', async () => {
    await write([...life(NOW, 'one'), ...erasures(NOW + 5 * DAY), late, later(20)]);
    const before = await folded();
    expect(before.ledger.totals.chargedMicros).toBe(300_000 + 180_000);
    const report = await redact();
    expect(report).toEqual({ people: 2, records: expect.any(Number), tooEarly: 0, cameBack: 0, dropped: 1 });
    const after = await folded();
    expect(sums(after)).toEqual(sums(before));
    expect(after.offset).toBe(before.offset);
    const text = await textOfLog();
    expect(text).not.toContain(VISIT);
    for (const pseudonym of PSEUDONYMS.slice(0, 2)) expect(text).toContain(pseudonym);
    // What an operator saved of an id stays beside the pseudonym, and an experiment of listings has no people.
    expect(text.split(ADA)).toHaveLength(3);
    expect(after.market.shops.get('weaver')!.ownerBuyers).toEqual([ADA, 'other', PSEUDONYMS[0]]);
    expect(after.market.reviews.documents.get('r')!.buyer).toBe(PSEUDONYMS[0]);
    expect(await redact()).toEqual({ people: 0, records: 0, tooEarly: 0, cameBack: 0, dropped: 0 });
  });

  it('are left where they were erased within a week: what they did may still come in', async () => {
    await write([...life(NOW, 'one'), ...erasures(NOW + 5 * DAY), later(11)]);
    const text = await textOfLog();
    expect(await redact()).toMatchObject({ people: 0, tooEarly: 2, dropped: 0 });
    expect(await textOfLog()).toBe(text);
  });

  it('are left where somebody came back so soon that an order is paid by a click before the erasure', async () => {
    const order = did('back', 'purchase', NOW + 12 * DAY, { listing: 'l1', order: 'o-back' });
    await write([...life(NOW, 'one').slice(0, 5), ...erasures(NOW + 5 * DAY), order, later(60)]);
    const before = await folded();
    expect(before.ledger.totals.chargedMicros).toBeGreaterThan(300_000);
    expect(await redact()).toMatchObject({ people: 0, cameBack: 2 });
    expect(sums(await folded())).toEqual(sums(before));
  });

  it('are replaced in the first life of somebody who came back much later, and stay in the second', async () => {
    await write([...life(NOW, 'one'), ...erasures(NOW + 5 * DAY), ...life(NOW + 50 * DAY, 'two'), later(90)]);
    const before = await folded();
    expect(await redact()).toMatchObject({ people: 2, cameBack: 0 });
    const after = await folded();
    expect(sums(after)).toEqual(sums(before));
    expect(after.market.buyers.keys.find(ADA)).toBeGreaterThanOrEqual(0);
    expect(await textOfLog()).toContain(VISIT);
    const log = await FileLog.open(directory, { readOnly: true });
    for await (const { records } of log.read(0, 0))
      for (const record of records)
        if (record.kind === 'event' && record.event.id.startsWith('one-') && record.event.buyer !== 'bob')
          expect([record.event.buyer, record.event.session]).toEqual(PSEUDONYMS.slice(0, 2));
  });

  it('may be those of two lives, each erased: both get one name', async () => {
    await write([
      ...life(NOW, 'one'),
      ...erasures(NOW + 5 * DAY),
      ...life(NOW + 6 * DAY, 'two'),
      ...erasures(NOW + 12 * DAY),
      later(40),
    ]);
    const before = await folded();
    expect(await redact()).toMatchObject({ people: 2, cameBack: 0, tooEarly: 0 });
    expect(sums(await folded())).toEqual(sums(before));
    expect(await textOfLog()).not.toContain(VISIT);
  });
});
