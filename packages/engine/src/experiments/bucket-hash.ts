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
const LAYER_BUCKETS = 1_000;

/** The hash of a text as a state: of `text` after what `state` is of. */
function hashOn(state: number, text: string): number {
  let hash = state;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash;
}

const DIGIT_0 = 48;
const HALF = 100_000;

/** The same of an integer's decimal digits; `value` is 0 to 2^53. */
function hashDigitsOn(state: number, value: number): number {
  if (value >= HALF) {
    const high = Math.floor(value / HALF);
    return hashFiveOn(hashDigitsOn(state, high), value - high * HALF);
  }
  let unit = 1;
  while (unit * 10 <= value) unit *= 10;
  return hashFrom(state, value | 0, unit);
}

/** Five digits, with leading zeros. */
function hashFiveOn(state: number, value: number): number {
  return hashFrom(state, value | 0, HALF / 10);
}

function hashFrom(state: number, value: number, highest: number): number {
  let hash = state;
  let rest = value;
  for (let unit = highest; unit >= 1; unit = (unit / 10) | 0) {
    const digit = (rest / unit) | 0;
    rest -= digit * unit;
    hash = Math.imul(hash ^ (DIGIT_0 + digit), PRIME);
  }
  return hash;
}

const bucketAfter = (hash: number): number => (hashDigitsOn(OFFSET_BASIS, hash >>> 0) >>> 0) % BUCKETS;

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
