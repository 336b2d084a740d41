/**
 * The sign test: of n comparisons that one side or the other won, k went to the first. Under the null each is a fair coin, so
 *
 *     p = min(1, 2 · P(X ≥ max(k, n − k))),   X ~ Binomial(n, ½),      P(X ≥ k) = I_½(k, n − k + 1)
 *
 * exactly, at any size; the share's interval is Clopper and Pearson's (Biometrika 1934), which never covers less than it says. Ties say
 * nothing, and stay out. Not for looking at more than once.
 */
import { assert } from '../base/assert.ts';
import type { Interval } from './contrast.ts';
import { betaCdf, betaQuantile } from './distributions.ts';

export interface SignTest {
  /** k / n; ½ where nothing was won. */
  readonly share: number;
  readonly ci: Interval;
  readonly p: number;
}

export function signTest(won: number, lost: number, alpha: number): SignTest {
  assert(won >= 0 && lost >= 0, 'wins are counted from 0 on', `${won}, ${lost}`);
  const n = won + lost;
  if (n === 0) return { share: 0.5, ci: [0, 1], p: 1 };
  const most = Math.max(won, lost);
  const low = won === 0 ? 0 : betaQuantile(alpha / 2, won, n - won + 1);
  const high = lost === 0 ? 1 : betaQuantile(1 - alpha / 2, won + 1, n - won);
  return { share: won / n, ci: [low, high], p: Math.min(1, 2 * betaCdf(0.5, most, n - most + 1)) };
}
