/**
 * The area under the ROC curve: how often a positive row scores above a negative one, ties counting half (Mann and Whitney's U).
 *
 *     AUC = Σ_positives (negatives below + ½ negatives that tie) / (P · N)
 *
 * Both classes are sorted as plain numbers, which is many times as fast as sorting rows by their scores.
 */

/** NaN where a class is empty. labels, scores: [rows] */
export function aucOf(labels: Uint8Array, scores: Float64Array | Float32Array): number {
  const count = labels.reduce((sum, label) => sum + label, 0);
  const positives = new Float64Array(count);
  const negatives = new Float64Array(labels.length - count);
  for (let row = 0, p = 0, n = 0; row < labels.length; row++) {
    if (labels[row] === 1) positives[p++] = scores[row]!;
    else negatives[n++] = scores[row]!;
  }
  positives.sort();
  negatives.sort();
  let wins = 0;
  let below = 0;
  let within = 0; // the end of the negatives that are not above
  for (const score of positives) {
    while (below < negatives.length && negatives[below]! < score) below++;
    within = Math.max(within, below);
    while (within < negatives.length && negatives[within] === score) within++;
    wins += (below + within) / 2;
  }
  return wins / (positives.length * negatives.length);
}
