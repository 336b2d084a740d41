/**
 * The order of a page's modules, learned from which were seen and used, and where they stood. Of the position-based model
 *
 *     E[uses of module m at position p] = r_m · e_p       e_0 = 1
 *
 * both factors are estimated by turns, each drawn to what is believed without data: e_p to 1, r_m to the mean of all. The score
 * is r̄ × the factor drawn for the module (`used-lift.ts`; its prior mean is 0.9^k for the k-th as configured) × how much more it is
 * used by visitors of the buyer's stage than by all.
 */
import { drawLift, meanLift } from './used-lift.ts';

const ROUNDS = 20;
/** As if each position had been used five times, as expected. */
const POSITION_PRIOR = 5;
/** As if the page's modules had been seen fifty times and used five. */
const SEEN_PRIOR = 50;
const USED_PRIOR = 5;
const CONFIGURED = 0.9;

export interface ModuleCounts {
  readonly id: string;
  /** Seen, used, seen, used, … by position. */
  readonly counts: readonly number[];
  /** The same of visitors of the buyer's stage. */
  readonly ofStage: readonly number[];
  /** In [0, 1): the buyer's own chance for it; undefined where nothing is to be left to chance. */
  readonly draw: number | undefined;
}

export interface RankedModule {
  readonly id: string;
  readonly score: number;
  readonly factors: Readonly<Record<string, number>>;
}

/** Best first. `modules` are in the order of the configuration. */
export function orderModules(modules: readonly ModuleCounts[]): RankedModule[] {
  const effects = positionEffects(modules.map(({ counts }) => counts));
  const seen = modules.reduce((sum, { counts }) => sum + expectedUses(counts, effects), 0);
  const used = modules.reduce((sum, { counts }) => sum + usesOf(counts), 0);
  const rate = (used + USED_PRIOR) / (seen + SEEN_PRIOR);
  const ranked = modules.map(({ id, counts, ofStage, draw }, k) => {
    const usage = { used: usesOf(counts), expected: rate * expectedUses(counts, effects) };
    const configured = CONFIGURED ** k;
    const drawn = draw === undefined ? meanLift(usage, configured) : drawLift(usage, configured, draw);
    const own = rate * meanLift(usage, configured);
    const stage = meanLift({ used: usesOf(ofStage), expected: own * expectedUses(ofStage, effects) }, 1);
    return {
      id,
      score: rate * drawn * stage,
      factors: { rate, drawn, stage, configured, uses: usage.used, expected: usage.expected },
    };
  });
  return ranked.sort((a, b) => b.score - a.score);
}

/** Uses by position for each one at the first, whatever stood there. [positions] */
export function positionEffects(modules: readonly (readonly number[])[]): Float64Array {
  const positions = modules.reduce((most, counts) => Math.max(most, counts.length / 2), 1);
  const effects = new Float64Array(positions).fill(1);
  const all = modules.reduce((sum, counts) => sum + usesOf(counts), 0);
  for (let round = 0; round < ROUNDS; round++) {
    const mean =
      (all + USED_PRIOR) / (modules.reduce((sum, counts) => sum + expectedUses(counts, effects), 0) + SEEN_PRIOR);
    const rates = modules.map(
      (counts) => (usesOf(counts) + USED_PRIOR) / (expectedUses(counts, effects) + USED_PRIOR / mean),
    );
    for (let p = 0; p < positions; p++) {
      let used = POSITION_PRIOR;
      let expected = POSITION_PRIOR;
      modules.forEach((counts, m) => {
        used += counts[2 * p + 1] ?? 0;
        expected += seenAt(counts, p) * rates[m]!;
      });
      effects[p] = used / expected;
    }
    const first = effects[0]!;
    for (let p = 0; p < positions; p++) effects[p]! /= first;
  }
  return effects;
}

function usesOf(counts: readonly number[]): number {
  let used = 0;
  for (let i = 1; i < counts.length; i += 2) used += counts[i]!;
  return used;
}

/** What was used has been seen, whether that was reported or not. */
const seenAt = (counts: readonly number[], position: number): number =>
  Math.max(counts[2 * position] ?? 0, counts[2 * position + 1] ?? 0);

function expectedUses(counts: readonly number[], effects: Float64Array): number {
  let sum = 0;
  for (let p = 0; 2 * p < counts.length; p++) sum += seenAt(counts, p) * (effects[p] ?? 1);
  return sum;
}
