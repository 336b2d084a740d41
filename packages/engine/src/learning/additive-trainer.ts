/**
 * Trains an additive model to rank: within each group (one basket: what could have been shown, and what was bought) the
 * bought rows should score above the others.
 *
 * Loss: listwise softmax (ListNet's top-one form, Cao et al., ICML 2007), −Σ_bought ln softmax(score) / n_bought, weighted by
 * √n_bought so that large baskets count more, but not in proportion. Of a group that holds a sample of what was not bought, each such row counts
 * for as many as it stands for: ln of that number is added to its score (Bengio and Senécal, IEEE Trans. Neural Networks 2008). Optimiser: AdaGrad (Duchi et al., JMLR 2011), with the
 * step falling linearly over the epochs. Weights are pulled towards where they started, the features' prior.
 */
import { Rng } from '../base/rng.ts';
import { type AdditiveModel, GATES } from './additive-model.ts';
import { addRowGradient, scoreRow } from './additive-rows.ts';

/** Rows of all groups, one after the other. */
export interface RankingExamples {
  /** Row-major. [rows × features], in [0, 1] */
  readonly values: Float32Array;
  readonly gates: Uint8Array; // [rows]
  /** 1 = chosen. [rows] */
  readonly labels: Uint8Array;
  /** Where each group starts; the last entry is the number of rows. [groups + 1] */
  readonly groups: Int32Array;
  /** ln of how many each row that was not chosen stands for; 0 where absent. [groups] */
  readonly sampledLogs?: Float32Array;
}

/** What is added to the score of a row where it is compared with others of its group. */
export const sampledLog = ({ labels, sampledLogs }: RankingExamples, group: number, row: number): number =>
  sampledLogs === undefined || labels[row] === 1 ? 0 : sampledLogs[group]!;

export interface TrainingOptions {
  readonly epochs: number;
  readonly rate: number;
  readonly l2: number;
  readonly seed: number;
}

export const DEFAULT_TRAINING: TrainingOptions = { epochs: 4, rate: 0.1, l2: 0.002, seed: 1 };

const ACCUMULATOR_START = 1e-6;
/** Rows whose gradient is below are left alone: most of a group once it is learned. */
const GRADIENT_MIN = 1e-5;

export function trainAdditive(
  start: AdditiveModel,
  examples: RankingExamples,
  options: TrainingOptions = DEFAULT_TRAINING,
): AdditiveModel {
  const trainer = new Trainer(start, examples, options);
  for (let epoch = 0; epoch < options.epochs; epoch++) trainer.epoch(epoch);
  return trainer.model;
}

class Trainer {
  readonly model: AdditiveModel;
  readonly #start: AdditiveModel;
  readonly #examples: RankingExamples;
  readonly #options: TrainingOptions;
  readonly #rng: Rng;
  readonly #lineSquares: Float32Array; // [lines]
  readonly #biasSquares = new Float32Array(GATES);
  readonly #order: Int32Array; // [groups]
  readonly #gradient: Float64Array; // [lines]
  readonly #biasGradient = new Float64Array(GATES);
  #scores = new Float64Array(1024); // [rows of the group]

  constructor(start: AdditiveModel, examples: RankingExamples, options: TrainingOptions) {
    this.#start = start;
    this.model = { features: start.features, bias: start.bias.slice(), lines: start.lines.slice() };
    this.#examples = examples;
    this.#options = options;
    this.#rng = new Rng(options.seed);
    this.#lineSquares = new Float32Array(start.lines.length).fill(ACCUMULATOR_START);
    this.#gradient = new Float64Array(start.lines.length);
    this.#biasSquares.fill(ACCUMULATOR_START);
    this.#order = Int32Array.from({ length: examples.groups.length - 1 }, (_, i) => i);
  }

  epoch(epoch: number): void {
    this.#shuffle();
    const rate = this.#options.rate * (1 - (0.8 * epoch) / this.#options.epochs);
    for (const group of this.#order) this.#learn(group, rate);
  }

  #shuffle(): void {
    for (let i = this.#order.length - 1; i > 0; i--) {
      const j = this.#rng.below(i + 1);
      const swap = this.#order[i]!;
      this.#order[i] = this.#order[j]!;
      this.#order[j] = swap;
    }
  }

  #learn(group: number, rate: number): void {
    const { labels, groups } = this.#examples;
    const from = groups[group]!;
    const to = groups[group + 1]!;
    let chosen = 0;
    for (let row = from; row < to; row++) chosen += labels[row]!;
    if (chosen === 0 || chosen === to - from) return;
    if (this.#scores.length < to - from) this.#scores = new Float64Array(2 * (to - from));
    const scores = this.#scores;
    let max = Number.NEGATIVE_INFINITY;
    for (let row = from; row < to; row++) {
      scores[row - from] = this.#score(row) + sampledLog(this.#examples, group, row);
      max = Math.max(max, scores[row - from]!);
    }
    let sum = 0;
    for (let i = 0; i < to - from; i++) {
      scores[i] = Math.exp(scores[i]! - max);
      sum += scores[i]!;
    }
    const weight = Math.sqrt(chosen);
    this.#gradient.fill(0);
    this.#biasGradient.fill(0);
    for (let row = from; row < to; row++) {
      const gradient = weight * (scores[row - from]! / sum - labels[row]! / chosen);
      if (Math.abs(gradient) >= GRADIENT_MIN) this.#addGradient(row, gradient);
    }
    step(this.model.lines, this.#start.lines, this.#gradient, this.#lineSquares, rate, this.#options.l2);
    step(this.model.bias, this.#start.bias, this.#biasGradient, this.#biasSquares, rate, this.#options.l2);
  }

  #score(row: number): number {
    const { values, gates } = this.#examples;
    return scoreRow(this.model, values, row, gates[row]!);
  }

  #addGradient(row: number, gradient: number): void {
    const { values, gates } = this.#examples;
    const gate = gates[row]!;
    addRowGradient(this.#gradient, values, row, gate, this.model.features.length, gradient);
    this.#biasGradient[gate]! += gradient;
  }
}

/** One AdaGrad step of every weight that has a gradient. */
function step(
  weights: Float32Array,
  start: Float32Array,
  gradient: Float64Array,
  squares: Float32Array,
  rate: number,
  l2: number,
): void {
  for (let i = 0; i < weights.length; i++) {
    if (gradient[i] === 0) continue;
    const pulled = gradient[i]! + l2 * (weights[i]! - start[i]!);
    squares[i]! += pulled * pulled;
    weights[i]! -= (rate * pulled) / Math.sqrt(squares[i]!);
  }
}
