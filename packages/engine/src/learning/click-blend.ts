/**
 * Boosted trees with and without target encodings, logistic regression by FTRL, and a network over embeddings, stacked: the best
 * prediction of clicks that this engine makes of a table. How large the trees are, how many, how fast FTRL and the network learn and for
 * how long, and what each model's word is worth, is found by cross-validation within the examples that are learned from; then each
 * model learns from all of them. Of very many examples trees learn from a sample, which costs them little, the others from all.
 */
import { RialtoError } from '../base/errors.ts';
import { slotBits } from './click-slots.ts';
import { type ClickTreesOptions, clickTreesLearner, DEFAULT_CLICK_TREES, trainClickTrees } from './click-trees.ts';
import { chooseFtrl, chooseTrees, partsOf, testLabels, trainFtrl } from './cross-fit.ts';
import { deepLearner } from './deep-clicks.ts';
import { chooseNetwork, type NetworkTraining, trainChosenNetwork } from './deep-fit.ts';
import type { Examples, LabelledExamples } from './examples.ts';
import { stratifiedSample } from './folds.ts';
import { DEFAULT_FTRL, ftrlLearner } from './ftrl.ts';
import {
  type ClickModel,
  gatherBatches,
  type Learner,
  requireLearnable,
  requireSchema,
  type Schema,
  schemaOf,
} from './learner.ts';
import { packModel, unpackModel } from './model-file.ts';
import { applyStack, fitStackWary, type Stack } from './stacking.ts';

/** How much is tried. */
export interface BlendEffort {
  /** Folds of the cross-validation, and how many of them are run. */
  readonly folds: number;
  readonly foldsRun: number;
  readonly bags: number;
  readonly rate: number;
  readonly roundsMax: number;
  readonly epochsMax: number;
  /** Of the network over the examples. */
  readonly passesMax: number;
  readonly leaves: readonly number[];
  readonly alphas: readonly number[];
  /** Trees, and all choices, learn from at most so many rows, and each tree from so many; all where absent. */
  readonly treeRows?: { readonly all: number; readonly each: number };
}

/** Few examples need care more than they need time. */
export function effortFor(rows: number): BlendEffort {
  if (rows <= 40_000) {
    const learning = {
      rate: 0.05,
      roundsMax: 400,
      epochsMax: 20,
      passesMax: 6,
      leaves: [8, 16],
      alphas: [0.02, 0.05, 0.1],
    };
    return { folds: 5, foldsRun: 5, bags: 5, ...learning };
  }
  if (rows <= 100_000) {
    const learning = { rate: 0.1, roundsMax: 400, epochsMax: 6, passesMax: 6, leaves: [16, 32], alphas: [0.02, 0.05] };
    return { folds: 4, foldsRun: 2, bags: 2, ...learning };
  }
  return {
    folds: 5,
    foldsRun: 1,
    bags: 1,
    rate: 0.15,
    roundsMax: 200,
    epochsMax: 3,
    passesMax: 3,
    leaves: [32],
    alphas: [0.02, 0.05],
    treeRows: { all: 300_000, each: 60_000 },
  };
}

/** A sample of the rows that trees learn from, with as many positives in a thousand as all. */
export const treeExamples = (examples: LabelledExamples, { treeRows }: BlendEffort, seed: number): LabelledExamples =>
  stratifiedSample(examples, { rowsMax: treeRows?.all ?? examples.rows, seed });

/** How categories are given to trees. Which is better differs from data to data; together they beat either. */
export const FEATURE_SETS = [
  { targets: true, counts: true, oneHot: false },
  { targets: false, counts: false, oneHot: true },
] as const;

/** Without categories the sets are the same. */
export const featureSets = ({ categories }: { readonly categories: readonly unknown[] }): FeatureSet[] =>
  FEATURE_SETS.slice(0, categories.length === 0 ? 1 : FEATURE_SETS.length);

type FeatureSet = (typeof FEATURE_SETS)[number];

/** In positives, or in rows of an even chance: what a leaf must hold, and what a value's encoding is drawn by. */
const HESSIAN_MIN = 1;
const SMOOTHING = 2;

const KIND = 'click-blend';
const VERSION = 2;

/** What was found best, for people. */
export interface BlendChoice {
  readonly trees: readonly { readonly features: string; readonly leaves: number; readonly rounds: number }[];
  readonly ftrl: { readonly alpha: number; readonly epochs: number };
  readonly network: NetworkTraining;
  readonly weights: readonly number[];
}

export class ClickBlend implements ClickModel {
  readonly schema: Schema;
  readonly members: readonly ClickModel[];
  readonly stack: Stack;
  readonly choice: BlendChoice;

  constructor(schema: Schema, members: readonly ClickModel[], stack: Stack, choice: BlendChoice) {
    this.schema = schema;
    this.members = members;
    this.stack = stack;
    this.choice = choice;
  }

  score(examples: Examples, out: Float64Array): void {
    requireSchema(this.schema, schemaOf(examples));
    const logits = this.members.map((member, i) => {
      const scores = new Float64Array(examples.rows);
      if (this.stack.weights[i] !== 0) member.score(examples, scores);
      return scores;
    });
    applyStack(this.stack, logits, out);
  }

  pack(): Uint8Array {
    const members = Object.fromEntries(this.members.map((member, i) => [`member${i}`, new Uint8Array(member.pack())]));
    return packModel({
      kind: KIND,
      version: VERSION,
      info: { schema: this.schema, bias: this.stack.bias, choice: this.choice },
      arrays: { weights: this.stack.weights, ...members },
    });
  }
}

export interface BlendOptions {
  readonly seed: number;
  readonly effort?: BlendEffort;
  /** Called `blendSteps` times, as each part is chosen and as it is trained. */
  readonly onStep?: () => void;
}

export const blendSteps = (examples: Examples): number => 2 * (featureSets(examples).length + 2);

/** Throws `bad-training-data`. */
export function trainBlend(
  examples: LabelledExamples,
  { seed, effort = effortFor(examples.rows), onStep = () => {} }: BlendOptions,
): ClickBlend {
  const after = <T>(step: T): T => {
    onStep();
    return step;
  };
  requireLearnable(examples);
  const few = treeExamples(examples, effort, seed);
  const parts = partsOf(few, effort.folds, effort.foldsRun, seed);
  const trees = featureSets(examples).map((set) =>
    after(chooseTrees(parts, treesOptions(few, effort, set, seed), effort.leaves)),
  );
  const ftrl = after(chooseFtrl(parts, { ...DEFAULT_FTRL, bits: slotBits(examples) }, { ...effort, seed }));
  const network = after(chooseNetwork(parts, { passesMax: effort.passesMax, seed }));
  const logits = [...trees, ftrl, network].map((fit) => fit.logits);
  const stack = fitStackWary(logits, testLabels(parts));
  const members = [
    ...trees.map(({ options }) => after(trainClickTrees(few, options))),
    after(trainFtrl(examples, ftrl.options, seed)),
    after(trainChosenNetwork(examples, network.options, seed)),
  ];
  return new ClickBlend(schemaOf(examples), members, stack, {
    trees: trees.map(({ options: { boosting, features } }) => ({
      features: features.oneHot ? 'values' : 'targets and counts',
      leaves: boosting.leavesMax,
      rounds: boosting.rounds,
    })),
    ftrl: { alpha: ftrl.options.ftrl.alpha, epochs: ftrl.options.epochs },
    network: network.options,
    weights: [...stack.weights],
  });
}

export function treesOptions(
  { rows, labels }: LabelledExamples,
  { rate, roundsMax, bags, treeRows }: BlendEffort,
  set: FeatureSet,
  seed: number,
): ClickTreesOptions {
  const { boosting, features } = DEFAULT_CLICK_TREES;
  const share = labels.reduce((sum, label) => sum + label, 0) / rows;
  const rowsOfOne = 1 / (share * (1 - share));
  const rowShare = Math.min(boosting.rowShare, (treeRows?.each ?? rows) / rows);
  const columnRowsMin = Math.max(features.columnRowsMin, Math.round(rowsOfOne));
  return {
    boosting: { ...boosting, rate, rounds: roundsMax, rowShare, hessianMin: HESSIAN_MIN, seed },
    features: { ...features, ...set, smoothing: SMOOTHING * rowsOfOne, columnRowsMin, seed },
    bags,
  };
}

/** `effort`: by the number of examples where absent. */
export function clickBlendLearner(effort?: BlendEffort): Learner {
  return {
    name: 'trees, FTRL and a network, stacked',
    streams: false,
    warmStarts: false,
    train(batches, { seed, start }) {
      if (start !== undefined)
        throw new RialtoError('bad-model', 'a blend cannot go on from a model: train it on all examples');
      return trainBlend(gatherBatches(batches), { seed, ...(effort && { effort }) });
    },
    unpack: unpackBlend,
  };
}

function unpackBlend(bytes: Uint8Array, schema?: Schema): ClickBlend {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const trained = info['schema'] as Schema;
  if (schema !== undefined) requireSchema(trained, schema);
  const { weights, ...packed } = arrays as Record<string, Uint8Array> & { weights?: Float64Array };
  const learners = [...featureSets(trained).map(() => clickTreesLearner()), ftrlLearner(), deepLearner()];
  const members = learners.map((learner, i) => learner.unpack(packed[`member${i}`] ?? new Uint8Array(0), trained));
  if (weights?.length !== members.length || !weights.every(Number.isFinite))
    throw new RialtoError('bad-model', 'the model lacks the weights of its parts');
  const stack = { bias: info['bias'] as number, weights };
  return new ClickBlend(trained, members, stack, info['choice'] as BlendChoice);
}
