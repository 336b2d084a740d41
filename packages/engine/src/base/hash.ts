/**
 * Hashes of strings and the random numbers made from them: the same input gives the same number on every machine.
 *
 * `hash64` mixes UTF-16 code units into two 32-bit lanes (multiply–xorshift, finalised as MurmurHash3's fmix32). It is for
 * tables, sampling and assignment. It is not for anything an attacker gains from colliding: tokens are signed with HMAC.
 */

/** 64 bits of hash as two unsigned 32-bit lanes. Reused by the caller: no allocation. */
export interface Hash64 {
  high: number;
  low: number;
}

function fmix32(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function hash64(text: string, out: Hash64, seed = 0): Hash64 {
  let a = (0x9e3779b9 ^ seed) | 0;
  let b = (0x85ebca77 + seed) | 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ unit, 0x5f356495);
    b = (b << 17) | (b >>> 15);
  }
  out.high = fmix32(a ^ Math.imul(b, 0x27d4eb2f) ^ text.length);
  out.low = fmix32(b ^ Math.imul(a, 0x165667b1) ^ out.high);
  return out;
}

const scratch: Hash64 = { high: 0, low: 0 };

/** A 32-bit unsigned hash of a string. */
export function hash32(text: string, seed = 0): number {
  return hash64(text, scratch, seed).low;
}

/** Mixes two 32-bit integers into one unsigned 32-bit hash. */
export function hashPair(a: number, b: number): number {
  return fmix32(Math.imul(a, 0x9e3779b1) ^ Math.imul(b ^ 0x7f4a7c15, 0x85ebca77));
}

/** A uniform number in [0, 1) from a seed and a name: the "random" draws of a decision. */
export function hashUnit(seed: number, name: string): number {
  return hash32(name, seed) / 4294967296;
}
