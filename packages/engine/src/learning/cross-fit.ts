/**
 * Settings found by cross-validation, and what each model says of rows that it did not learn from: how many trees and of how many
 * leaves, FTRL's rate and its epochs.
 */
import { Rng } from '../base/rng.ts';
import type { BinnedMatrix } from './binned-matrix.ts';
import {
  addTree,
  type BoostingOptions,
  boostTrees,
  type Forest,
  logisticObjective,
  type Objective,
  scoreForest,
} from './boosted-trees.ts';
import { encodeRows, fitFeatures } from './click-features.ts';
import { type ClickTreesOptions, trainClickTrees } from './click-trees.ts';
import { type LabelledExamples, takeRows } from './examples.ts';
import { dealStratified, foldOf, shuffledRows } from './folds.ts';
import { type FtrlModel, type FtrlOptions, newFtrl } from './ftrl.ts';
import { logLossOf } from './log-loss.ts';
import { sigmoid } from './logistic.ts';

/** One fold: what is learned from, and what that is tested on. */
export interface Part {
  readonly train: LabelledExamples;
  readonly test: LabelledExamples;
}

export interface CrossFit<T> {
  /** The mean log loss of all tested rows. */
  readonly loss: number;
  readonly options: T;
  /** Log-odds of the tested rows, in the parts' order. */
  readonly logits: Float64Array;
}

/** The first `run` of `folds` folds, with as many positives in each. */
export function partsOf(examples: LabelledExamples, folds: number, run: number, seed: number): Part[] {
  const dealt = dealStratified(examples.labels, folds, seed);
  return Array.from({ length: run }, (_, fold) => {
    const { train, test } = foldOf(dealt, fold);
    return { train: takeRows(examples, train), test: takeRows(examples, test) };
  });
}

export function testLabels(parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(({ test }) => [...test.labels]));
}

export function best<T extends { readonly loss: number }>(fits: readonly T[]): T {
  return fits.reduce((least, fit) => (fit.loss < least.loss ? fit : least));
}

/** A forest on a part's training rows that can grow further, with its loss on the tested rows after each round. */
interface Growing {
  readonly options: ClickTreesOptions;
  readonly objective: Objective;
  readonly train: BinnedMatrix;
  readonly test: BinnedMatrix;
  readonly labels: Uint8Array; // [test.rows]
  readonly scores: Float64Array; // [test.rows]
  readonly curve: number[];
  forest: Forest;
}

/** Trees are no longer added once the best of all parts together lies so many rounds back. */
const PATIENCE = 50;
/** Numbers of leaves are compared on so many parts, to save time. */
const COMPARED_PARTS = 2;
const STACKED_BAGS = 3;
const LEAVES_MAX = 128;
const RATE_MAX = 0.2;
/** For what tells much of its label. */
const BOLD = { columnShare: 0.8, l2: 1, hessianMin: 0.1 };
/** As a share of the loss. */
const GAIN_MIN = 0.01;

/** `leaves`: the numbers of leaves to start from. The rounds of `options` are the most that are tried. */
export function chooseTrees(
  parts: readonly Part[],
  options: ClickTreesOptions,
  leaves: readonly number[],
): CrossFit<ClickTreesOptions> {
  const { options: tried, growing } = climb(parts.slice(0, COMPARED_PARTS), options, leaves);
  const all = [...growing, ...parts.slice(COMPARED_PARTS).map((part) => plant(part, tried))];
  const { loss, rounds } = growTogether(all);
  const chosen = { ...tried, boosting: { ...tried.boosting, rounds } };
  const logits = new Float64Array(all.reduce((sum, { test }) => sum + test.rows, 0));
  let at = 0;
  all.forEach(({ forest, test }, i) => {
    const out = logits.subarray(at, at + test.rows);
    scoreForest({ ...forest, trees: forest.trees.slice(0, rounds) }, test, out);
    addBags(parts[i]!, chosen, out);
    at += test.rows;
  });
  return { loss, options: chosen, logits };
}

interface Attempt {
  readonly loss: number;
  readonly options: ClickTreesOptions;
  readonly growing: readonly Growing[];
}

/**
 * The settings of the least loss on the parts. What tells little of its label wants small and wary trees, and those are tried first;
 * bolder ones are taken only where they gain much, for the best of many tries that are all alike would be one by luck.
 */
function climb(parts: readonly Part[], options: ClickTreesOptions, leaves: readonly number[]): Attempt {
  const attempt = (boosting: BoostingOptions): Attempt => {
    const tried = { ...options, boosting };
    const growing = parts.map((part) => plant(part, tried));
    return { loss: growTogether(growing).loss, options: tried, growing };
  };
  let found = best(leaves.map((leavesMax) => attempt({ ...options.boosting, leavesMax })));
  const gains = (change: Partial<BoostingOptions>): boolean => {
    const next = attempt({ ...found.options.boosting, ...change });
    const gained = next.loss < (1 - GAIN_MIN) * found.loss;
    if (gained) found = next;
    return gained;
  };
  const boosting = (): BoostingOptions => found.options.boosting;
  gains(BOLD);
  if (boosting().leavesMax === Math.max(...leaves))
    while (boosting().leavesMax < LEAVES_MAX && gains({ leavesMax: 2 * boosting().leavesMax }));
  const ranOut = (): boolean => found.growing[0]!.curve.length === boosting().rounds;
  while (ranOut() && boosting().rate < RATE_MAX && gains({ rate: 2 * boosting().rate }));
  return found;
}

/**
 * Makes a forest's scores the means over STACKED_BAGS forests: the model to be has several too, and one alone would look worse,
 * and surer, than it will be.
 */
function addBags({ train, test }: Part, options: ClickTreesOptions, scores: Float64Array): void {
  const more = Math.min(options.bags, STACKED_BAGS) - 1;
  if (more < 1) return;
  const seeded = {
    ...options,
    bags: more,
    boosting: { ...options.boosting, seed: options.boosting.seed + 1 },
    features: { ...options.features, seed: options.features.seed + 1 },
  };
  const others = new Float64Array(scores.length);
  trainClickTrees(train, seeded).score(test, others);
  for (let row = 0; row < scores.length; row++) scores[row] = (scores[row]! + more * others[row]!) / (1 + more);
}

function plant({ train, test }: Part, options: ClickTreesOptions): Growing {
  const { features, matrix } = fitFeatures(train, options.features);
  const objective = logisticObjective(train.labels);
  return {
    options,
    objective,
    train: matrix,
    test: encodeRows(features, test),
    labels: test.labels,
    scores: new Float64Array(test.rows).fill(objective.start),
    curve: [],
    forest: { map: matrix.map, start: objective.start, trees: [] },
  };
}

/**
 * Grows all until the number of rounds of the least loss over all of them together is found. None may stop by itself: a curve
 * that ends before it rises would speak for too many rounds.
 */
function growTogether(all: readonly Growing[]): { loss: number; rounds: number } {
  const rows = all.reduce((sum, { test }) => sum + test.rows, 0);
  const most = all[0]!.options.boosting.rounds;
  for (let rounds = Math.max(...all.map(({ curve }) => curve.length)); ; ) {
    rounds = Math.min(most, rounds + PATIENCE);
    for (const growing of all) growTo(growing, rounds);
    const found = best(
      Array.from({ length: rounds }, (_, round) => ({
        rounds: round + 1,
        loss: all.reduce((sum, { test, curve }) => sum + test.rows * curve[round]!, 0) / rows,
      })),
    );
    if (found.rounds <= rounds - PATIENCE || rounds === most) return found;
  }
}

function growTo(growing: Growing, rounds: number): void {
  const { options, objective, train, test, labels, scores, curve } = growing;
  const grown = curve.length;
  if (grown >= rounds) return;
  const probabilities = new Float64Array(labels.length);
  const boosting = { ...options.boosting, rounds: rounds - grown, seed: options.boosting.seed + grown };
  growing.forest = boostTrees(train, objective, boosting, {
    from: growing.forest,
    afterRound(tree) {
      addTree(tree, test, scores);
      for (let row = 0; row < scores.length; row++) probabilities[row] = sigmoid(scores[row]!);
      curve.push(logLossOf(labels, probabilities));
      return true;
    },
  });
}

export interface FtrlTraining {
  readonly ftrl: FtrlOptions;
  readonly epochs: number;
}

/** How FTRL is tried: at `alphas`, each for `epochsMax` epochs. */
export interface FtrlTries {
  readonly alphas: readonly number[];
  readonly epochsMax: number;
  readonly seed: number;
}

/** Numbers have ranges, or slopes where these do much better at the rate in the middle. */
export function chooseFtrl(parts: readonly Part[], options: FtrlOptions, tries: FtrlTries): CrossFit<FtrlTraining> {
  const ranges = best(tries.alphas.map((alpha) => tryFtrl(parts, { ...options, alpha }, tries)));
  if (parts[0]!.train.numbers.length === 0) return ranges;
  const middle = tries.alphas[tries.alphas.length >> 1]!;
  const sloping = (alpha: number) => tryFtrl(parts, { ...options, alpha, slopes: true }, tries);
  const first = sloping(middle);
  if (first.loss >= (1 - GAIN_MIN) * ranges.loss) return ranges;
  return best([first, ...tries.alphas.filter((alpha) => alpha !== middle).map(sloping)]);
}

/** With the epochs of the least loss. */
function tryFtrl(parts: readonly Part[], ftrl: FtrlOptions, { epochsMax, seed }: FtrlTries): CrossFit<FtrlTraining> {
  const labels = testLabels(parts);
  const logits = Array.from({ length: epochsMax }, () => new Float64Array(labels.length));
  let at = 0;
  for (const { train, test } of parts) {
    const model = newFtrl(train, ftrl);
    const hashed = model.hash(test);
    eachEpoch(model, train, epochsMax, seed, (epoch) =>
      model.scoreHashed(hashed, logits[epoch]!.subarray(at, at + test.rows)),
    );
    at += test.rows;
  }
  return best(
    logits.map((scores, epoch) => ({
      loss: logLossOf(labels, scores.map(sigmoid)),
      options: { ftrl, epochs: epoch + 1 },
      logits: scores,
    })),
  );
}

export function trainFtrl(examples: LabelledExamples, { ftrl, epochs }: FtrlTraining, seed: number): FtrlModel {
  const model = newFtrl(examples, ftrl);
  eachEpoch(model, examples, epochs, seed, () => {});
  return model;
}

function eachEpoch(
  model: FtrlModel,
  examples: LabelledExamples,
  epochs: number,
  seed: number,
  after: (epoch: number) => void,
): void {
  const hashed = model.hash(examples);
  const rng = new Rng(seed);
  for (let epoch = 0; epoch < epochs; epoch++) {
    model.learn(hashed, examples.labels, shuffledRows(examples.rows, rng));
    after(epoch);
  }
}
