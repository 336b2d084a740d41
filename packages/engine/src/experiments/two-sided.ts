/**
 * Two-sided experiments: buyers and listings (or campaigns) are both dealt by chance, and the treatment acts where both are treated
 * (Johari, Li, Liskovich & Weintraub, Management Science 2022; Bajari et al. 2021). Of the four kinds of pairs, those with one side
 * treated tell what the treatment takes from others: listings' rivals on the same page, and the budget or stock that is left
 * for other buyers. To first order in the shares treated, b of buyers and l of listings,
 *
 *   effect of treating all = (Y_11 − Y_10 − Y_01 + Y_00) + (Y_10 − Y_00) / l + (Y_01 − Y_00) / b
 *
 * Y_jk: outcome of buyers of arm j on listings of arm k, for each of both. Listings differ more than any effect: their outcomes are
 * divided by what they were before, all together (a ratio of sums). The interval is from leaving out groups of listings in turn
 * (jackknife). Not for treatments whose spill-over is far from proportional to how many are treated.
 */
import { RialtoError } from '../base/errors.ts';
import { around, type Interval } from '../statistics/contrast.ts';
import { studentQuantile, studentTwoSided } from '../statistics/distributions.ts';

export interface TwoSidedOutcomes {
  /** Of each listing on buyers of control, and on treated buyers. [listings] */
  readonly control: Float64Array;
  readonly treated: Float64Array;
  /** Share of buyers treated. */
  readonly buyerShare: number;
  /** 1 where the listing is treated. [listings] */
  readonly listingTreated: Uint8Array;
  /** Of each listing before the experiment, on all buyers; 1 where nothing is known. [listings] */
  readonly before: Float64Array;
}

export interface TwoSidedEffect {
  /** Of treating everything, relative to nothing treated. */
  readonly relative: number;
  readonly standardError: number;
  readonly ci: Interval;
  readonly p: number;
  /** Its parts: on the pairs themselves, through rivals, through what is left for other buyers. */
  readonly direct: number;
  readonly throughListings: number;
  readonly throughBuyers: number;
}

const GROUPS = 20;

/** Throws `bad-experiment` where a side or an arm has nothing to compare. */
export function twoSidedEffect(outcomes: TwoSidedOutcomes, alpha: number): TwoSidedEffect {
  const { buyerShare, listingTreated } = outcomes;
  const treated = listingTreated.reduce((sum, one) => sum + one, 0);
  if (!(buyerShare > 0 && buyerShare < 1) || treated < 2 || listingTreated.length - treated < 2)
    throw new RialtoError(
      'bad-experiment',
      `${treated} of ${listingTreated.length} listings and ${(100 * buyerShare).toFixed(1)} % of buyers are treated: both sides need two arms with at least two listings each`,
    );
  const whole = partsOf(outcomes, () => true);
  const groups = Math.min(GROUPS, Math.floor(Math.min(treated, listingTreated.length - treated) / 2) || 2);
  const group = groupsOf(listingTreated, groups);
  const without = Array.from({ length: groups }, (_, g) => partsOf(outcomes, (i) => group[i] !== g).relative);
  const mean = without.reduce((sum, value) => sum + value, 0) / groups;
  const squares = without.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardError = Math.sqrt((squares * (groups - 1)) / groups);
  return {
    ...whole,
    standardError,
    p: standardError > 0 ? studentTwoSided(whole.relative / standardError, groups - 1) : 1,
    ci: around(whole.relative, studentQuantile(1 - alpha / 2, groups - 1) * standardError),
  };
}

type Parts = Omit<TwoSidedEffect, 'standardError' | 'ci' | 'p'>;

function partsOf(outcomes: TwoSidedOutcomes, taken: (listing: number) => boolean): Parts {
  const { control, treated, buyerShare, listingTreated, before } = outcomes;
  const sums = [new Float64Array(2), new Float64Array(2)];
  const base = new Float64Array(2);
  listingTreated.forEach((arm, i) => {
    if (!taken(i)) return;
    base[arm]! += before[i]!;
    sums[0]![arm]! += control[i]! / (1 - buyerShare);
    sums[1]![arm]! += treated[i]! / buyerShare;
  });
  const share = base[1]! / (base[0]! + base[1]!);
  const rate = (buyers: number, listings: number): number => sums[buyers]![listings]! / base[listings]!;
  const [none, both, rivals, rest] = [rate(0, 0), rate(1, 1), rate(1, 0), rate(0, 1)];
  const direct = (both - rivals - rest + none) / none;
  const throughListings = (rivals - none) / none / share;
  const throughBuyers = (rest - none) / none / buyerShare;
  // What everything would be without any treatment is control pairs less what reaches even them: neglected, of second order.
  return { relative: direct + throughListings + throughBuyers, direct, throughListings, throughBuyers };
}

/** Groups with alike shares of treated listings. */
function groupsOf(treated: Uint8Array, groups: number): Int32Array {
  const seen = [0, 0];
  return Int32Array.from(treated, (arm) => seen[arm]!++ % groups);
}
