/**
 * Trains boosted trees to rank, on top of an additive model: score(x) = base(x) + Σ trees(x). The base is fitted first and stays; the
 * trees learn what features say together. The loss is that of the base, listwise softmax within a group, and the latest groups tell how
 * many trees help: none where they do not. Then the same number is grown on all groups.
 */
import { RialtoError } from '../base/errors.ts';
import type { AdditiveModel } from './additive-model.ts';
import { scoreRow } from './additive-rows.ts';
import { type RankingExamples, sampledLog } from './additive-trainer.ts';
import { type BinnedMatrix, binRows, learnBins } from './binned-matrix.ts';
import {
  addTree,
  type BoostingOptions,
  boostTrees,
  DEFAULT_BOOSTING,
  type Forest,
  type Objective,
} from './boosted-trees.ts';

export interface TreeRankingOptions {
  readonly boosting: BoostingOptions;
  readonly binsMax: number;
  /** Rounds without a better validation loss after which training ends. */
  readonly patience: number;
  /** The latest groups of no more rows than this are learned from. */
  readonly rowsMax: number;
  readonly onProgress?: (done: number, all: number) => void;
}

export const DEFAULT_TREE_RANKING: TreeRankingOptions = {
  boosting: {
    ...DEFAULT_BOOSTING,
    rounds: 120,
    rate: 0.1,
    leavesMax: 16,
    rowsMin: 50,
    hessianMin: 1,
    l2: 5,
    rowShare: 0.7,
    columnShare: 0.7,
  },
  binsMax: 63,
  patience: 15,
  rowsMax: 600_000,
};

export interface TreeRanking {
  /** Over the features, then the gate. */
  readonly forest: Forest;
  readonly fit: TreeFit;
}

/** How it was chosen. */
export interface TreeFit {
  readonly trees: number;
  readonly groups: number;
  readonly validationGroups: number;
  /** Mean over the validation groups of −ln softmax of what was chosen: of the base, and with the trees. */
  readonly baseLoss: number;
  readonly loss: number;
}

const VALIDATION_SHARE = 0.1;

/** Throws `bad-training-data` where there are too few groups. */
export function trainTreeRanking(
  base: AdditiveModel,
  examples: RankingExamples,
  options: TreeRankingOptions = DEFAULT_TREE_RANKING,
): TreeRanking {
  const groups = examples.groups.length - 1;
  if (groups < 10)
    throw new RialtoError('bad-training-data', `${groups} groups are too few for trees: at least 10 are needed`);
  const { boosting, patience, onProgress } = options;
  const first = firstGroup(examples.groups, options.rowsMax);
  const validation = Math.max(1, Math.floor(VALIDATION_SHARE * (groups - first)));
  const cut = groups - validation;
  const train = tableOf(base, examples, first, cut);
  const held = tableOf(base, examples, cut, groups);
  const map = learnBins({ rows: train.rows, dense: train.dense }, { binsMax: options.binsMax, rowsMin: 1 });
  const heldMatrix = binRows(map, held);
  const heldScores = new Float64Array(held.rows);
  const baseLoss = lossOf(held, heldScores);
  let best = { trees: 0, loss: baseLoss };
  boostTrees(binRows(map, train), softmaxObjective(train), boosting, {
    groups: train.groups,
    afterRound(tree, round) {
      addTree(tree, heldMatrix, heldScores);
      const loss = lossOf(held, heldScores);
      if (loss < best.loss) best = { trees: round + 1, loss };
      onProgress?.(round, 2 * boosting.rounds);
      return round + 1 - best.trees < patience;
    },
  });
  const all = tableOf(base, examples, first, groups);
  const matrix: BinnedMatrix = binRows(map, all);
  const forest = boostTrees(
    matrix,
    softmaxObjective(all),
    { ...boosting, rounds: best.trees },
    {
      groups: all.groups,
      afterRound(_, round) {
        onProgress?.(boosting.rounds + round, 2 * boosting.rounds);
        return true;
      },
    },
  );
  const fit = { ...best, groups: groups - first, validationGroups: validation, baseLoss };
  return { forest, fit };
}

/** The first of the latest groups that have room together. */
function firstGroup(groups: Int32Array, rowsMax: number): number {
  const end = groups[groups.length - 1]!;
  let first = 0;
  while (first < groups.length - 11 && end - groups[first]! > rowsMax) first++;
  return first;
}

/** Some groups as columns. */
interface GroupTable {
  readonly rows: number;
  readonly dense: readonly Float32Array[]; // [features + 1][rows]
  readonly labels: Uint8Array;
  readonly groups: Int32Array; // [groups + 1]
  /** Scores of the base, as they count in the loss. [rows] */
  readonly base: Float64Array;
}

function tableOf(base: AdditiveModel, examples: RankingExamples, first: number, last: number): GroupTable {
  const { values, gates, labels } = examples;
  const width = base.features.length;
  const from = examples.groups[first]!;
  const to = examples.groups[last]!;
  const dense = Array.from({ length: width + 1 }, () => new Float32Array(to - from));
  const scores = new Float64Array(to - from);
  for (let row = from; row < to; row++) {
    for (let feature = 0; feature < width; feature++) dense[feature]![row - from] = values[row * width + feature]!;
    dense[width]![row - from] = gates[row]!;
    scores[row - from] = scoreRow(base, values, row, gates[row]!);
  }
  for (let group = first; group < last; group++)
    for (let row = examples.groups[group]!; row < examples.groups[group + 1]!; row++)
      scores[row - from]! += sampledLog(examples, group, row);
  return {
    rows: to - from,
    dense,
    labels: labels.subarray(from, to),
    groups: examples.groups.slice(first, last + 1).map((start) => start - from),
    base: scores,
  };
}

/** Calls `each` for every group that teaches something, with the probabilities of its rows. */
function eachGroup(
  { labels, groups, base }: GroupTable,
  scores: Float64Array,
  each: (from: number, to: number, chosen: number, probabilities: Float64Array) => void,
): void {
  const probabilities = new Float64Array(scores.length);
  for (let group = 0; group + 1 < groups.length; group++) {
    const from = groups[group]!;
    const to = groups[group + 1]!;
    let chosen = 0;
    let max = Number.NEGATIVE_INFINITY;
    for (let row = from; row < to; row++) {
      chosen += labels[row]!;
      max = Math.max(max, base[row]! + scores[row]!);
    }
    if (chosen === 0 || chosen === to - from) continue;
    let sum = 0;
    for (let row = from; row < to; row++) {
      probabilities[row] = Math.exp(base[row]! + scores[row]! - max);
      sum += probabilities[row]!;
    }
    for (let row = from; row < to; row++) probabilities[row]! /= sum;
    each(from, to, chosen, probabilities);
  }
}

/** Weighted by √n as the base's, n rows of the group chosen. */
function softmaxObjective(table: GroupTable): Objective {
  const { labels } = table;
  return {
    start: 0,
    gradients(scores, gradients, hessians) {
      gradients.fill(0);
      hessians.fill(0);
      eachGroup(table, scores, (from, to, chosen, probabilities) => {
        const weight = Math.sqrt(chosen);
        for (let row = from; row < to; row++) {
          const p = probabilities[row]!;
          gradients[row] = weight * (p - labels[row]! / chosen);
          hessians[row] = weight * p * (1 - p);
        }
      });
    },
  };
}

function lossOf(table: GroupTable, scores: Float64Array): number {
  let loss = 0;
  let judged = 0;
  eachGroup(table, scores, (from, to, chosen, probabilities) => {
    judged++;
    for (let row = from; row < to; row++) if (table.labels[row] === 1) loss -= Math.log(probabilities[row]!) / chosen;
  });
  return loss / Math.max(1, judged);
}
