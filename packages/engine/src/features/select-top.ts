/**
 * The k largest of n, in place, without allocation: by a heap, or in order by insertion. Equal
 * keys are ordered by the item itself, so the chosen set does not depend on the order that the items came in.
 */

/** Whether `a` ranks before `b`: larger key first, then the smaller item. */
function before(a: number, b: number, keys: Float32Array | Float64Array): boolean {
  const ka = keys[a]!;
  const kb = keys[b]!;
  return ka > kb || (ka === kb && a < b);
}

/**
 * Moves the `k` first-ranking of `items[0..n)` to the front, in no order; each item's key stands at its own place in `keys[0..n)` and
 * moves along. Returns min(k, n). The front is a heap with the last-ranking of the k at its root: where items come in no order,
 * most of the others take one comparison that is easy to foresee.
 */
export function selectTopByKey(items: Int32Array, keys: Float32Array, n: number, k: number): number {
  if (k >= n) return n;
  if (k <= 0) return 0;
  for (let at = (k >> 1) - 1; at >= 0; at--) siftDown(items, keys, at, k);
  let least = keys[0]!;
  for (let i = k; i < n; i++) {
    const key = keys[i]!;
    if (key < least || (key === least && items[i]! > items[0]!)) continue;
    const item = items[i]!;
    items[i] = items[0]!;
    keys[i] = least;
    items[0] = item;
    keys[0] = key;
    siftDown(items, keys, 0, k);
    least = keys[0]!;
  }
  return k;
}

/** Lets the entry at `from` sink below those of its heap that rank behind it. */
function siftDown(items: Int32Array, keys: Float32Array, from: number, size: number): void {
  const item = items[from]!;
  const key = keys[from]!;
  let at = from;
  for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
    const right = child + 1;
    if (right < size && (keys[right]! < keys[child]! || (keys[right] === keys[child] && items[right]! > items[child]!)))
      child = right;
    if (keys[child]! > key || (keys[child] === key && items[child]! < item)) break;
    items[at] = items[child]!;
    keys[at] = keys[child]!;
    at = child;
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
