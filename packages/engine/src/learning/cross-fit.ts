/**
 * Settings found by cross-validation, and what each model says of rows that it did not learn from: how many trees and of how many
 * leaves, FTRL's rate and its epochs.
 */
import { Rng } from '../base/rng.ts';
import type { BinnedMatrix } from './binned-matrix.ts';
import { addTree, boostTrees, type Forest, logisticObjective, scoreForest } from './boosted-trees.ts';
import { encodeRows, fitFeatures } from './click-features.ts';
import type { ClickTreesOptions } from './click-trees.ts';
import { type LabelledExamples, takeRows } from './examples.ts';
import { dealStratified, foldOf, shuffledRows } from './folds.ts';
import { type FtrlModel, type FtrlOptions, hashRows, newFtrl } from './ftrl.ts';
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

function best<T extends { readonly loss: number }>(fits: readonly T[]): T {
  return fits.reduce((least, fit) => (fit.loss < least.loss ? fit : least));
}

/** A forest grown on a part's training rows, with its loss on the others after each round. */
interface Grown {
  readonly forest: Forest;
  readonly test: BinnedMatrix;
  readonly curve: readonly number[];
}

/** Trees are no longer added after so many that did not help. */
const PATIENCE = 50;
/** Numbers of leaves are compared on so many parts, to save time. */
const COMPARED_PARTS = 2;

/** `leaves`: the numbers of leaves to choose from. The rounds of `options` are the most that are tried. */
export function chooseTrees(
  parts: readonly Part[],
  options: ClickTreesOptions,
  leaves: readonly number[],
): CrossFit<ClickTreesOptions> {
  const tries = leaves.map((leavesMax) => {
    const tried = { ...options, boosting: { ...options.boosting, leavesMax } };
    const grown = parts.slice(0, COMPARED_PARTS).map((part) => grow(part, tried));
    return { tried, grown, loss: bestRounds(grown).loss };
  });
  const { tried, grown } = best(tries);
  const all = [...grown, ...parts.slice(COMPARED_PARTS).map((part) => grow(part, tried))];
  const { loss, rounds } = bestRounds(all);
  const logits = new Float64Array(all.reduce((sum, { test }) => sum + test.rows, 0));
  let at = 0;
  for (const { forest, test } of all) {
    scoreForest({ ...forest, trees: forest.trees.slice(0, rounds) }, test, logits.subarray(at, at + test.rows));
    at += test.rows;
  }
  return { loss, options: { ...tried, boosting: { ...tried.boosting, rounds } }, logits };
}

/** The number of rounds of the least loss over all parts together; a part that stopped early keeps its last loss. */
function bestRounds(grown: readonly Grown[]): { loss: number; rounds: number } {
  const rows = grown.reduce((sum, { test }) => sum + test.rows, 0);
  const most = Math.max(...grown.map(({ curve }) => curve.length));
  return best(
    Array.from({ length: most }, (_, round) => ({
      rounds: round + 1,
      loss:
        grown.reduce((sum, { test, curve }) => sum + test.rows * curve[Math.min(round, curve.length - 1)]!, 0) / rows,
    })),
  );
}

function grow({ train, test }: Part, options: ClickTreesOptions): Grown {
  const { features, matrix } = fitFeatures(train, options.features);
  const testMatrix = encodeRows(features, test);
  const objective = logisticObjective(train.labels);
  const scores = new Float64Array(test.rows).fill(objective.start);
  const probabilities = new Float64Array(test.rows);
  const curve: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  let leastAt = 0;
  const forest = boostTrees(matrix, objective, options.boosting, {
    afterRound(tree, round) {
      addTree(tree, testMatrix, scores);
      for (let row = 0; row < scores.length; row++) probabilities[row] = sigmoid(scores[row]!);
      const loss = logLossOf(test.labels, probabilities);
      curve.push(loss);
      if (loss < least) {
        least = loss;
        leastAt = round;
      }
      return round - leastAt < PATIENCE;
    },
  });
  return { forest, test: testMatrix, curve };
}

export interface FtrlTraining {
  readonly ftrl: FtrlOptions;
  readonly epochs: number;
}

/** `alphas`: the rates to choose from. */
export function chooseFtrl(
  parts: readonly Part[],
  options: FtrlOptions,
  {
    alphas,
    epochsMax,
    seed,
  }: { readonly alphas: readonly number[]; readonly epochsMax: number; readonly seed: number },
): CrossFit<FtrlTraining> {
  const labels = testLabels(parts);
  const tries = alphas.flatMap((alpha) => {
    const ftrl = { ...options, alpha };
    const logits = Array.from({ length: epochsMax }, () => new Float64Array(labels.length));
    let at = 0;
    for (const { train, test } of parts) {
      const model = newFtrl(train, ftrl);
      const hashed = hashRows(test, model.map, ftrl.bits);
      eachEpoch(model, train, epochsMax, seed, (epoch) =>
        model.scoreHashed(hashed, logits[epoch]!.subarray(at, at + test.rows)),
      );
      at += test.rows;
    }
    return logits.map((scores, epoch) => ({
      loss: logLossOf(labels, scores.map(sigmoid)),
      options: { ftrl, epochs: epoch + 1 },
      logits: scores,
    }));
  });
  return best(tries);
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
  const hashed = hashRows(examples, model.map, model.options.bits);
  const rng = new Rng(seed);
  for (let epoch = 0; epoch < epochs; epoch++) {
    model.learn(hashed, examples.labels, shuffledRows(examples.rows, rng));
    after(epoch);
  }
}
