/**
 * An experiment made ready for assigning: for each stage of its roll-out a table from bucket to variant, made by the very
 * arithmetic of GrowthBook's SDKs, so that their borders between variants are ours, down to the last bit:
 *
 *     range of variant i = [ Σ w_j, j < i ;  Σ w_j, j < i  +  coverage · w_i )        bucket / 10,000 in it
 *
 * So with more coverage everybody who has a variant keeps it.
 */

import type { Experiment } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import type { BanditBook } from './bandit-book.ts';
import { BUCKETS, seedState } from './bucket-hash.ts';
import { compileCondition, type Predicate } from './condition.ts';
import { type ItemArms, itemArmsOf } from './item-arms.ts';

/** Of a bucket that has no variant. */
export const NO_VARIANT = -1;

export interface Stage {
  readonly from: number;
  readonly coverage: number;
  readonly variants: Int8Array; // [buckets]
  /** The same as runs of buckets with one variant or none: each its end and its variant. [2 · runs] */
  readonly runs: readonly number[];
}

interface Parent {
  /** Absent where it does not exist, or would be its own prerequisite: then nobody meets it. */
  readonly experiment: CompiledExperiment | undefined;
  /** [variants of the other experiment] */
  readonly allowed: readonly boolean[];
}

export interface CompiledExperiment {
  readonly experiment: Experiment;
  /** Of its record. */
  readonly version: number;
  readonly row: number;
  readonly running: boolean;
  readonly startsAt: number;
  readonly endsAt: number;
  /** The variant that a stopped one left to everybody, or `NO_VARIANT`. */
  readonly shipped: number;
  /** What ids are hashed on from. */
  readonly seed: number;
  readonly stages: readonly Stage[];
  readonly layer: { readonly suffix: string; readonly from: number; readonly to: number } | undefined;
  readonly condition: Predicate | undefined;
  readonly parents: readonly Parent[];
  /** Experiments whose held-out variant keeps a unit from this one, each with that variant. */
  readonly holdouts: readonly { readonly experiment: CompiledExperiment; readonly variant: number }[];
  readonly overrides: ReadonlyMap<string, number> | undefined;
  readonly variantOf: ReadonlyMap<string, number>;
  readonly periodMs: number;
  /** Of an experiment that a bandit deals. */
  readonly bandit: BanditBook | undefined;
  /** Of an experiment whose variants change single items. */
  readonly items: ItemArms | undefined;
  /** Where the exposures of each variant are counted; -1 until that is known. */
  readonly countRows: Int32Array; // [variants]
}

export interface CompileInput {
  readonly version: number;
  readonly row: number;
  readonly parentOf: (id: string) => CompiledExperiment | undefined;
  readonly holdouts: readonly CompiledExperiment[];
  readonly bandit?: BanditBook | undefined;
}

export function compileExperiment(
  experiment: Experiment,
  { version, row, parentOf, holdouts, bandit }: CompileInput,
): CompiledExperiment {
  const { id, variants, layer, overrides } = experiment;
  const variantOf = new Map(variants.map(({ name }, index) => [name, index]));
  const indexOf = (name: string | undefined): number =>
    name === undefined ? NO_VARIANT : (variantOf.get(name) ?? NO_VARIANT);
  return {
    experiment,
    version,
    row,
    running: experiment.status === 'running',
    startsAt: experiment.startsAt ?? Number.NEGATIVE_INFINITY,
    endsAt: experiment.endsAt ?? Number.POSITIVE_INFINITY,
    shipped: experiment.status === 'stopped' ? indexOf(experiment.ship) : NO_VARIANT,
    seed: seedState(experiment.seed ?? id),
    stages: compileStages(experiment),
    layer: layer && { suffix: `__${layer.name}`, from: layer.from, to: layer.to },
    condition: compiledCondition(experiment),
    parents: (experiment.prerequisites ?? []).map(({ experiment: other, variants: names }) => {
      const parent = parentOf(other);
      return { experiment: parent, allowed: parent?.experiment.variants.map(({ name }) => names.includes(name)) ?? [] };
    }),
    holdouts: experiment.holdsOut !== undefined ? [] : holdouts.map(heldOutBy),
    overrides: overrides && new Map(overrides.map(({ unit, variant }) => [unit, indexOf(variant)])),
    variantOf,
    countRows: new Int32Array(variants.length).fill(-1),
    periodMs: (experiment.periodHours ?? 1) * MILLIS_PER_HOUR,
    bandit,
    items: itemArmsOf(experiment),
  };
}

const heldOutBy = (holdout: CompiledExperiment) => ({
  experiment: holdout,
  variant: holdout.variantOf.get(holdout.experiment.holdsOut!)!,
});

/** A condition from a newer version, in operators that this one does not know, is met by nobody. */
function compiledCondition({ condition }: Experiment): Predicate | undefined {
  if (condition === undefined || Object.keys(condition).length === 0) return undefined;
  try {
    return compileCondition(condition);
  } catch (error) {
    if (error instanceof RialtoError) return () => false;
    throw error;
  }
}

function compileStages({ variants, coverage, rollout }: Experiment): Stage[] {
  const weights = variants.map(({ weight }) => weight);
  const stages = rollout ?? [{ from: Number.NEGATIVE_INFINITY, coverage: coverage ?? 1 }];
  return stages.map((stage) => {
    const table = bucketTable(weights, stage.coverage);
    return { ...stage, variants: table, runs: runsOf(table) };
  });
}

function runsOf(table: Int8Array): number[] {
  const runs: number[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++)
    if (table[bucket + 1] !== table[bucket]) runs.push(bucket + 1, table[bucket]!);
  return runs;
}

/** The variant of each bucket, `NO_VARIANT` where there is none. */
function bucketTable(weights: readonly number[], coverage: number): Int8Array {
  const table = new Int8Array(BUCKETS).fill(NO_VARIANT);
  let start = 0;
  weights.forEach((weight, variant) => {
    const end = start + coverage * weight;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const n = bucket / BUCKETS;
      if (n >= start && n < end && table[bucket] === NO_VARIANT) table[bucket] = variant;
    }
    start += weight;
  });
  return table;
}

/** The stage of the roll-out at a time; undefined before the first. */
export function stageAt(stages: readonly Stage[], at: number): Stage | undefined {
  for (let i = stages.length - 1; i >= 0; i--) if (stages[i]!.from <= at) return stages[i];
  return undefined;
}

export const isLive = ({ running, startsAt, endsAt }: CompiledExperiment, at: number): boolean =>
  running && startsAt <= at && at < endsAt;
