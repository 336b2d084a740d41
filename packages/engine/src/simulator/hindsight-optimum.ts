/**
 * The best that one agent could have done, knowing every value and price, against bids of the others that stay as they were.
 * A multiple-choice knapsack: of each opportunity at most one slot s, worth e_s v for e_s p_s (e the chance to be seen).
 *
 *     frontier   V(α) = Σ e v, C(α) = Σ e p over each opportunity's best slot at worth α:  max_s e_s (α v - p_s), if > 0
 *     score      S(V, C) = V min(1, (T V / C)²)         T the target cost per conversion;  sought: max S with C ≤ B
 *
 * S rises with V and falls with C, so the best choice lies on the frontier of the most V for each C. Whatever is chosen has
 * V ≤ V(α) + (C - C(α)) / α for every α (Lagrange's weak duality), so between two neighbouring points of the frontier no choice
 * scores more than S at the higher V and the lower C. `bound` is the largest of these; the points are refined until `score`, which a
 * choice reaches, is as near as asked. Reference: Kellerer, Pferschy and Pisinger (2004), ch. 11; Chiappa et al. (KDD 2025)
 * for the use as an oracle.
 */
export interface Opportunities {
  /** What each is worth when seen. [n] */
  readonly values: Float32Array;
  /** What each slot costs when seen: slot by slot, falling. [slots × n] */
  readonly prices: Float32Array;
}

export interface OptimumInput {
  readonly parts: readonly Opportunities[];
  /** Chance of a slot to be seen, falling. [slots] */
  readonly exposures: readonly number[];
  readonly budget: number;
  readonly targetCpa: number;
  /** How near `score` must come to `bound`, relative. */
  readonly tolerance?: number;
}

export interface FrontierPoint {
  readonly worth: number;
  readonly value: number;
  readonly cost: number;
}

export interface Optimum {
  /** What a choice within the budget reaches. */
  readonly score: number;
  /** What no choice can exceed. */
  readonly bound: number;
  readonly point: FrontierPoint;
}

/** Value, reduced by the square of how far the cost per conversion exceeds its target. */
export function penalisedScore(value: number, cost: number, targetCpa: number): number {
  return cost <= targetCpa * value ? value : value * ((targetCpa * value) / cost) ** 2;
}

function frontierPoint({ parts, exposures }: OptimumInput, worth: number): FrontierPoint {
  let value = 0;
  let cost = 0;
  for (const { values, prices } of parts) {
    const n = values.length;
    for (let o = 0; o < n; o++) {
      const v = values[o]!;
      let best = 0;
      let chosen = -1;
      for (let slot = 0; slot < exposures.length; slot++) {
        const gain = exposures[slot]! * (worth * v - prices[slot * n + o]!);
        if (gain > best) {
          best = gain;
          chosen = slot;
        }
      }
      if (chosen < 0) continue;
      value += exposures[chosen]! * v;
      cost += exposures[chosen]! * prices[chosen * n + o]!;
    }
  }
  return { worth, value, cost };
}

/** Between two points no choice has more value than the higher one, than either's tangent allows, or costs less than the lower. */
function segmentBound(low: FrontierPoint, high: FrontierPoint, { budget, targetCpa }: OptimumInput): number {
  const cost = Math.min(budget, high.cost);
  const tangent = Math.min(
    low.value + (low.worth > 0 ? (cost - low.cost) / low.worth : Number.POSITIVE_INFINITY),
    high.value + (cost - high.cost) / high.worth,
  );
  return penalisedScore(Math.min(high.value, tangent), low.cost, targetCpa);
}

const reachable = (point: FrontierPoint, { budget, targetCpa }: OptimumInput): number =>
  point.cost <= budget ? penalisedScore(point.value, point.cost, targetCpa) : 0;

const MAX_POINTS = 400;

/** A cut that halves the cost's range or, where cost tells nothing, the worth's. */
function between(low: FrontierPoint, high: FrontierPoint): number {
  return low.worth === 0 ? high.worth / 4 : Math.sqrt(low.worth * high.worth);
}

export function hindsightOptimum(input: OptimumInput): Optimum {
  const { targetCpa, tolerance = 1e-3 } = input;
  const nothing: FrontierPoint = { worth: 0, value: 0, cost: 0 };
  const points = [nothing, frontierPoint(input, targetCpa)];
  while (points.at(-1)!.cost < input.budget && points.length < 40)
    points.push(frontierPoint(input, points.at(-1)!.worth * 2));
  for (;;) {
    let best = nothing;
    for (const point of points) if (reachable(point, input) > reachable(best, input)) best = point;
    let widest = 0;
    let bound = 0;
    for (let i = 0; i + 1 < points.length && points[i]!.cost <= input.budget; i++) {
      const limit = segmentBound(points[i]!, points[i + 1]!, input);
      if (limit > bound) {
        bound = limit;
        widest = i;
      }
    }
    const score = reachable(best, input);
    bound = Math.max(bound, score);
    if (bound <= score * (1 + tolerance) || points.length >= MAX_POINTS) return { score, bound, point: best };
    const cut = between(points[widest]!, points[widest + 1]!);
    points.splice(widest + 1, 0, frontierPoint(input, cut));
  }
}
