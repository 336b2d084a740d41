/**
 * GrowthBook's hashing, so that its SDKs and this engine put every unit into the same bucket.
 *
 *     version 2   bucket = FNV-1a(decimal digits of FNV-1a(seed ‖ id)) mod 10,000
 *     layers      bucket = FNV-1a(id ‖ "__" ‖ layer) mod 1,000            (version 1, as its namespaces have it)
 *
 * FNV-1a here is of 32 bits over UTF-16 code units: h ← (h xor unit) · 16,777,619. The hash of a seed is a state to go on from,
 * so it is made once. An id that is a number, such as a row of an interned table, is hashed by its decimal digits, as its text
 * would be. Nothing is allocated. Reference: docs.growthbook.io/lib/build-your-own.
 */

const OFFSET_BASIS = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

export const BUCKETS = 10_000;
export const LAYER_BUCKETS = 1_000;

/** The hash of a text as a state: of `text` after what `state` is of. */
function hashOn(state: number, text: string): number {
  let hash = state;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash;
}

const DIGIT_0 = 48;
const HALF = 100_000;
/** From here on the upper half has five digits, too. */
const TEN_DIGITS = 1_000_000_000;

/** The same of an integer's decimal digits; `value` is 0 to 2^53. */
function hashDigitsOn(state: number, value: number): number {
  if (value >= HALF) {
    const high = Math.floor(value / HALF);
    return hashFiveOn(hashDigitsOn(state, high), (value - high * HALF) | 0);
  }
  let unit = 1;
  while (unit * 10 <= value) unit *= 10;
  let hash = state;
  let rest = value | 0;
  for (; unit >= 1; unit = (unit / 10) | 0) {
    const digit = (rest / unit) | 0;
    rest -= digit * unit;
    hash = Math.imul(hash ^ (DIGIT_0 + digit), PRIME);
  }
  return hash;
}

/** Five digits, with leading zeros. Written out: dividing by a constant is a multiplication. */
function hashFiveOn(state: number, value: number): number {
  const first = (value / 10_000) | 0;
  const second = (value / 1_000) | 0;
  const third = (value / 100) | 0;
  const fourth = (value / 10) | 0;
  let hash = Math.imul(state ^ (DIGIT_0 + first), PRIME);
  hash = Math.imul(hash ^ (DIGIT_0 + second - 10 * first), PRIME);
  hash = Math.imul(hash ^ (DIGIT_0 + third - 10 * second), PRIME);
  hash = Math.imul(hash ^ (DIGIT_0 + fourth - 10 * third), PRIME);
  return Math.imul(hash ^ (DIGIT_0 + value - 10 * fourth), PRIME);
}

function bucketAfter(hash: number): number {
  const value = hash >>> 0;
  if (value < TEN_DIGITS) return (hashDigitsOn(OFFSET_BASIS, value) >>> 0) % BUCKETS;
  const high = (value / HALF) | 0;
  return (hashFiveOn(hashFiveOn(OFFSET_BASIS, high), (value - high * HALF) | 0) >>> 0) % BUCKETS;
}

/** To hash ids on from. */
export const seedState = (seed: string): number => hashOn(OFFSET_BASIS, seed);

/** 0 to 9,999. */
export const bucketOf = (seed: number, unit: string): number => bucketAfter(hashOn(seed, unit));

/** As `bucketOf` of the number's digits. */
export const bucketOfNumber = (seed: number, unit: number): number => bucketAfter(hashDigitsOn(seed, unit));

/** 0 to 999: where a unit lies in a layer, whose `suffix` is `__` and its name. */
export const layerBucketOf = (suffix: string, unit: string): number =>
  (hashOn(hashOn(OFFSET_BASIS, unit), suffix) >>> 0) % LAYER_BUCKETS;

export const layerBucketOfNumber = (suffix: string, unit: number): number =>
  (hashOn(hashDigitsOn(OFFSET_BASIS, unit), suffix) >>> 0) % LAYER_BUCKETS;

/** An id read once, to be hashed for one experiment after the other. */
export class UnitCodes {
  /** Undefined where there is no id. */
  text: string | undefined;
  #codes = new Uint16Array(64);
  #length = 0;

  read(text: string | undefined): void {
    if (text === this.text) return;
    this.text = text;
    if (text === undefined) return;
    const { length } = text;
    if (length > this.#codes.length) this.#codes = new Uint16Array(2 * length);
    const codes = this.#codes;
    for (let i = 0; i < length; i++) codes[i] = text.charCodeAt(i);
    this.#length = length;
  }

  /** As `bucketOf`. */
  bucket(seed: number): number {
    return bucketAfter(this.#hashOn(seed));
  }

  /** As `layerBucketOf`. */
  layerBucket(suffix: string): number {
    return (hashOn(this.#hashOn(OFFSET_BASIS), suffix) >>> 0) % LAYER_BUCKETS;
  }

  #hashOn(state: number): number {
    const codes = this.#codes;
    const length = this.#length;
    let hash = state;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ codes[i]!, PRIME);
    return hash;
  }
}
