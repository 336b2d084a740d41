/**
 * Anchors a replay at what the campaign really got. Where its terms were the same all along, what a click cost it is known:
 *
 *     a = (paid / click, lived) / (paid / click, replayed, for the money that was spent),      weighed n / (n + K) by its n clicks
 *
 * Clicks come 1/a as often as replayed and cost a times as much, so that the curve of outcomes passes through the lived point, and
 * what the campaign could spend stays. A replay by itself is too hopeful: where a listing's rate is overestimated it wins, and pays less.
 */
import type { CurvePoint, LoggedAuctions } from '../ads/outcome-curve.ts';

const CLICKS = 20;
/** Beyond this something else is wrong. */
const MOST = 2;

interface Lived {
  readonly clicks: number;
  readonly spendMicros: number;
}

export function livedAnchor({ clicks, spendMicros }: Lived, replayed: CurvePoint | undefined): number {
  if (replayed === undefined || !(clicks > 0 && spendMicros > 0 && replayed.visits > 0 && replayed.spendMicros > 0))
    return 1;
  const ratio = spendMicros / clicks / (replayed.spendMicros / replayed.visits);
  return Math.min(MOST, Math.max(1 / MOST, ratio ** (clicks / (clicks + CLICKS))));
}

export function anchored(auctions: LoggedAuctions, anchor: number): LoggedAuctions {
  if (anchor === 1) return auctions;
  const { clickRates, prices, costs = prices, bidCosts } = auctions;
  return {
    ...auctions,
    clickRates: clickRates.map((rate) => rate / anchor),
    costs: costs.map((cost) => cost * anchor),
    ...(bidCosts && { bidCosts: bidCosts.map((cost) => cost * anchor) }),
  };
}
