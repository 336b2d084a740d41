/**
 * The area under the ROC curve: how often a positive row scores above a negative one, ties counting half (Mann and Whitney's U).
 *
 *     AUC = (Σ ranks of positives − P (P + 1) / 2) / (P · N),   tied rows sharing the mean of their ranks
 */

/** NaN where a class is empty. labels, scores: [rows] */
export function aucOf(labels: Uint8Array, scores: Float64Array | Float32Array): number {
  const order = Int32Array.from({ length: labels.length }, (_, row) => row).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let from = 0; from < order.length; ) {
    let to = from;
    let tied = 0;
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) tied += labels[order[to++]!]!;
    rankSum += tied * ((from + 1 + to) / 2);
    positives += tied;
    from = to;
  }
  const negatives = labels.length - positives;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
