/** Decisions made in brief, and what looks back at them: all of it sees as few candidates as they did. */
import type { Listing, Placement, Ranker } from '@rialto/sdk';
import { expect, test } from 'vitest';
import type { DecisionRecord } from '../log/record.ts';
import { openBare, type TestEngine } from './market.fixture.ts';
import { tryRankers } from './ranker-trial.ts';
import { replayChances } from './replay-chances.ts';

const LISTINGS: readonly Listing[] = Array.from({ length: 80 }, (_, i) => ({
  id: `l${i}`,
  title: `Thing ${i}`,
  priceMicros: (1 + i) * 1_000_000,
}));
const RANKER: Ranker = {
  id: 'drawing',
  objective: 'purchase * price',
  exploration: { method: 'epsilon', epsilon: 0.5 },
};
// Whole, the dearest of all are shown; in brief, the dearest of those few that the source brings then.
const SHELF: Placement = { id: 'shelf', slots: 4, sources: [{ source: 'popular', limit: 80 }], ranker: 'drawing' };
const NOTHING = { rankers: [], placements: [] };

/** Pages of which every other one was decided in brief. */
async function lived(): Promise<TestEngine> {
  const opened = await openBare();
  const { engine } = opened;
  await engine.save('listing', LISTINGS, 'test');
  await engine.save('ranker', [RANKER], 'test');
  await engine.save('placement', [SHELF], 'test');
  for (let i = 0; i < 20; i++) engine.decide({ buyer: `b${i}`, placements: ['shelf'] }, 0, i % 2 === 0);
  await engine.close();
  return opened;
}

test('a change that changes nothing is seen to change nothing', async () => {
  const { log } = await lived();
  const trial = await tryRankers({ log, change: NOTHING, hours: 24, pagesMax: 100, stopwatch: () => 0 });
  expect(trial.pages).toBe(20);
  expect(trial.placements).toMatchObject([{ placement: 'shelf', pages: 20, changed: 0, overlap: 1 }]);
});

test('what could have been drawn is what could be drawn then', async () => {
  const { log } = await lived();
  const told = new Map<string, number>();
  const candidates = new Map<string, number>();
  for await (const place of replayChances({ log, change: NOTHING, placement: 'shelf' })) {
    told.set(`${place.decisionId} ${place.shown}`, place.chances[place.listings.indexOf(place.shown)]!);
    candidates.set(place.decisionId, Math.max(candidates.get(place.decisionId) ?? 0, place.listings.length));
  }
  const logged = new Map<string, number>();
  for await (const { records } of log.read(0, 0))
    for (const record of records)
      for (const { listings, propensities } of (record as DecisionRecord).placements ?? [])
        listings.forEach((id, i) => {
          logged.set(`${(record as DecisionRecord).id} ${id}`, propensities![i]!);
        });
  expect(logged.size).toBe(80);
  expect(told).toEqual(logged);
  const sizes = [...new Set(candidates.values())];
  expect(sizes).toHaveLength(2);
  expect(Math.min(...sizes)).toBeLessThanOrEqual(20);
});
