/**
 * The k largest of n, in place: by counting and a heap, or in order by insertion. Equal
 * keys are ordered by the item itself, so the chosen set does not depend on the order that the items came in.
 */

/** Whether `a` ranks before `b`: larger key first, then the smaller item. */
function before(a: number, b: number, keys: Float32Array | Float64Array): boolean {
  const ka = keys[a]!;
  const kb = keys[b]!;
  return ka > kb || (ka === kb && a < b);
}

/** Keys by their sign, exponent and first bits of the mantissa. */
const BIN_BITS = 12;
const BIN_SHIFT = 32 - BIN_BITS;
const counts = new Int32Array(2 ** BIN_BITS);
/** Of fewer items a heap finds the best sooner. */
const COUNTED_MIN = 96;
const NEGATIVE_ZERO = 0x80000000 | 0;

/** The bin of a float32 by its bits: a larger one for larger keys. */
function binOf(bits: number): number {
  if (bits >= 0) return (bits | NEGATIVE_ZERO) >>> BIN_SHIFT;
  return bits === NEGATIVE_ZERO ? binOf(0) : ~bits >>> BIN_SHIFT;
}

/**
 * Moves the `k` first-ranking of `items[0..n)` to the front, in no order; each item's key, which is a number, stands at its own place in
 * `keys[0..n)` and moves along. Returns min(k, n). Keys are counted by bins first: all of the bins above the one with the k-th key are
 * taken, and only those of this one are compared.
 */
export function selectTopByKey(items: Int32Array, keys: Float32Array, n: number, k: number): number {
  if (k >= n) return n;
  if (k <= 0) return 0;
  if (n < COUNTED_MIN) {
    selectByHeap(items, keys, 0, n, k);
    return k;
  }
  const bits = new Int32Array(keys.buffer, keys.byteOffset, n);
  const cut = binOfRank(bits, k);
  let above = 0;
  let end = 0;
  for (let i = 0; i < n; i++) {
    const bin = binOf(bits[i]!);
    if (bin < cut) continue;
    swap(items, keys, i, end);
    if (bin > cut) swap(items, keys, end, above++);
    end++;
  }
  selectByHeap(items, keys, above, end, k - above);
  return k;
}

/** The bin that holds the k-th largest key. */
function binOfRank(bits: Int32Array, k: number): number {
  counts.fill(0);
  let bin = 0;
  for (let i = 0; i < bits.length; i++) {
    const at = binOf(bits[i]!);
    counts[at]!++;
    if (at > bin) bin = at;
  }
  for (let left = k - counts[bin]!; left > 0; left -= counts[bin]!) bin--;
  return bin;
}

function swap(items: Int32Array, keys: Float32Array, a: number, b: number): void {
  const item = items[a]!;
  const key = keys[a]!;
  items[a] = items[b]!;
  keys[a] = keys[b]!;
  items[b] = item;
  keys[b] = key;
}

/** The `k` first-ranking of `items[start..end)` to the front of it. The front is a heap with the last-ranking of the k at its root. */
function selectByHeap(items: Int32Array, keys: Float32Array, start: number, end: number, k: number): void {
  if (k >= end - start) return;
  for (let at = (k >> 1) - 1; at >= 0; at--) siftDown(items, keys, start, at, k);
  let least = keys[start]!;
  for (let i = start + k; i < end; i++) {
    const key = keys[i]!;
    if (key < least || (key === least && items[i]! > items[start]!)) continue;
    swap(items, keys, i, start);
    siftDown(items, keys, start, 0, k);
    least = keys[start]!;
  }
}

/** Lets the entry at `from` of a heap sink below those that rank behind it. */
function siftDown(items: Int32Array, keys: Float32Array, start: number, from: number, size: number): void {
  const item = items[start + from]!;
  const key = keys[start + from]!;
  let at = start + from;
  for (let child = 2 * from + 1; child < size; child = 2 * (at - start) + 1) {
    let lower = start + child;
    const right = lower + 1;
    if (
      child + 1 < size &&
      (keys[right]! < keys[lower]! || (keys[right] === keys[lower] && items[right]! > items[lower]!))
    )
      lower = right;
    if (keys[lower]! > key || (keys[lower] === key && items[lower]! < item)) break;
    items[at] = items[lower]!;
    keys[at] = keys[lower]!;
    at = lower;
  }
  items[at] = item;
  keys[at] = key;
}

/**
 * The `k` first-ranking of `items[0..n)` moved to the front in rank order; returns min(k, n). By insertion into the k best so far:
 * where items come in no order, only about k · ln(n / k) of them get in, so for small k it is a walk with one comparison each.
 */
export function sortTop(items: Int32Array, n: number, k: number, keys: Float32Array | Float64Array): number {
  const chosen = Math.min(k, n);
  if (chosen <= 0) return 0;
  for (let i = 1; i < chosen; i++) sink(items, i, keys);
  let least = keys[items[chosen - 1]!]!;
  for (let i = chosen; i < n; i++) {
    const item = items[i]!;
    if (keys[item]! < least || !before(item, items[chosen - 1]!, keys)) continue;
    items[i] = items[chosen - 1]!;
    items[chosen - 1] = item;
    sink(items, chosen - 1, keys);
    least = keys[items[chosen - 1]!]!;
  }
  return chosen;
}

/** Moves the item at `from` forward to where it belongs among those before it, which are in rank order. */
function sink(items: Int32Array, from: number, keys: Float32Array | Float64Array): void {
  const item = items[from]!;
  let at = from;
  for (; at > 0 && before(item, items[at - 1]!, keys); at--) items[at] = items[at - 1]!;
  items[at] = item;
}
