/** Feature values of one decision, column by column: filled once for all candidates, read by every model that scores them. */
import { CANDIDATES_MAX } from '../features/candidates.ts';
import { FEATURES } from '../features/catalogue.ts';
import type { Feature, FeatureInput, ListingFeature } from '../features/feature.ts';
import type { FeatureColumn, FeatureRows } from '../learning/additive-model.ts';
import { LISTING_FEATURES, listingFacts } from './listing-scores.ts';

type Column = { -readonly [Part in keyof FeatureColumn]: FeatureColumn[Part] };

const NO_ROWS = new Int32Array(0);

const NOTHING: FeatureColumn = { shape: 'zero', values: new Float32Array(0), sparseRows: NO_ROWS, sparseCount: 0 };

/** Rows whose number changes from decision to decision. */
type GrowingRows = FeatureRows & { rows: number };

/** Feature values of one decision: one column a feature. Scratch memory, reused. */
export class FeatureMatrix {
  readonly #columns: readonly Column[] = FEATURES.map((feature) => ({
    shape: 'zero',
    values: new Float32Array(CANDIDATES_MAX),
    sparseRows: feature.scope === 'evidence' ? new Int32Array(CANDIDATES_MAX) : NO_ROWS,
    sparseCount: 0,
  })); // [features]
  /** 1 where the candidate is the buyer's own. [candidates] */
  readonly #gates = new Uint8Array(CANDIDATES_MAX);
  /** All features but those of listings alone, which count as 0 here. */
  readonly personal: FeatureRows;
  readonly #personal: GrowingRows;
  readonly #whole: GrowingRows;
  #input: FeatureInput | undefined;
  /** Whether only the cheap features were filled. */
  cheap = false;

  constructor() {
    const columns = this.#columns.map((column, i) => (FEATURES[i]!.scope === 'listing' ? NOTHING : column));
    this.#personal = { columns, gates: this.#gates, rows: 0 };
    this.personal = this.#personal;
    this.#whole = { columns: this.#columns, gates: this.#gates, rows: 0 };
  }

  /** What it was filled for. */
  get input(): FeatureInput | undefined {
    return this.#input;
  }

  /** Fills the personal features; those of listings alone follow when somebody asks for the whole. */
  fill(input: FeatureInput): void {
    this.#input = input;
    this.cheap = false;
    this.#personal.rows = input.candidates.size;
    this.#fillGates(input);
    for (let i = 0; i < FEATURES.length; i++) {
      const feature = FEATURES[i]!;
      if (feature.scope !== 'listing') this.#columns[i]!.shape = fillColumn(feature, input, this.#columns[i]!);
    }
  }

  /** All features of the candidates that were there to be filled, for people and for training. */
  whole(): FeatureRows {
    const input = this.#input;
    if (input !== undefined) {
      const { counted, size } = input.candidates;
      const facts = listingFacts(input.signals.statistics, input.moment.featureAt, { listing: counted, size });
      for (const { feature, column } of LISTING_FEATURES) {
        feature.fill(facts, this.#columns[column]!.values);
        this.#columns[column]!.shape = 'dense';
      }
    }
    this.#whole.rows = this.#personal.rows;
    return this.#whole;
  }

  /** Of the personal features only those that speak of few candidates or of the buyer; the others count as 0. */
  fillCheap(input: FeatureInput): void {
    this.#input = input;
    this.cheap = true;
    this.#personal.rows = input.candidates.size;
    this.#fillGates(input);
    for (let i = 0; i < FEATURES.length; i++) {
      const feature = FEATURES[i]!;
      if (feature.scope === 'listing') continue;
      this.#columns[i]!.shape = feature.scope === 'candidate' ? 'zero' : fillColumn(feature, input, this.#columns[i]!);
    }
  }

  #fillGates({ candidates: { own, ownSlots, ownCount }, market: { interactions } }: FeatureInput): void {
    this.#gates.fill(0, 0, this.#personal.rows);
    for (let i = 0; i < ownCount; i++)
      if (interactions.purchases.data[own[ownSlots[i]!]!]! > 0) this.#gates[ownSlots[i]!] = 1;
  }
}

type PersonalFeature = Exclude<Feature, ListingFeature>;

function fillColumn(feature: PersonalFeature, input: FeatureInput, column: Column): FeatureColumn['shape'] {
  const { values } = column;
  if (feature.scope === 'candidate') return feature.fill(input, values) ? 'dense' : 'zero';
  if (feature.scope === 'buyer') {
    values[0] = feature.value(input);
    return 'constant';
  }
  values.fill(0, 0, input.candidates.size);
  if (feature.scope === 'evidence') column.sparseCount = feature.fill(input, values, column.sparseRows);
  else {
    feature.fill(input, values);
    column.sparseRows = input.candidates.ownSlots;
    column.sparseCount = input.candidates.ownCount;
  }
  return 'sparse';
}
