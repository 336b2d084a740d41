/**
 * p-values of several tests, adjusted so that they can be read against one α: Holm (1979) bounds the chance of any false alarm,
 * Benjamini & Hochberg (1995) the share of false alarms among the findings.
 */
export const CORRECTIONS = ['holm', 'bh'] as const;
export type Correction = (typeof CORRECTIONS)[number];

/** In the order of `p`. */
export function adjustedPValues(p: readonly number[], correction: Correction): number[] {
  const order = p.map((_, i) => i).sort((a, b) => p[a]! - p[b]!);
  const tests = p.length;
  const adjusted = new Array<number>(tests).fill(1);
  if (correction === 'holm') {
    let most = 0;
    for (const [rank, i] of order.entries()) {
      most = Math.max(most, Math.min(1, p[i]! * (tests - rank)));
      adjusted[i] = most;
    }
    return adjusted;
  }
  let least = 1;
  for (let rank = tests; rank >= 1; rank--) {
    const i = order[rank - 1]!;
    least = Math.min(least, (p[i]! * tests) / rank);
    adjusted[i] = least;
  }
  return adjusted;
}
