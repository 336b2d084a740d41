/**
 * Boosted trees with and without target encodings, and logistic regression by FTRL, stacked: the strongest prediction of clicks
 * that this engine makes of a table. How large the trees are, how many, how fast FTRL learns and for how long, and what each
 * model's word is worth, is all found by cross-validation within the examples that are learned from; then each model learns from all.
 */

import { Rng } from '../base/rng.ts';
import type { BinnedMatrix } from './binned-matrix.ts';
import {
  addTree,
  type BoostingOptions,
  boostTrees,
  type Forest,
  logisticObjective,
  scoreForest,
} from './boosted-trees.ts';
import { encodeRows, type FeatureOptions, fitFeatures } from './click-features.ts';
import { type ClickTreesOptions, DEFAULT_CLICK_TREES, trainClickTrees } from './click-trees.ts';
import { type Examples, type LabelledExamples, takeRows } from './examples.ts';
import { dealStratified, foldOf, shuffledRows } from './folds.ts';
import { DEFAULT_FTRL, type FtrlModel, type FtrlOptions, hashRows, newFtrl } from './ftrl.ts';
import { type ClickModel, requireLearnable, type Schema, schemaOf } from './learner.ts';
import { logLossOf } from './log-loss.ts';
import { sigmoid } from './logistic.ts';
import { applyStack, fitStack, type Stack } from './stacking.ts';

/** How much trying the data's size allows. */
export interface BlendEffort {
  /** Folds of the cross-validation, and how many of them are run. */
  readonly folds: number;
  readonly foldsRun: number;
  readonly bags: number;
  readonly rate: number;
  readonly roundsMax: number;
  readonly epochsMax: number;
  readonly leaves: readonly number[];
  readonly alphas: readonly number[];
}

function effortFor(rows: number): BlendEffort {
  const small = { folds: 5, foldsRun: 5, bags: 6, rate: 0.05, roundsMax: 400, epochsMax: 20 };
  if (rows <= 40_000) return { ...small, leaves: [6, 12], alphas: [0.02, 0.05, 0.1] };
  if (rows <= 250_000) {
    return {
      folds: 4,
      foldsRun: 2,
      bags: 2,
      rate: 0.1,
      roundsMax: 400,
      epochsMax: 6,
      leaves: [15, 31],
      alphas: [0.02, 0.05],
    };
  }
  return {
    folds: 5,
    foldsRun: 1,
    bags: 1,
    rate: 0.15,
    roundsMax: 300,
    epochsMax: 3,
    leaves: [31],
    alphas: [0.02, 0.05],
  };
}

/** How categories are given to trees. Which is better differs from data set to data set; together they beat either. */
const FEATURE_SETS = [
  { targets: true, counts: true, oneHot: false },
  { targets: false, counts: false, oneHot: true },
] as const;

/** Trees are no longer added after so many that did not help. */
const PATIENCE = 60;

export interface BlendChoice {
  readonly trees: readonly { readonly features: string; readonly leaves: number; readonly rounds: number }[];
  readonly ftrl: { readonly alpha: number; readonly epochs: number };
  readonly weights: readonly number[];
}

export class ClickBlend {
  readonly schema: Schema;
  readonly members: readonly ClickModel[];
  readonly stack: Stack;
  /** What was found best, for people. */
  readonly choice: BlendChoice;

  constructor(schema: Schema, members: readonly ClickModel[], stack: Stack, choice: BlendChoice) {
    this.schema = schema;
    this.members = members;
    this.stack = stack;
    this.choice = choice;
  }

  score(examples: Examples, out: Float64Array): void {
    const logits = this.members.map((member) => {
      const scores = new Float64Array(examples.rows);
      member.score(examples, scores);
      return scores;
    });
    applyStack(this.stack, logits, out);
  }
}

interface CrossFit<T> {
  readonly loss: number;
  readonly options: T;
  /** Out-of-fold log-odds of the rows that were tested, in the folds' order. */
  readonly logits: Float64Array;
}

interface Part {
  readonly train: LabelledExamples;
  readonly test: LabelledExamples;
}

export function trainBlend(
  examples: LabelledExamples,
  { seed, effort = effortFor(examples.rows) }: { readonly seed: number; readonly effort?: BlendEffort },
): ClickBlend {
  requireLearnable(examples);
  const dealt = dealStratified(examples.labels, effort.folds, seed);
  const parts = Array.from({ length: effort.foldsRun }, (_, fold): Part => {
    const { train, test } = foldOf(dealt, fold);
    return { train: takeRows(examples, train), test: takeRows(examples, test) };
  });
  const labels = Uint8Array.from(parts.flatMap(({ test }) => [...test.labels]));
  const trees = FEATURE_SETS.map((features) =>
    best(effort.leaves.map((leavesMax) => crossFitTrees(parts, treesOptions(effort, features, leavesMax, seed)))),
  );
  const ftrl = best(
    effort.alphas.map((alpha) => crossFitFtrl(parts, { ...DEFAULT_FTRL, alpha }, effort.epochsMax, seed)),
  );
  const stack = fitStack([...trees.map(({ logits }) => logits), ftrl.logits], labels);
  const members = [
    ...trees.map(({ options }) => trainClickTrees(examples, options)),
    trainFtrl(examples, ftrl.options.ftrl, ftrl.options.epochs, seed),
  ];
  return new ClickBlend(schemaOf(examples), members, stack, {
    trees: trees.map(({ options: { boosting, features } }) => ({
      features: features.oneHot ? 'values' : 'targets and counts',
      leaves: boosting.leavesMax,
      rounds: boosting.rounds,
    })),
    ftrl: { alpha: ftrl.options.ftrl.alpha, epochs: ftrl.options.epochs },
    weights: [...stack.weights],
  });
}

function best<T>(fits: readonly CrossFit<T>[]): CrossFit<T> {
  return fits.reduce((least, fit) => (fit.loss < least.loss ? fit : least));
}

function treesOptions(
  { rate, roundsMax, bags }: BlendEffort,
  set: (typeof FEATURE_SETS)[number],
  leavesMax: number,
  seed: number,
): ClickTreesOptions {
  const { boosting, features } = DEFAULT_CLICK_TREES;
  return {
    boosting: { ...boosting, rate, leavesMax, rounds: roundsMax, seed },
    features: { ...features, ...set, seed },
    bags,
  };
}

/** Finds the number of rounds: that of the least loss over all folds together. */
function crossFitTrees(parts: readonly Part[], options: ClickTreesOptions): CrossFit<ClickTreesOptions> {
  const fits = parts.map((part) => boostWithCurve(part, options));
  const rows = parts.reduce((sum, { test }) => sum + test.rows, 0);
  let rounds = 1;
  let loss = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= options.boosting.rounds; round++) {
    // A fold that stopped early keeps its last loss.
    const sum = fits.reduce(
      (total, { curve }, i) => total + parts[i]!.test.rows * curve[Math.min(round, curve.length) - 1]!,
      0,
    );
    if (sum / rows >= loss) continue;
    loss = sum / rows;
    rounds = round;
  }
  const logits = new Float64Array(rows);
  let at = 0;
  for (const { forest, matrix } of fits) {
    scoreForest({ ...forest, trees: forest.trees.slice(0, rounds) }, matrix, logits.subarray(at, at + matrix.rows));
    at += matrix.rows;
  }
  return { loss, options: { ...options, boosting: { ...options.boosting, rounds } }, logits };
}

/** A forest on a fold's training rows, with its loss on the others after each round. */
function boostWithCurve(
  { train, test }: Part,
  { features: featureOptions, boosting }: { readonly features: FeatureOptions; readonly boosting: BoostingOptions },
): { forest: Forest; matrix: BinnedMatrix; curve: number[] } {
  const { features, matrix: trainMatrix } = fitFeatures(train, featureOptions);
  const matrix = encodeRows(features, test);
  const objective = logisticObjective(train.labels);
  const scores = new Float64Array(test.rows).fill(objective.start);
  const curve: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  let leastAt = 0;
  const forest = boostTrees(trainMatrix, objective, boosting, {
    afterRound(tree, round) {
      addTree(tree, matrix, scores);
      const loss = logLossOf(test.labels, scores.map(sigmoid));
      curve.push(loss);
      if (loss < least) {
        least = loss;
        leastAt = round;
      }
      return round - leastAt < PATIENCE;
    },
  });
  return { forest, matrix, curve };
}

/** Finds the number of epochs. */
function crossFitFtrl(
  parts: readonly Part[],
  ftrl: FtrlOptions,
  epochsMax: number,
  seed: number,
): CrossFit<{ readonly ftrl: FtrlOptions; readonly epochs: number }> {
  const rows = parts.reduce((sum, { test }) => sum + test.rows, 0);
  const labels = Uint8Array.from(parts.flatMap(({ test }) => [...test.labels]));
  const logits = Array.from({ length: epochsMax }, () => new Float64Array(rows));
  let at = 0;
  for (const { train, test } of parts) {
    const model = newFtrl(train, ftrl);
    const hashedTest = hashRows(test, model.map, ftrl.bits);
    eachEpoch(model, train, epochsMax, seed, (epoch) =>
      model.scoreHashed(hashedTest, logits[epoch]!.subarray(at, at + test.rows)),
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

function trainFtrl(examples: LabelledExamples, options: FtrlOptions, epochs: number, seed: number): FtrlModel {
  const model = newFtrl(examples, options);
  eachEpoch(model, examples, epochs, seed, () => {});
  return model;
}
