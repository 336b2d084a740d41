/**
 * Uplift models on held-out halves. People are split in two by chance, time and again; a model is learned on each training half, where the
 * size of trees is chosen by cross-validation (the mean Qini over folds), and the test half is read once. The baseline is two models of
 * outcomes, whose size is chosen by how well they predict those; beside it stands the same chosen by Qini, which is more than a baseline.
 */
import { RialtoError } from '../base/errors.ts';
import { hashPair } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { type BinMap, learnBins } from '../learning/binned-matrix.ts';
import { dealFolds, foldOf, shuffledRows } from '../learning/folds.ts';
import { type ForestSize, pick, type UpliftRows } from './outcome-forests.ts';
import { type EffectDriver, trainSparseUplift } from './sparse-uplift.ts';
import { type UpliftCurve, upliftCurve } from './uplift-curve.ts';
import { outcomeError, trainUplift, type UpliftSettings } from './uplift-model.ts';

export interface UpliftTrialOptions {
  readonly splits: number;
  readonly folds: number;
  readonly seed: number;
  readonly learner: UpliftSettings['learner'];
  readonly onSplit?: (done: number) => void;
}

export interface MeanWithError {
  readonly mean: number;
  /** Over splits, which share people: an indication. */
  readonly standardError: number;
}

export interface UpliftTrial {
  readonly rows: number;
  readonly treated: number;
  /** Outcomes of the treated minus those of the others. */
  readonly effect: number;
  readonly qini: MeanWithError;
  readonly auuc: MeanWithError;
  readonly random: MeanWithError;
  readonly twoModel: { readonly qini: MeanWithError; readonly auuc: MeanWithError };
  /** Two models whose size is chosen by Qini, as ours. */
  readonly twoModelByQini: { readonly qini: MeanWithError; readonly auuc: MeanWithError };
  /** Of the same splits. */
  readonly aboveTwoModel: MeanWithError;
  readonly splitsAboveRandom: number;
  readonly splitsAboveTwoModel: number;
  /** What effects hang on: the mean over splits of each probability, falling. Empty where the learner does not say. */
  readonly drivers: readonly EffectDriver[];
}

const BINS_MAX = 64;

/** From the least to the most that they can tell apart. */
const SIZES: readonly ForestSize[] = [
  { rounds: 20, leavesMax: 2, rowsMin: 200 },
  { rounds: 40, leavesMax: 3, rowsMin: 200 },
  { rounds: 80, leavesMax: 4, rowsMin: 100 },
];

export function tryUplift(rows: UpliftRows, options: UpliftTrialOptions): UpliftTrial {
  const all = rows.outcomes.length;
  const ours: UpliftCurve[] = [];
  const base: UpliftCurve[] = [];
  const baseByQini: UpliftCurve[] = [];
  const drivers: (readonly EffectDriver[])[] = [];
  for (let split = 0; split < options.splits; split++) {
    const order = shuffledRows(all, new Rng(hashPair(options.seed, split)));
    const train = pick(rows, order.subarray(0, all >> 1));
    const test = pick(rows, order.subarray(all >> 1));
    if (options.learner === 'sparse') {
      const model = trainSparseUplift(train, binsOf(train), options.seed);
      ours.push(upliftCurve(model.predict(test.columns), test.treated, test.outcomes));
      drivers.push(model.drivers);
    } else ours.push(chosenByQini(train, test, options.learner, options));
    const size = bestSize(train, options, byOutcome(options));
    base.push(heldOut(train, test, { learner: 't', ...SIZES[size]! }, options.seed));
    baseByQini.push(chosenByQini(train, test, 't', options));
    options.onSplit?.(split + 1);
  }
  const summary = (curves: readonly UpliftCurve[]) => ({
    qini: meanOf(curves.map(({ qini }) => qini)),
    auuc: meanOf(curves.map(({ auuc }) => auuc)),
  });
  const above = ours.map(({ qini }, split) => qini - base[split]!.qini);
  return {
    rows: all,
    treated: rows.treated.reduce((sum, one) => sum + one, 0),
    effect: armMean(rows, 1) - armMean(rows, 0),
    ...summary(ours),
    random: meanOf(ours.map(({ random }) => random)),
    twoModel: summary(base),
    twoModelByQini: summary(baseByQini),
    aboveTwoModel: meanOf(above),
    splitsAboveRandom: ours.filter(({ qini }) => qini > 0).length,
    splitsAboveTwoModel: above.filter((gain) => gain > 0).length,
    drivers: meanDrivers(drivers),
  };
}

type Merit = (learned: UpliftRows, held: UpliftRows, size: ForestSize) => number;

const byOutcome =
  ({ seed }: UpliftTrialOptions): Merit =>
  (learned, held, size) =>
    -outcomeError(learned, held, binsOf(learned), size, seed);

function chosenByQini(
  train: UpliftRows,
  test: UpliftRows,
  learner: UpliftSettings['learner'],
  options: UpliftTrialOptions,
): UpliftCurve {
  const merit: Merit = (learned, held, size) => heldOut(learned, held, { learner, ...size }, options.seed).qini;
  return heldOut(train, test, { learner, ...SIZES[bestSize(train, options, merit)]! }, options.seed);
}

/** The size with the most merit over the folds of a training half. */
function bestSize(train: UpliftRows, { folds, seed }: UpliftTrialOptions, merit: Merit): number {
  const dealt = dealFolds(train.outcomes.length, folds, seed);
  const merits = SIZES.map(() => 0);
  for (let fold = 0; fold < folds; fold++) {
    const { train: learn, test } = foldOf(dealt, fold);
    const [learned, held] = [pick(train, learn), pick(train, test)];
    SIZES.forEach((size, i) => {
      merits[i]! += merit(learned, held, size);
    });
  }
  return merits.indexOf(Math.max(...merits));
}

function heldOut(train: UpliftRows, test: UpliftRows, settings: UpliftSettings, seed: number): UpliftCurve {
  const model = trainUplift(train, binsOf(train), settings, seed);
  return upliftCurve(model(test.columns), test.treated, test.outcomes);
}

const binsOf = ({ columns, outcomes }: UpliftRows): BinMap =>
  learnBins({ rows: outcomes.length, dense: columns }, { binsMax: BINS_MAX, rowsMin: 1 });

function meanDrivers(splits: readonly (readonly EffectDriver[])[]): readonly EffectDriver[] {
  const means = new Map<string, EffectDriver>();
  for (const drivers of splits)
    for (const driver of drivers) {
      const key = `${driver.score} ${driver.features.join()}`;
      const before = means.get(key)?.probability ?? 0;
      means.set(key, { ...driver, probability: before + driver.probability / splits.length });
    }
  return [...means.values()].sort((a, b) => b.probability - a.probability);
}

function armMean({ treated, outcomes }: UpliftRows, arm: number): number {
  let sum = 0;
  let people = 0;
  treated.forEach((one, row) => {
    if (one !== arm) return;
    sum += outcomes[row]!;
    people++;
  });
  if (people === 0) throw new RialtoError('bad-experiment', 'one of the arms has nobody in it');
  return sum / people;
}

function meanOf(values: readonly number[]): MeanWithError {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) };
}
