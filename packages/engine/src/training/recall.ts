/** How many of the things bought next are among the k shown: recall@k = hits / min(k, bought). */
import type { Basket } from './history.ts';
import type { Replay } from './replay.ts';

export function recallAt(k: number, shown: readonly string[], bought: ReadonlySet<string>): number {
  const hits = shown.slice(0, k).filter((id) => bought.has(id)).length;
  return hits / Math.min(k, bought.size);
}

const PLACEMENT = 'recall';

/** Mean recall of each ranker on baskets that the state has not seen, each from just before it; all rankers see the same states. */
export function recallBeforeEach(
  replay: Replay,
  baskets: readonly Basket[],
  rankers: readonly Uint8Array[],
  k: number,
): number[] {
  replay.place({ id: PLACEMENT, slots: k, sources: replay.sources() });
  const sums = rankers.map(() => 0);
  for (const basket of baskets) {
    replay.upTo(basket.first);
    const bought = new Set(basket.listings);
    rankers.forEach((ranker, i) => {
      replay.serve('ranker', ranker);
      sums[i]! += recallAt(k, replay.decide(basket, PLACEMENT), bought);
    });
  }
  return sums.map((sum) => sum / Math.max(1, baskets.length));
}
