/**
 * The experiments that concern a placement, as columns, for a span of time in which none of them begins, ends or comes to another stage:
 * what a page needs to deal their variants, close together. A decision reaches for it once, when everything before has driven it out of the
 * processor's caches, so it is not the arithmetic that costs but each object that is touched. The variants are those of `assign`, which
 * is asked for what is not plain: experiments with overrides, prerequisites, a bandit or sticky units, by region and time, of mixed
 * lists, and those that have shipped a variant.
 */
import type { Experiment, Exposure } from '@rialto/sdk';
import { assign } from './assign.ts';
import { LAYER_BUCKETS, UnitCodes } from './bucket-hash.ts';
import { type CompiledExperiment, isLive, NO_VARIANT, type Stage, stageAt } from './compiled-experiment.ts';
import type { Predicate } from './condition.ts';
import type { StickyBuckets } from './sticky-buckets.ts';
import type { Subject } from './subject.ts';

// The cells of an experiment.
const RUNS = 0; // where its runs begin; 0 of what is not plain
const SEED = 1;
const UNIT = 2;
const LAYER = 3; // -1 where it has none
const LAYER_FROM = 4; // buckets
const LAYER_END = 5;
const HOLDOUT = 6; // -1 where none keeps units out
const VARIANTS = 7; // the row of its first variant
const VERSION = 8;
const COUNTS = 9; // 1 where being in a variant is an exposure
const CELLS = 10;

/** With more, looking into the table is quicker. */
const RUNS_MAX = 32;
const UNKNOWN = -1;

type Holdout = CompiledExperiment['holdouts'][number];

export class PlacementPlan {
  /** Of time: [from, until) */
  readonly from: number;
  readonly until: number;
  /** In order of first appearance: those that run now, and those that have shipped a variant. */
  readonly experiments: readonly CompiledExperiment[];
  /** Of the page that was dealt last; below 0 of who has none. [experiments] */
  readonly variants: Int8Array;
  readonly #cells: Int32Array; // [experiments · cells], and behind them the runs: each its end and its variant
  readonly #ids: string[] = []; // [experiments]
  readonly #conditions: (Predicate | undefined)[] = []; // [experiments]
  readonly #names: string[] = []; // [variants of all]
  readonly #values: unknown[] = []; // [variants of all]
  readonly #patches: boolean[] = []; // [variants of all]
  readonly #units: Experiment['unit'][] = [];
  readonly #codes: UnitCodes[] = []; // [units]
  readonly #layers: { readonly suffix: string; readonly unit: number }[] = [];
  readonly #layerBuckets: Int16Array; // [layers]
  readonly #holdouts: Holdout[] = [];
  readonly #heldOut: Int8Array; // [holdouts]

  constructor(placement: string, concerning: readonly CompiledExperiment[], at: number) {
    const edges = concerning.flatMap(({ startsAt, endsAt, stages }) => [startsAt, endsAt, ...stages.map(fromOf)]);
    this.from = Math.max(Number.NEGATIVE_INFINITY, ...edges.filter((edge) => edge <= at));
    this.until = Math.min(Number.POSITIVE_INFINITY, ...edges.filter((edge) => edge > at));
    this.experiments = concerning.filter((compiled) => compiled.shipped >= 0 || isLive(compiled, at));
    this.variants = new Int8Array(this.experiments.length);
    const cells: number[] = [];
    const runs: number[] = [];
    for (const compiled of this.experiments) {
      const stage = stageAt(compiled.stages, at);
      const begin = CELLS * this.experiments.length + runs.length;
      const plain = stage !== undefined && isPlain(compiled, stage);
      if (plain) runs.push(...stage.runs);
      cells.push(plain ? begin : 0, ...this.#cellsOf(compiled));
      for (const { name, value, changes } of compiled.experiment.variants) {
        this.#names.push(name);
        this.#values.push(value);
        this.#patches.push(changes?.[placement] !== undefined);
      }
      this.#ids.push(compiled.experiment.id);
      this.#conditions.push(compiled.condition);
    }
    this.#cells = Int32Array.from([...cells, ...runs]);
    this.#layerBuckets = new Int16Array(this.#layers.length);
    this.#heldOut = new Int8Array(this.#holdouts.length);
  }

  /** All but where the runs begin. */
  #cellsOf(compiled: CompiledExperiment): number[] {
    const { experiment, layer, seed, version } = compiled;
    let unit = this.#units.indexOf(experiment.unit);
    if (unit < 0) {
      unit = this.#units.push(experiment.unit) - 1;
      this.#codes.push(new UnitCodes());
    }
    let holdout = -1;
    for (const held of holdoutsOf(compiled)) {
      holdout = this.#holdouts.findIndex(({ experiment: other }) => other === held.experiment);
      if (holdout < 0) holdout = this.#holdouts.push(held) - 1;
    }
    const counts = experiment.variants.length >= 2 ? 1 : 0;
    const told = [holdout, this.#names.length, version, counts];
    if (layer === undefined) return [seed, unit, -1, 0, LAYER_BUCKETS, ...told];
    const { suffix } = layer;
    let at = this.#layers.findIndex((other) => other.suffix === suffix && other.unit === unit);
    if (at < 0) at = this.#layers.push({ suffix, unit }) - 1;
    return [seed, unit, at, bucketsBelow(layer.from), bucketsBelow(layer.to), ...told];
  }

  /** Deals the variants of a page. */
  deal(subject: Subject, sticky: StickyBuckets): void {
    for (let unit = 0; unit < this.#units.length; unit++) {
      const id = subject.units[this.#units[unit]!];
      this.#codes[unit]!.read(id === undefined ? undefined : String(id));
    }
    this.#layerBuckets.fill(UNKNOWN);
    this.#heldOut.fill(UNKNOWN);
    for (let i = 0; i < this.variants.length; i++)
      this.variants[i] = this.isPlain(i)
        ? this.#variant(i, subject, sticky)
        : assign(this.experiments[i]!, subject, sticky);
  }

  isPlain(index: number): boolean {
    return this.#cells[CELLS * index + RUNS]! > 0;
  }

  #variant(index: number, subject: Subject, sticky: StickyBuckets): number {
    const cells = this.#cells;
    const at = CELLS * index;
    const codes = this.#codes[cells[at + UNIT]!]!;
    if (codes.text === undefined) return NO_VARIANT;
    const holdout = cells[at + HOLDOUT]!;
    if (holdout >= 0 && this.#holdsOut(holdout, subject, sticky)) return NO_VARIANT;
    const layer = cells[at + LAYER]!;
    if (layer >= 0) {
      const bucket = this.#layerBucket(layer, codes);
      if (bucket < cells[at + LAYER_FROM]! || bucket >= cells[at + LAYER_END]!) return NO_VARIANT;
    }
    const condition = this.#conditions[index];
    if (condition !== undefined && !condition(subject.attributes)) return NO_VARIANT;
    const bucket = codes.bucket(cells[at + SEED]!);
    let run = cells[at + RUNS]!;
    while (bucket >= cells[run]!) run += 2;
    return cells[run + 1]!;
  }

  #layerBucket(layer: number, codes: UnitCodes): number {
    if (this.#layerBuckets[layer] === UNKNOWN)
      this.#layerBuckets[layer] = codes.layerBucket(this.#layers[layer]!.suffix);
    return this.#layerBuckets[layer]!;
  }

  #holdsOut(holdout: number, subject: Subject, sticky: StickyBuckets): boolean {
    if (this.#heldOut[holdout] === UNKNOWN) {
      const { experiment, variant } = this.#holdouts[holdout]!;
      this.#heldOut[holdout] = assign(experiment, subject, sticky) === variant ? 1 : 0;
    }
    return this.#heldOut[holdout] === 1;
  }

  /** Whether a variant changes the placement. */
  patches(index: number, variant: number): boolean {
    return this.#patches[this.#cells[CELLS * index + VARIANTS]! + variant]!;
  }

  // What follows is of plain experiments whose variant was dealt.

  exposure(index: number): Exposure {
    const at = CELLS * index;
    return {
      experiment: this.#ids[index]!,
      variant: this.#names[this.#cells[at + VARIANTS]! + this.variants[index]!]!,
      version: this.#cells[at + VERSION]!,
      unit: this.#codes[this.#cells[at + UNIT]!]!.text!,
    };
  }

  counts(index: number): boolean {
    return this.#cells[CELLS * index + COUNTS] === 1;
  }

  /** What the variant carries for the client. */
  value(index: number): unknown {
    return this.#values[this.#cells[CELLS * index + VARIANTS]! + this.variants[index]!];
  }
}

const fromOf = ({ from }: Stage): number => from;

/** Those that keep out units of the experiment's kind. */
const holdoutsOf = ({ experiment: { unit }, holdouts }: CompiledExperiment): Holdout[] =>
  holdouts.filter(({ experiment: holdout }) => holdout.experiment.unit === unit);

function isPlain(compiled: CompiledExperiment, { runs }: Stage): boolean {
  const { experiment, shipped, overrides, parents, bandit } = compiled;
  const { unit, interleaves, sticky } = experiment;
  if (unit === 'region-time' || shipped >= 0 || interleaves !== undefined || sticky === true) return false;
  if (overrides !== undefined || parents.length > 0 || bandit !== undefined) return false;
  return holdoutsOf(compiled).length <= 1 && runs.length <= 2 * RUNS_MAX;
}

/** As `assign` compares a bucket of a layer with a border. */
function bucketsBelow(border: number): number {
  let buckets = 0;
  while (buckets < LAYER_BUCKETS && buckets / LAYER_BUCKETS < border) buckets++;
  return buckets;
}
