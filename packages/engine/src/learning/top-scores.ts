/** The k largest of an array by a bounded min-heap; among equals the lower index wins, so that the answer is one. */

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
