/** The k largest of an array: in order by a bounded min-heap, or as a set by quickselect; among equals the lower index wins, so that the answer is one. */

/** Indexes, best first, into `out`; gives how many there were. Scores of −∞ never are. */
export function topScores(scores: Float32Array, k: number, out: Int32Array, size = scores.length): number {
  let count = 0;
  let i = 0;
  for (; i < size && count < k; i++) if (scores[i]! > Number.NEGATIVE_INFINITY) out[count++] = i;
  for (let at = (count >> 1) - 1; at >= 0; at--) sift(scores, out, at, count);
  if (count === k && k > 0) {
    let bar = scores[out[0]!]!;
    for (; i < size; i++) {
      if (scores[i]! <= bar) continue;
      out[0] = i;
      sift(scores, out, 0, k);
      bar = scores[out[0]!]!;
    }
  }
  for (let end = count - 1; end > 0; end--) {
    const worst = out[0]!;
    out[0] = out[end]!;
    out[end] = worst;
    sift(scores, out, 0, end);
  }
  return count;
}

/** Worse is nearer to the root: a lower score or, among equals, a higher index. */
function sift(scores: Float32Array, heap: Int32Array, from: number, size: number): void {
  const item = heap[from]!;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && worse(scores, heap[child + 1]!, heap[child]!)) child++;
    if (!worse(scores, heap[child]!, item)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = item;
}

const worse = (scores: Float32Array, a: number, b: number): boolean =>
  scores[a]! < scores[b]! || (scores[a] === scores[b] && a > b);

/** The same indexes, ascending: where k is not small this costs a fraction of their order. `room` is overwritten. [size] */
export function topSet(scores: Float32Array, k: number, out: Int32Array, size: number, room: Float32Array): number {
  let finite = 0;
  for (let i = 0; i < size; i++) if (scores[i]! > Number.NEGATIVE_INFINITY) room[finite++] = scores[i]!;
  const bar = finite <= k ? Number.NEGATIVE_INFINITY : nthLargest(room, finite, k);
  let equals = k;
  for (let i = 0; i < finite; i++) if (room[i]! > bar) equals--;
  let count = 0;
  for (let i = 0; i < size && count < k; i++) {
    const score = scores[i]!;
    if (score > bar || (score === bar && score > Number.NEGATIVE_INFINITY && equals-- > 0)) out[count++] = i;
  }
  return count;
}

/** The value of rank `n`, from 1 on, of the first `size`, which are moved about (Hoare's quickselect). */
function nthLargest(values: Float32Array, size: number, n: number): number {
  let low = 0;
  let high = size - 1;
  const wanted = n - 1;
  while (low < high) {
    const pivot = medianOf(values[low]!, values[(low + high) >> 1]!, values[high]!);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! > pivot) i++;
      while (values[j]! < pivot) j--;
      if (i > j) break;
      const value = values[i]!;
      values[i++] = values[j]!;
      values[j--] = value;
    }
    if (wanted <= j) high = j;
    else if (wanted >= i) low = i;
    else break;
  }
  return values[wanted]!;
}

const medianOf = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
