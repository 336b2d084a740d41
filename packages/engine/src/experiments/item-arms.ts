/**
 * Experiments whose variants change single items: campaigns dealt one by one, or buyers and items both (`two-sided`). An item's variant
 * is looked up by its row, so that a candidate costs a read of a column. An item that was met once stays in its variant, whatever becomes
 * of weights and coverage; its exposure is logged that once. With `doses` items take turns by the day, keep nothing and are not logged.
 */
import type { Experiment, PacingMethod } from '@rialto/sdk';
import { dayOf, type Millis } from '../base/units.ts';
import { BUCKETS, bucketOf, LAYER_BUCKETS, layerBucketOf, seedState } from './bucket-hash.ts';
import { isDosed } from './dosed-items.ts';

/** What is done to items in each variant. Arrays: [variants] */
export interface ItemTerms {
  readonly bidFactor: Float64Array;
  readonly reserveFactor: Float64Array;
  readonly scoreFactor: Float64Array;
  readonly boost: Float64Array;
  readonly pacing: readonly (PacingMethod | undefined)[];
  readonly boosts: boolean;
}

interface Layer {
  readonly suffix: string;
  readonly from: number;
  readonly to: number;
}

// Below `BUCKETS` a code is a bucket.
const UNKNOWN = -1;
const OUTSIDE = -2;
const MET = BUCKETS;
const FORCED = 2 * BUCKETS;
// Of two variants.
const CONTROL = 0;
const TREATMENT = 1;

export class ItemArms {
  /** What the rows are of. */
  readonly of: 'campaign' | 'listing';
  readonly twoSided: boolean;
  readonly terms: ItemTerms;
  /** Shares of the items that are treated, by days. */
  readonly doses: readonly number[] | undefined;
  readonly #seed: number;
  readonly #placements: ReadonlySet<string> | undefined;
  readonly #overrides: ReadonlyMap<string, number>;
  readonly #layer: Layer | undefined;
  #codes = new Int16Array(0); // [rows]

  constructor(experiment: Experiment) {
    const {
      id,
      seed = id,
      unit,
      otherSide = 'listing',
      placements,
      variants,
      layer,
      doses,
      overrides = [],
    } = experiment;
    this.doses = doses;
    this.twoSided = unit === 'two-sided';
    this.of = this.twoSided ? otherSide : 'campaign';
    // Both sides are dealt, each by itself, also where a buyer and a listing have the same id.
    this.#seed = seedState(this.twoSided ? `${seed}/${otherSide}` : seed);
    this.#placements = placements && new Set(placements);
    this.#overrides = new Map(
      overrides.map((one) => [one.unit, variants.findIndex(({ name }) => name === one.variant)]),
    );
    // Of `two-sided`, the buyer is asked.
    this.#layer = this.twoSided || layer === undefined ? undefined : { suffix: `__${layer.name}`, ...layer };
    const each = (factor: 'bidFactor' | 'reserveFactor' | 'scoreFactor' | 'boost', usual: number): Float64Array =>
      Float64Array.from(variants, ({ items = {} }) => items[factor] ?? usual);
    const boost = each('boost', 0);
    this.terms = {
      bidFactor: each('bidFactor', 1),
      reserveFactor: each('reserveFactor', 1),
      scoreFactor: each('scoreFactor', 1),
      boost,
      pacing: variants.map(({ items }) => items?.pacing),
      boosts: boost.some((one) => one !== 0),
    };
  }

  /** Everywhere where no placements are named. */
  concerns(placement: string): boolean {
    return this.#placements === undefined || this.#placements.has(placement);
  }

  /** The variant of a row in a stage's table, -1 where it has none. */
  variantOf(row: number, ids: ItemIds): number {
    const code = this.#codeOf(row, ids);
    if (code < 0) return -1;
    if (code < MET) return this.doses === undefined ? ids.table[code]! : this.#dosed(this.doses, code, ids.at);
    return code < FORCED ? code - MET : code - FORCED;
  }

  #dosed(doses: readonly number[], bucket: number, at: Millis): number {
    return isDosed(doses, dayOf(at), bucket / BUCKETS) ? TREATMENT : CONTROL;
  }

  /** Its variant where it is met for the first time and counts; else -1. */
  meets(row: number, ids: ItemIds): number {
    if (this.doses !== undefined) return -1;
    const code = this.#codeOf(row, ids);
    if (code < 0 || code >= MET || ids.table[code]! < 0) return -1;
    const kept = ids.kept(ids.text(row));
    if (kept < 0) return ids.table[code]!;
    this.#codes[row] = MET + kept;
    return -1;
  }

  #codeOf(row: number, ids: ItemIds): number {
    if (row >= this.#codes.length) this.#grow(row);
    const known = this.#codes[row]!;
    if (known !== UNKNOWN) return known;
    const code = this.#find(ids.text(row), ids);
    this.#codes[row] = code;
    return code;
  }

  #find(id: string, ids: ItemIds): number {
    const forced = this.#overrides.get(id) ?? -1;
    if (forced >= 0) return FORCED + forced;
    const kept = ids.kept(id);
    if (kept >= 0) return MET + kept;
    const layer = this.#layer;
    if (layer !== undefined) {
      const place = layerBucketOf(layer.suffix, id) / LAYER_BUCKETS;
      if (place < layer.from || place >= layer.to) return OUTSIDE;
    }
    return bucketOf(this.#seed, id);
  }

  #grow(row: number): void {
    const codes = new Int16Array(Math.max(64, 2 * (row + 1))).fill(UNKNOWN);
    codes.set(this.#codes);
    this.#codes = codes;
  }
}

/** What rows stand for, and the stage's table. */
export interface ItemIds {
  readonly table: Int8Array; // [buckets]
  /** Of the request. */
  readonly at: Millis;
  text(row: number): string;
  /** The variant that an item which was met before stays in, or -1. */
  kept(id: string): number;
}

/** Of experiments that change items. */
export function itemArmsOf(experiment: Experiment): ItemArms | undefined {
  return experiment.variants.some(({ items }) => items !== undefined) ? new ItemArms(experiment) : undefined;
}
