import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { readerOf } from '../base/snapshot.fixture.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { Candidates } from '../features/candidates.ts';
import { BOUGHT_7, CHANGES_KEPT, CLICKS, IMPRESSIONS, PURCHASES, REVIEWS } from '../features/listing-counters.ts';
import { Shortlist } from '../features/shortlist.ts';
import { Statistics } from '../features/statistics.ts';
import { AdditiveScorer } from '../learning/additive-model.ts';
import { ListingScores } from './listing-scores.ts';
import { PRIOR_MODEL } from './ranker.ts';

const COUNTED = [PURCHASES, IMPRESSIONS, CLICKS, BOUGHT_7, REVIEWS];

function candidatesOf(listings: number): Candidates {
  const candidates = new Candidates(new Shortlist());
  for (let listing = 0; listing < listings; listing++) candidates.add(listing, 1);
  return candidates;
}

function scored(scores: ListingScores, statistics: Statistics, hour: number): number[] {
  const candidates = candidatesOf(statistics.counters.listings);
  const gates = Uint8Array.from({ length: candidates.size }, (_, row) => Number(row % 5 === 0));
  const out = new Float64Array(candidates.size);
  scores.addTo(statistics, hour * MILLIS_PER_HOUR, candidates, gates, out);
  return [...out];
}

describe('ListingScores', () => {
  const scorer = new AdditiveScorer(PRIOR_MODEL);
  const anew = (statistics: Statistics, hour: number): number[] => scored(new ListingScores(scorer), statistics, hour);

  it('keeps what it would make anew, whatever was counted, grown or loaded since (seed 5)', () => {
    const rng = new Rng(5);
    const kept = new ListingScores(scorer);
    let statistics = new Statistics();
    statistics.counters.grow(60);
    let hour = 1;
    const count = (times: number): void => {
      for (let i = 0; i < times; i++)
        statistics.counters.add(rng.below(statistics.counters.listings), COUNTED[rng.below(COUNTED.length)]!, 1);
    };
    const steps: Record<string, () => void> = {
      'a few counts': () => count(7),
      'one count and as many more as are kept': () => {
        count(1);
        for (let i = 0; i < CHANGES_KEPT; i++) statistics.counters.add(0, IMPRESSIONS, 1);
      },
      'more listings': () => statistics.counters.grow(statistics.counters.listings + 50),
      'another hour': () => hour++,
      'the same statistics, loaded again after counts': () => {
        const saved = readerOf((out) => statistics.save(out));
        count(20);
        scored(kept, statistics, hour);
        statistics.load(saved);
      },
      'other statistics': () => {
        const saved = readerOf((out) => statistics.save(out));
        statistics = new Statistics();
        statistics.load(saved);
        count(3);
      },
    };
    const names = Object.keys(steps);
    for (let i = 0; i < 150; i++) {
      const name = names[i < names.length ? i : rng.below(names.length)]!;
      if (name === 'more listings' && statistics.counters.listings > 500) continue;
      steps[name]!();
      expect(scored(kept, statistics, hour), `after ${name}, step ${i}`).toEqual(anew(statistics, hour));
    }
  });

  it('heeds a single count', () => {
    const statistics = new Statistics();
    statistics.counters.grow(3);
    const kept = new ListingScores(scorer);
    const before = scored(kept, statistics, 1);
    statistics.counters.add(1, PURCHASES, 50);
    const after = scored(kept, statistics, 1);
    expect(after[1]).toBeGreaterThan(before[1]!);
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
  });
});
