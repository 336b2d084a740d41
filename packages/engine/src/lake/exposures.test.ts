/** Exposures of decisions and of clients in the lake, and what docs/experiments.md asks of them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BuyerEvent } from '@rialto/sdk';
import { afterAll, expect, test } from 'vitest';
import type { LogRecord } from '../log/record.ts';
import { ask, logOf, makeShore } from './lake.fixture.ts';
import { refreshLake } from './refresh-lake.ts';

const DAY = Date.UTC(2026, 4, 20);
const shore = makeShore();
afterAll(() => shore.remove());

const exposed = (id: string, at: number, buyer: string, variant: string): LogRecord => ({
  kind: 'event',
  at,
  event: { id, type: 'exposure', at, buyer, experiment: 'calm-home', variant },
  exposure: { version: 2, unit: buyer },
});
const happened = (type: BuyerEvent['type'], at: number, buyer: string): LogRecord => ({
  kind: 'event',
  at,
  event: { id: `${type} ${buyer} ${at}`, type, at, buyer, listing: 'l', order: 'o' },
});
const decided = (at: number, buyer: string, variant: string): LogRecord => ({
  kind: 'decision',
  at,
  id: `0-${at}`,
  stateOffset: 0,
  request: { buyer, session: 's', placements: ['home'] },
  placements: [],
  exposures: [
    { experiment: 'calm-home', variant, version: 3, unit: buyer },
    { experiment: 'other', variant: 'a', version: 1, unit: 's' },
  ],
});

const RECORDS: readonly LogRecord[] = [
  decided(DAY, 'ada', 'control'),
  exposed('x1', DAY + 1, 'ben', 'calm'),
  happened('purchase', DAY + 2, 'ada'),
  happened('click', DAY + 3, 'ben'),
  decided(DAY + 4, 'cleo', 'control'),
  happened('purchase', DAY - 5, 'cleo'), // before its exposure
  exposed('x2', DAY + 6, 'dan', 'calm'),
  happened('purchase', DAY + 7 * 86_400_000, 'dan'), // within seven days
  exposed('x3', DAY + 8, 'eve', 'calm'),
  decided(DAY + 9, 'eve', 'control'), // in two arms: left out
];

test('exposures of decisions and events are rows of one table', async () => {
  const lake = shore.lake();
  await refreshLake(await logOf(RECORDS), lake);
  const at = (millis: number): string => new Date(DAY + millis).toISOString();
  const rows = await ask(
    lake,
    "select * from exposures where unit in ('ada', 'ben', 's') order by log_offset, experiment",
  );
  expect(rows.slice(0, 3)).toEqual([
    {
      log_offset: 0,
      experiment: 'calm-home',
      variant: 'control',
      version: 3,
      unit: 'ada',
      exposed_at: at(0),
      buyer: 'ada',
      session: 's',
      decision_id: `0-${DAY}`,
      event_id: null,
      probabilities: null,
      segment: null,
      side: null,
    },
    expect.objectContaining({ experiment: 'other', unit: 's', version: 1 }),
    expect.objectContaining({
      log_offset: 1,
      unit: 'ben',
      version: 2,
      decision_id: null,
      event_id: 'x1',
      exposed_at: at(1),
    }),
  ]);
  const events = await ask(lake, "select experiment, variant from events where type = 'exposure'");
  expect(events).toHaveLength(3);
  expect(events[0]).toEqual({ experiment: 'calm-home', variant: 'calm' });
});

test('the question of the documentation is answered', async () => {
  const document = readFileSync(fileURLToPath(new URL('../../../../docs/experiments.md', import.meta.url)), 'utf8');
  const sql = /rialto sql "([^"]+)"/.exec(document)![1]!;
  const lake = shore.lake();
  await refreshLake(await logOf(RECORDS), lake);
  expect(await ask(lake, `${sql} order by 1`)).toEqual([
    { variant: 'calm', buyers: 2, with_order: 1, conversion: 0.5 },
    { variant: 'control', buyers: 2, with_order: 1, conversion: 0.5 },
  ]);
});
