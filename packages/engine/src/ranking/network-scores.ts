/**
 * What a network makes of the candidates of a request. All that they share is summed up once; what belongs to a listing alone (its
 * features, which one it is, its category and shop) is kept from decision to decision in a cache of fixed size, to the bit what would be
 * made now; a feature that is 0 for nearly all costs only where it is not.
 */
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { CANDIDATES_MAX, type Candidates } from '../features/candidates.ts';
import { FEATURES } from '../features/catalogue.ts';
import type { FeatureInput } from '../features/feature.ts';
import { CANDIDATE_IDENTITIES, type Identities, REQUEST_IDENTITIES } from '../features/identities.ts';
import { CHANGES, frontAt, type ListingCounters } from '../features/listing-counters.ts';
import type { DeepModel } from '../learning/deep-clicks.ts';
import { ProjectedNetwork } from '../learning/projected-network.ts';
import type { FeatureMatrix } from './feature-matrix.ts';
import { LISTING_FEATURES, listingFacts } from './listing-scores.ts';

/** Listings that are kept, powers of two: room for all of them, but no more than this. */
const KEPT_MIN = 1024;
const KEPT_MAX = 65_536;
/** Of a kept listing: which it is, its number of changes, its category and its shop. */
const TAGS = 4;
/** Places of identities among the network's categories: `own` comes first. */
const OWN = 0;
const FIRST_OF_CANDIDATE = 1;
const FIRST_OF_REQUEST = FIRST_OF_CANDIDATE + CANDIDATE_IDENTITIES.length;
const FIRST_OF_PAGE = FIRST_OF_REQUEST + REQUEST_IDENTITIES.length;
const FRESH = 1;

// Scratch memory; not for two decisions at once.
const staleRows = new Int32Array(CANDIDATES_MAX);
const staleListings = new Int32Array(CANDIDATES_MAX);
const staleCounted = new Int32Array(CANDIDATES_MAX);
const listingValues = LISTING_FEATURES.map(() => new Float32Array(CANDIDATES_MAX));

export class NetworkScores {
  readonly #network: ProjectedNetwork;
  readonly #identities: Identities;
  /** Of each candidate. [candidates × width] */
  readonly #sums: Float64Array;
  readonly #shared: Float64Array; // [width]
  /** Scratch memory. [width] */
  readonly #listingSums: Float64Array;
  /** What features add that are 0 for nearly all, where they are 0. [width] */
  readonly #zeros: Float64Array;
  /** `own` of a listing bought before, less that of another. [width] */
  readonly #own: Float64Array;
  #counters: ListingCounters | undefined;
  #hour = -1;
  #purchases = -1;
  #slots = 0;
  #tags = new Int32Array(0); // [slots × TAGS]
  #kept = new Float32Array(0); // [slots × width]

  constructor(model: DeepModel, identities: Identities) {
    this.#network = new ProjectedNetwork(model);
    this.#identities = identities;
    const { width } = this.#network;
    this.#sums = new Float64Array(CANDIDATES_MAX * width);
    this.#shared = new Float64Array(width);
    this.#listingSums = new Float64Array(width);
    this.#zeros = new Float64Array(width);
    this.#network.addBiases(this.#zeros, 0);
    FEATURES.forEach(({ scope }, feature) => {
      if (scope === 'own' || scope === 'evidence') this.#network.addNumber(feature, 0, this.#zeros, 0);
    });
    this.#own = new Float64Array(width);
    this.#network.addCategory(OWN, FRESH, this.#own, 0);
    for (let i = 0; i < width; i++) {
      this.#zeros[i]! += this.#own[i]!;
      this.#own[i] = -this.#own[i]!;
    }
    this.#network.addCategory(OWN, FRESH + 1, this.#own, 0);
  }

  /** Adds `scale` · z of each candidate to `out`. The matrix is filled with the personal features. out: [candidates] */
  addTo(matrix: FeatureMatrix, input: FeatureInput, scale: number, out: Float64Array): void {
    this.project(matrix, input);
    this.addHead(0, scale, out, input.candidates.size);
  }

  /** Makes ready what heads are read from. page: values by PAGE_IDENTITIES, for a network that has them. */
  project(matrix: FeatureMatrix, input: FeatureInput, page?: readonly number[]): void {
    this.#identities.fill(input);
    this.#share(matrix);
    if (page !== undefined)
      for (let i = 0; i < page.length; i++) this.#network.addCategory(FIRST_OF_PAGE + i, page[i]!, this.#shared, 0);
    this.#addListings(input);
    this.#addPersonal(matrix);
    this.#addOwn(matrix, input.candidates);
  }

  /** Adds `scale` · z of a head of the candidates that were projected last. */
  addHead(head: number, scale: number, out: Float64Array, rows: number): void {
    const { width } = this.#network;
    for (let row = 0, at = 0; row < rows; row++, at += width)
      out[row]! += scale * this.#network.score(this.#sums, at, head);
  }

  /** What all candidates have in common. */
  #share({ personal: { columns } }: FeatureMatrix): void {
    const shared = this.#shared;
    shared.set(this.#zeros);
    for (let feature = 0; feature < FEATURES.length; feature++) {
      const { scope } = FEATURES[feature]!;
      const { shape, values } = columns[feature]!;
      if (scope === 'buyer') this.#network.addNumber(feature, shape === 'constant' ? values[0]! : 0, shared, 0);
      else if (scope === 'candidate' && shape === 'zero') this.#network.addNumber(feature, 0, shared, 0);
    }
    for (let i = 0; i < REQUEST_IDENTITIES.length; i++)
      this.#network.addCategory(FIRST_OF_REQUEST + i, this.#identities.request[i]![0]!, shared, 0);
  }

  #addListings(input: FeatureInput): void {
    const { signals, moment, market, candidates } = input;
    const { width } = this.#network;
    const { listings } = market;
    this.#makeRoom(listings.size);
    this.#forget(signals.statistics, Math.floor(moment.featureAt / MILLIS_PER_HOUR));
    const { front } = signals.statistics.counters;
    let stale = 0;
    for (let row = 0; row < candidates.size; row++) {
      const listing = candidates.listing[row]!;
      const slot = listing & (this.#slots - 1);
      const tag = slot * TAGS;
      const counted = candidates.counted[row]!;
      const known =
        this.#tags[tag] === listing &&
        counted === listing &&
        this.#tags[tag + 1] === front[frontAt(listing, CHANGES)] &&
        this.#tags[tag + 2] === listings.category.data[listing] &&
        this.#tags[tag + 3] === listings.shop.data[listing];
      if (known) this.#join(row * width, slot * width);
      else {
        staleRows[stale] = row;
        staleCounted[stale] = counted;
        staleListings[stale++] = listing;
      }
    }
    if (stale > 0) this.#refresh(input, stale);
  }

  /** The shared part and a kept listing's. */
  #join(at: number, kept: number): void {
    const { width } = this.#network;
    const [sums, shared, keptSums] = [this.#sums, this.#shared, this.#kept];
    for (let i = 0; i < width; i++) sums[at + i] = shared[i]! + keptSums[kept + i]!;
  }

  #refresh({ signals, moment, market: { listings } }: FeatureInput, stale: number): void {
    const facts = listingFacts(signals.statistics, moment.featureAt, { listing: staleCounted, size: stale });
    LISTING_FEATURES.forEach(({ feature }, i) => {
      feature.fill(facts, listingValues[i]!);
    });
    const { front } = signals.statistics.counters;
    const { width } = this.#network;
    const listingSums = this.#listingSums;
    for (let i = 0; i < stale; i++) {
      const listing = staleListings[i]!;
      const slot = listing & (this.#slots - 1);
      const at = slot * width;
      listingSums.fill(0);
      for (let feature = 0; feature < LISTING_FEATURES.length; feature++)
        this.#network.addNumber(LISTING_FEATURES[feature]!.column, listingValues[feature]![i]!, listingSums, 0);
      for (let id = 0; id < CANDIDATE_IDENTITIES.length; id++)
        this.#network.addCategory(
          FIRST_OF_CANDIDATE + id,
          this.#identities.candidates[id]![staleRows[i]!]!,
          listingSums,
          0,
        );
      for (let j = 0; j < width; j++) this.#kept[at + j] = listingSums[j]!;
      this.#tags[slot * TAGS] = listing;
      // What another's counts stand in for is made anew each time.
      this.#tags[slot * TAGS + 1] = staleCounted[i] === listing ? front[frontAt(listing, CHANGES)]! : -1;
      this.#tags[slot * TAGS + 2] = listings.category.data[listing]!;
      this.#tags[slot * TAGS + 3] = listings.shop.data[listing]!;
      this.#join(staleRows[i]! * width, at);
    }
  }

  #makeRoom(listings: number): void {
    if (this.#slots >= Math.min(KEPT_MAX, listings) && this.#slots > 0) return;
    this.#slots = Math.min(KEPT_MAX, Math.max(KEPT_MIN, 2 ** Math.ceil(Math.log2(1.5 * listings))));
    this.#tags = new Int32Array(this.#slots * TAGS).fill(-1);
    this.#kept = new Float32Array(this.#slots * this.#network.width);
  }

  /** Forgets everything where it would no longer hold, as `ListingScores` does. */
  #forget({ counters, purchasesRounded }: FeatureInput['signals']['statistics'], hour: number): void {
    if (this.#counters === counters && this.#hour === hour && this.#purchases === purchasesRounded) return;
    this.#counters = counters;
    this.#hour = hour;
    this.#purchases = purchasesRounded;
    this.#tags.fill(-1);
  }

  #addPersonal({ personal: { columns, rows } }: FeatureMatrix): void {
    const { width, numbers } = this.#network;
    for (let feature = 0; feature < FEATURES.length; feature++) {
      const { shape, values, sparseRows, sparseCount } = columns[feature]!;
      if (shape === 'dense')
        for (let row = 0; row < rows; row++) this.#network.addNumber(feature, values[row]!, this.#sums, row * width);
      if (shape !== 'sparse') continue;
      const zero = this.#network.numberAt(feature, 0);
      for (let i = 0; i < sparseCount; i++) {
        const row = sparseRows[i]!;
        const from = this.#network.numberAt(feature, values[row]!);
        if (from === zero) continue;
        for (let j = 0; j < width; j++) this.#sums[row * width + j]! += numbers[from + j]! - numbers[zero + j]!;
      }
    }
  }

  #addOwn({ personal: { gates } }: FeatureMatrix, { ownSlots, ownCount }: Candidates): void {
    const { width } = this.#network;
    for (let i = 0; i < ownCount; i++) {
      const row = ownSlots[i]!;
      if (gates[row] === 1) for (let j = 0; j < width; j++) this.#sums[row * width + j]! += this.#own[j]!;
    }
  }
}
