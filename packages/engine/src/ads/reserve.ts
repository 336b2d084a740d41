/**
 * The reserve price that a distribution of bids asks for: the one that would earn most, if that is more than no reserve earns.
 *
 * With n bidders drawn from the bids, S(p) the share of bids ≥ p, N_p ~ Bin(n, S(p)) and K slots alike, a reserve p earns
 *
 *     R_n(p) = p × E[min(K, N_p)] + K × ∫_p^∞ P(N_x > K) dx                                       (Myerson 1981)
 *
 * For one bidder that is the monopolist's p × S(p), and where the distribution is regular, its best p is best for every n. Bids
 * are not always regular and are a sample, so (in the manner of Dhangwatnotai, Roughgarden and Yan 2015)
 * - p sums best over scarce and keen competition alike (n of K / 2 to 8 K), each weighed by the most that it could earn, and the
 *   lowest p that does nearly as well is taken;
 * - S(p) counts as so many standard errors lower than the sample has it where p is to sell, and even so p may cost hardly anything;
 * - in neither of two halves of the sample may it earn less than the floor, at any competition;
 * - p leaves a share of the bids above it, however much a few high ones would pay.
 *
 * Bids that are shaded, as first price and GSP invite, give a reserve that is too low rather than too high. Not for bids that
 * answer to the reserve itself: a bidder's reserve must come from the bids of others (learned-reserves.ts).
 */
import { assert } from '../base/assert.ts';

const LEVELS = 96;
/** Bidders for each slot. */
const COMPETITION = [0.5, 1, 2, 4, 8];
const SLOTS_MAX = 8;
/** Of the bids, what must lie at or above a reserve. */
const SOLD_MIN = 0.1;
/** What it must earn more than the floor, so that noise alone does not raise it. */
const GAIN_MIN = 1.005;
/** Standard errors. */
const DOUBT = 1.25;
/** Of what the floor earns, where shares are doubted. */
const LOSS_MAX = 0.998;
const NEARLY = 0.98;

export interface ReserveTerms {
  readonly slots: number;
  /** What holds anyway: a reserve is this or more. */
  readonly floorMicros: number;
}

/** The reserve for strangers to these bids; the floor where none would earn more. Integers. */
export function learnReserve(bidsMicros: ArrayLike<number>, { slots, floorMicros }: ReserveTerms): number {
  assert(slots > 0, 'a reserve needs a slot to sell', slots);
  const bids = Float64Array.from(bidsMicros).filter((bid) => bid > 0 && bid >= floorMicros);
  if (bids.length < 2) return floorMicros;
  // Every other one: which half a bid is in must not depend on how high it is.
  const halves = [bids.filter((_, i) => i % 2 === 0), bids.filter((_, i) => i % 2 === 1)];
  bids.sort();
  const levels = levelsOf(bids, floorMicros);
  const places = Math.min(slots, SLOTS_MAX);
  const whole = revenues(bids, levels, places, DOUBT);
  const parts = halves.map((half) => revenues(half.sort(), levels, places, 0));
  const most = whole.map((earned) => Math.max(...earned));
  const gains = Array.from(levels, (level, i) => {
    const sold = i === 0 || shareAbove(bids, level) >= SOLD_MIN;
    const safe =
      sold &&
      parts.every((half) => half.every((earned) => earned[i]! >= earned[0]!)) &&
      whole.every((earned) => earned[i]! >= LOSS_MAX * earned[0]!);
    return safe ? whole.reduce((sum, earned, n) => sum + earned[i]! / most[n]!, 0) : 0;
  });
  const top = Math.max(...gains);
  // Of prices that earn nearly the same the lowest: too high costs more than too low.
  const best = top < GAIN_MIN * gains[0]! ? 0 : gains.findIndex((gain) => gain >= NEARLY * top);
  return Math.ceil(levels[best]!);
}

/** The floor, then bids at even steps of rank, ascending. */
function levelsOf(sorted: Float64Array, floor: number): Float64Array {
  const levels = [floor];
  for (let i = 0; i < LEVELS; i++) {
    const bid = sorted[Math.floor((i / LEVELS) * sorted.length)]!;
    if (bid > levels.at(-1)!) levels.push(bid);
  }
  return Float64Array.from(levels);
}

function shareAbove(sorted: Float64Array, price: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < price) low = middle + 1;
    else high = middle;
  }
  return 1 - low / sorted.length;
}

/** R_n at each level as the reserve. [competition][levels] */
function revenues(sorted: Float64Array, levels: Float64Array, slots: number, doubt: number): Float64Array[] {
  const shares = levels.map((level) => shareAbove(sorted, level));
  const top = sorted.at(-1)!;
  return COMPETITION.map((perSlot) => {
    const bidders = Math.max(1, Math.ceil(perSlot * slots));
    const earned = new Float64Array(levels.length);
    let integral = 0;
    for (let level = levels.length - 1; level >= 0; level--) {
      const { sold } = draw(
        bidders,
        level === 0 ? 1 : shares[level]! - doubt * standardError(shares[level]!, sorted.length),
        slots,
      );
      const width = (levels[level + 1] ?? Math.max(top, levels[level]!)) - levels[level]!;
      // Between two levels the share of bids is taken to be midway.
      const next = shares[level + 1] ?? 0;
      integral += width * draw(bidders, (shares[level]! + next) / 2, slots).contested;
      earned[level] = levels[level]! * sold + slots * integral;
    }
    return earned;
  });
}

function standardError(share: number, sample: number): number {
  return Math.sqrt((share * (1 - share)) / sample);
}

/** E[min(K, N)] and P(N > K) of N ~ Bin(n, share). */
function draw(n: number, share: number, slots: number): { readonly sold: number; readonly contested: number } {
  if (share <= 0) return { sold: 0, contested: 0 };
  if (share >= 1) return { sold: Math.min(n, slots), contested: n > slots ? 1 : 0 };
  let probability = (1 - share) ** n;
  let sold = 0;
  let within = 0;
  for (let k = 0; k <= Math.min(n, slots); k++) {
    sold += k * probability;
    within += probability;
    probability *= ((n - k) / (k + 1)) * (share / (1 - share));
  }
  const beyond = Math.max(0, 1 - within);
  return { sold: sold + slots * beyond, contested: beyond };
}
