/**
 * The k largest of n, in place, without allocation: by quickselect (Hoare's FIND, 1961), O(n), or in order by insertion. Equal
 * keys are ordered by the item itself, so the chosen set does not depend on the order that the items came in.
 */

/** Whether `a` ranks before `b`: larger key first, then the smaller item. */
function before(a: number, b: number, keys: Float32Array | Float64Array): boolean {
  const ka = keys[a]!;
  const kb = keys[b]!;
  return ka > kb || (ka === kb && a < b);
}

/**
 * Moves the `k` first-ranking of `items[0..n)` to the front, in no order, by quickselect: each item's key stands at its own place in
 * `keys[0..n)` and moves along. Returns min(k, n).
 */
export function selectTopByKey(items: Int32Array, keys: Float32Array, n: number, k: number): number {
  if (k >= n) return n;
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const pivotKey = keys[middle]!;
    const pivot = items[middle]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (keys[i]! > pivotKey || (keys[i]! === pivotKey && items[i]! < pivot)) i++;
      while (keys[j]! < pivotKey || (keys[j]! === pivotKey && items[j]! > pivot)) j--;
      if (i <= j) swapBoth(items, keys, i++, j--);
    }
    if (k - 1 <= j) high = j;
    else if (k - 1 >= i) low = i;
    else break;
  }
  return k;
}

function swapBoth(items: Int32Array, keys: Float32Array, i: number, j: number): void {
  const item = items[i]!;
  items[i] = items[j]!;
  items[j] = item;
  const key = keys[i]!;
  keys[i] = keys[j]!;
  keys[j] = key;
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
