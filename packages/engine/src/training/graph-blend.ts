/**
 * Several graphs of items as one, with weights that are learned on trials:
 *
 *     w_ij = Σ_m a_m · w^m_ij / (Σ_l w^m_il)^γ_m / s_m,     score(j) = Σ_{i ∈ seeds} φ^(steps back of i) w_ij
 *
 * γ says how much an item with strong edges may speak louder than others (0: as it does, 1: not at all), s brings the members to one scale: the mean sum
 * of what they answer best; φ, how much less the buyer's earlier listings say, is of the whole. The weights a ≥ 0 are found by greedy ensemble selection (learning/blender.ts), bagged as Caruana et al. (ICML 2004) do.
 * A member's scores add up over seeds, and so the blend of graphs is the graph of the blend, but for the edges that are cut off: what is judged has them cut.
 */
import { Rng } from '../base/rng.ts';
import { type BlendExamples, learnBlend } from '../learning/blender.ts';
import { topScores } from '../learning/top-scores.ts';
import type { ItemEdges } from './graph-members.ts';
import type { GraphTrial } from './graph-trials.ts';

/** Places of a list; which of them a hit has does not matter, for a ranker orders what a source brings. */
const PLACES = 20;
/** Candidates that each member brings to the blend. */
const CANDIDATES = 40;
const BAGS = 10;
/** A smaller share is luck. */
const SHARE_MIN = 0.05;

/** How a member's edges go into a blend. */
export interface EdgeShare {
  readonly edges: ItemEdges;
  /** γ */
  readonly exponent: number;
  /** a / s */
  readonly scale: number;
}

/** The strongest edges of the sum of all. */
export function blendedEdges(shares: readonly EdgeShare[], perItem: number): ItemEdges {
  const items = shares[0]!.edges.targets.length / shares[0]!.edges.perItem;
  const targets = new Int32Array(items * perItem).fill(-1);
  const weights = new Float32Array(items * perItem);
  const sums = new EdgeSums(items);
  for (let item = 0; item < items; item++) {
    sums.begin();
    for (const share of shares) sums.add(item, share, 1);
    sums.best(perItem).forEach((other, i) => {
      targets[item * perItem + i] = other;
      weights[item * perItem + i] = sums.of(other);
    });
  }
  return { perItem, targets, weights };
}

/** Recall at 20 of each trial. `fade`: φ. */
export function recallsOf(edges: ItemEdges, fade: number, trials: readonly GraphTrial[]): Float64Array {
  const sums = new EdgeSums(edges.targets.length / edges.perItem);
  const share = { edges, exponent: 0, scale: 1 };
  return Float64Array.from(trials, ({ seeds, met, wanted }) => {
    sums.follow(seeds, share, fade);
    const hits = sums.best(PLACES, met).filter((item) => wanted.has(item)).length;
    return hits / Math.min(PLACES, wanted.size);
  });
}

export interface LearnedShares {
  /** One that does not help has scale 0. */
  readonly shares: readonly EdgeShare[];
  /** They add up to 1. [members] */
  readonly weights: Float64Array;
}

export interface LearnInput {
  readonly fade: number;
  readonly trials: readonly GraphTrial[];
  readonly seed: number;
}

export function learnShares(
  members: readonly Omit<EdgeShare, 'scale'>[],
  { fade, trials, seed }: LearnInput,
): LearnedShares {
  const { targets, perItem } = members[0]!.edges;
  const sums = members.map(() => new EdgeSums(targets.length / perItem));
  const strengths = new Float64Array(members.length);
  const [scores, labels, starts, wanted]: [number[], number[], number[], number[]] = [[], [], [0], []];
  for (const trial of trials) {
    const candidates = new Set<number>();
    members.forEach((member, m) => {
      sums[m]!.follow(trial.seeds, { ...member, scale: 1 }, fade);
      for (const item of sums[m]!.best(CANDIDATES, trial.met)) {
        candidates.add(item);
        strengths[m]! += sums[m]!.of(item) / trials.length;
      }
    });
    for (const item of candidates) {
      labels.push(trial.wanted.has(item) ? 1 : 0);
      for (const one of sums) scores.push(one.of(item));
    }
    starts.push(labels.length);
    wanted.push(trial.wanted.size);
  }
  const scales = strengths.map((strength) => (strength > 0 ? 1 / strength : 0));
  const weights = baggedWeights(examplesOf({ scores, labels, starts, wanted }, scales), seed);
  return { weights, shares: members.map((member, m) => ({ ...member, scale: weights[m]! * scales[m]! })) };
}

/** The mean of the weights that are learned from samples of the trials, half of them each: a single greedy search learns their luck, too. */
function baggedWeights(examples: BlendExamples, seed: number): Float64Array {
  const rng = new Rng(seed);
  const weights = new Float64Array(examples.models);
  for (let bag = 0; bag < BAGS; bag++) {
    const blend = learnBlend(sampled(examples, rng), { k: PLACES, discount: () => 1 });
    for (let m = 0; m < weights.length; m++) weights[m]! += blend.weights[m]! / BAGS;
  }
  const kept = weights.map((weight) => (weight < SHARE_MIN ? 0 : weight));
  const all = kept.reduce((sum, weight) => sum + weight, 0);
  return kept.map((weight) => weight / all);
}

/** Half of the trials, each once at most. */
function sampled({ models, scores, labels, starts, wanted }: BlendExamples, rng: Rng): BlendExamples {
  const all = Int32Array.from(wanted, (_, trial) => trial);
  const drawn = all.subarray(0, Math.ceil(all.length / 2));
  drawn.forEach((trial, i) => {
    const other = i + rng.below(all.length - i);
    drawn[i] = all[other]!;
    all[other] = trial;
  });
  const ends = new Int32Array(drawn.length + 1);
  drawn.forEach((trial, i) => {
    ends[i + 1] = ends[i]! + starts[trial + 1]! - starts[trial]!;
  });
  const sample = {
    models,
    scores: new Float32Array(ends.at(-1)! * models),
    labels: new Uint8Array(ends.at(-1)!),
    starts: ends,
    wanted: drawn.map((trial) => wanted[trial]!),
  };
  drawn.forEach((trial, i) => {
    sample.scores.set(scores.subarray(starts[trial]! * models, starts[trial + 1]! * models), ends[i]! * models);
    sample.labels.set(labels.subarray(starts[trial]!, starts[trial + 1]!), ends[i]!);
  });
  return sample;
}

type Gathered = Readonly<Record<'scores' | 'labels' | 'starts' | 'wanted', readonly number[]>>;

const examplesOf = ({ scores, labels, starts, wanted }: Gathered, scales: Float64Array): BlendExamples => ({
  models: scales.length,
  scores: Float32Array.from(scores, (score, i) => score * scales[i % scales.length]!),
  labels: Uint8Array.from(labels),
  starts: Int32Array.from(starts),
  wanted: Int32Array.from(wanted),
});

const NOTHING: ReadonlySet<number> = new Set();

/** Sums by item that know where they are not zero. */
class EdgeSums {
  readonly #sums: Float32Array; // [items]
  readonly #touched: Int32Array; // [items]
  readonly #barred: Uint8Array; // [items]
  #size = 0;
  #keys = new Float32Array(1024); // [touched]

  constructor(items: number) {
    this.#sums = new Float32Array(items);
    this.#touched = new Int32Array(items);
    this.#barred = new Uint8Array(items);
  }

  begin(): void {
    for (let t = 0; t < this.#size; t++) this.#sums[this.#touched[t]!] = 0;
    this.#size = 0;
  }

  of(item: number): number {
    return this.#sums[item]!;
  }

  /** Where the seeds lead, -1 nowhere. */
  follow(seeds: Int32Array, share: EdgeShare, fade: number): void {
    this.begin();
    let weight = 1;
    for (const seed of seeds) {
      if (seed >= 0) this.add(seed, share, weight);
      weight *= fade;
    }
  }

  add(item: number, { edges: { perItem, targets, weights }, exponent, scale }: EdgeShare, weight: number): void {
    if (scale === 0) return;
    const start = item * perItem;
    const end = start + perItem;
    let by = weight * scale;
    if (exponent !== 0) {
      let all = 0;
      for (let e = start; e < end && targets[e]! >= 0; e++) all += weights[e]!;
      by /= all ** exponent;
    }
    for (let e = start; e < end; e++) {
      const target = targets[e]!;
      if (target < 0) return;
      if (this.#sums[target] === 0) this.#touched[this.#size++] = target;
      this.#sums[target]! += by * weights[e]!;
    }
  }

  /** The `k` with the largest sums, the largest first. */
  best(k: number, without: ReadonlySet<number> = NOTHING): number[] {
    const touched = this.#touched.subarray(0, this.#size);
    if (this.#keys.length < this.#size) this.#keys = new Float32Array(2 * this.#size);
    for (const item of without) this.#barred[item] = 1;
    for (let t = 0; t < this.#size; t++) {
      const item = touched[t]!;
      this.#keys[t] = this.#barred[item] === 1 ? Number.NEGATIVE_INFINITY : this.#sums[item]!;
    }
    for (const item of without) this.#barred[item] = 0;
    const top = new Int32Array(k);
    const size = topScores(this.#keys, k, top, this.#size);
    return Array.from(top.subarray(0, size), (t) => touched[t]!);
  }
}
