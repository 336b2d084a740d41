/** What each feature does to the score of a ranker, for its card: its line, for listings new to a buyer and for the buyer's own. */
import { FEATURES } from '../features/catalogue.ts';
import { type AdditiveModel, KNOTS } from '../learning/additive-model.ts';
import type { Distribution } from '../learning/drift.ts';

export interface FeatureEffect {
  readonly feature: string;
  /** What a high value means. */
  readonly words: string;
  /** How much it moves scores of listings new to the buyer: the mean distance, in log-odds, from its mean effect. */
  readonly weight: number;
  /** Log-odds at evenly spaced values from 0 to 1. */
  readonly fresh: readonly number[];
  readonly own: readonly number[];
}

/** The strongest first. */
export function featureEffects(
  { features, lines }: AdditiveModel,
  distributions: Readonly<Record<string, Distribution>>,
): FeatureEffect[] {
  const effects = features.map((feature, i) => {
    const lineOf = (gate: number): number[] =>
      Array.from(
        lines.subarray((gate * features.length + i) * KNOTS, (gate * features.length + i + 1) * KNOTS),
        (value) => Number(value.toPrecision(4)),
      );
    const fresh = lineOf(0);
    const { words } = FEATURES.find(({ name }) => name === feature)!;
    return { feature, words, weight: weightOf(fresh, distributions[feature]), fresh, own: lineOf(1) };
  });
  return effects.sort((a, b) => b.weight - a.weight);
}

/** Each bin is taken at its middle; the last one ends at 1. */
function weightOf(line: readonly number[], distribution: Distribution | undefined): number {
  if (distribution === undefined) return 0;
  const { edges, shares } = distribution;
  const values = shares.map((_, bin) => {
    const upper = edges[bin] ?? (bin === 0 ? 0 : 1);
    return at(line, ((edges[bin - 1] ?? upper) + upper) / 2);
  });
  const mean = values.reduce((sum, value, bin) => sum + shares[bin]! * value, 0);
  const weight = values.reduce((sum, value, bin) => sum + shares[bin]! * Math.abs(value - mean), 0);
  return Number(weight.toPrecision(4));
}

function at(line: readonly number[], value: number): number {
  const x = Math.min(1, Math.max(0, value)) * (line.length - 1);
  const knot = Math.min(line.length - 2, Math.floor(x));
  return line[knot]! + (line[knot + 1]! - line[knot]!) * (x - knot);
}
