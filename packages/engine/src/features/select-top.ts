/**
 * The k largest of n, by quickselect (Hoare's FIND, 1961): O(n), in place, no allocation. Equal keys are ordered by the
 * item itself, so the chosen set does not depend on the order that the items came in.
 */

/** Whether `a` ranks before `b`: larger key first, then the smaller item. */
function before(a: number, b: number, keys: Float32Array | Float64Array): boolean {
  const ka = keys[a]!;
  const kb = keys[b]!;
  return ka > kb || (ka === kb && a < b);
}

/** Moves the `k` first-ranking of `items[0..n)` to the front, in no order; `keys` is indexed by item. Returns min(k, n). */
export function selectTop(items: Int32Array, n: number, k: number, keys: Float32Array | Float64Array): number {
  if (k >= n) return n;
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const pivot = items[(low + high) >>> 1]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (before(items[i]!, pivot, keys)) i++;
      while (before(pivot, items[j]!, keys)) j--;
      if (i <= j) {
        const swap = items[i]!;
        items[i++] = items[j]!;
        items[j--] = swap;
      }
    }
    if (k - 1 <= j) high = j;
    else if (k - 1 >= i) low = i;
    else break;
  }
  return k;
}

/** As `selectTop`, with the key of each item at its own place in `keys[0..n)`; keys move along. */
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

/** The `k` first-ranking of `items[0..n)` moved to the front in rank order; returns min(k, n). For small k. */
export function sortTop(items: Int32Array, n: number, k: number, keys: Float32Array | Float64Array): number {
  const chosen = selectTop(items, n, k, keys);
  for (let i = 1; i < chosen; i++) {
    const item = items[i]!;
    let j = i - 1;
    while (j >= 0 && before(item, items[j]!, keys)) {
      items[j + 1] = items[j]!;
      j--;
    }
    items[j + 1] = item;
  }
  return chosen;
}
