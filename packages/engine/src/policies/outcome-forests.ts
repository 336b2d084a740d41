/**
 * What comes of people in either arm, by boosted trees, and what is expected of each when their own outcome was not learned from (cross-fitting:
 * Chernozhukov et al., 2018): the nuisance part of models of effects.
 */
import { type BinMap, type BinnedMatrix, binRows } from '../learning/binned-matrix.ts';
import {
  type BoostingOptions,
  boostTrees,
  DEFAULT_BOOSTING,
  type Forest,
  scoreForest,
  squaredObjective,
} from '../learning/boosted-trees.ts';
import { dealFolds, foldOf } from '../learning/folds.ts';

export interface UpliftRows {
  readonly columns: readonly Float32Array[]; // [features][rows]
  readonly treated: Uint8Array; // [rows]
  readonly outcomes: Float64Array; // [rows]
}

export interface ForestSize {
  readonly rounds: number;
  readonly leavesMax: number;
  readonly rowsMin: number;
}

const RATE = 0.05;
const FOLDS = 3;
/** Of the outcome's model behind models of effects. */
export const NUISANCE: ForestSize = { rounds: 60, leavesMax: 6, rowsMin: 200 };

export function boostingOf({ rounds, leavesMax, rowsMin }: ForestSize, seed: number): BoostingOptions {
  return { ...DEFAULT_BOOSTING, rate: RATE, rounds, leavesMax, rowsMin, rowShare: 0.7, seed };
}

export function outcomeForest(rows: UpliftRows, map: BinMap, options: BoostingOptions): Forest {
  return boostTrees(binRows(map, numbersOf(rows.columns)), squaredObjective(rows.outcomes), options);
}

/** Outcomes expected without and with the treatment. [2][rows] */
export type Expected = readonly [Float64Array, Float64Array];

export interface CrossFitted {
  /** Of the rows learned from, each by the folds it is not in. */
  readonly own: Expected;
  /** Of other rows: the mean over folds. */
  predict(columns: readonly Float32Array[]): Expected;
}

export function crossFitted(rows: UpliftRows, map: BinMap, seed: number): CrossFitted {
  const options = boostingOf(NUISANCE, seed);
  const dealt = dealFolds(rows.outcomes.length, FOLDS, seed);
  const own: Expected = [new Float64Array(rows.outcomes.length), new Float64Array(rows.outcomes.length)];
  const forests = Array.from({ length: FOLDS }, (_, fold) => {
    const { train, test } = foldOf(dealt, fold);
    const learned = pick(rows, train);
    const matrix = binRows(map, numbersOf(pick(rows, test).columns));
    return [0, 1].map((arm) => {
      const forest = outcomeForest(inArm(learned, arm), map, options);
      scored(forest, matrix).forEach((value, i) => {
        own[arm]![test[i]!] = value;
      });
      return forest;
    });
  });
  return {
    own,
    predict(columns) {
      const matrix = binRows(map, numbersOf(columns));
      const out: Expected = [new Float64Array(matrix.rows), new Float64Array(matrix.rows)];
      for (const arms of forests)
        arms.forEach((forest, arm) => {
          scored(forest, matrix).forEach((value, row) => {
            out[arm]![row]! += value / FOLDS;
          });
        });
      return out;
    },
  };
}

/** The mean of both arms by which the effect's noise is least: each arm weighs by the other's share. [rows] */
export function balancedMean([control, treatment]: Expected, shareTreated: number): Float64Array {
  return control.map((value, row) => shareTreated * value + (1 - shareTreated) * treatment[row]!);
}

export const shareTreated = ({ treated }: UpliftRows): number =>
  treated.reduce((sum, one) => sum + one, 0) / treated.length;

export const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value - b[i]!);

export const numbersOf = (columns: readonly Float32Array[]): { rows: number; dense: readonly Float32Array[] } => ({
  rows: columns[0]?.length ?? 0,
  dense: columns,
});

export function scored(forest: Forest, matrix: BinnedMatrix): Float64Array {
  const out = new Float64Array(matrix.rows);
  scoreForest(forest, matrix, out);
  return out;
}

/** The rows of one arm. */
export function inArm(rows: UpliftRows, arm: number): UpliftRows {
  return pick(
    rows,
    Int32Array.from(rows.treated.keys()).filter((row) => rows.treated[row] === arm),
  );
}

export function pick({ columns, treated, outcomes }: UpliftRows, rows: Int32Array): UpliftRows {
  return {
    columns: columns.map((column) => Float32Array.from(rows, (row) => column[row]!)),
    treated: Uint8Array.from(rows, (row) => treated[row]!),
    outcomes: Float64Array.from(rows, (row) => outcomes[row]!),
  };
}
