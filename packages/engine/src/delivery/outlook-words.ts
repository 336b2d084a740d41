/** What more money would bring, as one sentence in the marketplace's currency. */
import type { BidOutcome, Campaign, Evidence } from '@rialto/sdk';
import type { Outcome } from '../ads/outcome-curve.ts';

const MICROS = 1_000_000;
/** Less of a day's budget than this that is left unspent is chance. */
const UNSPENT = 0.02;
/** What another bid must bring more, as a share, to be worth a word. */
const BETTER = 0.1;
const STEPS = [5, 2, 1];

/** The largest of 1, 2, 5, 10, 20, 50 … units or hundredths that is not above; at least a hundredth. */
export function niceStep(micros: number): number {
  const least = MICROS / 100;
  if (!(micros > least)) return least;
  const power = 10 ** Math.floor(Math.log10(micros) + 1e-9);
  return power * STEPS.find((step) => step * power <= micros * (1 + 1e-9))!;
}

export interface Gain {
  readonly moreMicros: number;
  readonly impressions: number;
  readonly visits: number;
  readonly orders: number;
}

export interface GainInput {
  readonly campaign: Campaign;
  readonly evidence: Evidence;
  readonly currency: string;
  readonly budgetMicros: number;
  /** At the present budget. */
  readonly now: Pick<Outcome, 'spendMicros' | 'visits' | 'impressions'>;
  readonly gain: Gain;
  readonly bids: readonly BidOutcome[];
}

export function gainSentence(input: GainInput): string {
  const { campaign, evidence, currency, budgetMicros, now, gain } = input;
  if (evidence.level === 'none') return `Nothing can be said: ${evidence.reason}.`;
  const money = (micros: number): string => moneyText(micros, currency);
  const [of, what] = countedBy(campaign);
  const counted = gain[of];
  if (now.spendMicros < (1 - UNSPENT) * budgetMicros || !(counted > 0)) {
    const spends = `it can spend about ${money(now.spendMicros)} of its ${money(budgetMicros)} a day`;
    return `More budget would bring nothing more: ${spends}.${byBid(input, money)}`;
  }
  const orders = gain.orders >= 1 ? ` and ${counts(gain.orders, 'order')}` : '';
  const brings =
    counted >= 1 ? `about ${counts(counted, what)}${orders}` : `about one ${what} in ${Math.round(1 / counted)} days`;
  const guess = evidence.level === 'thin' ? ' (a first guess)' : '';
  return `${money(gain.moreMicros)} more a day would bring ${brings}${guess}.${forTheSame(input, money)}`;
}

/** What the next higher bid would bring, where it would. */
function byBid({ bids, now, campaign }: GainInput, money: (micros: number) => string): string {
  const [of, what] = countedBy(campaign);
  const better = bids.find((bid) => bid.factor > 1 && bid[of] >= now[of] + 1);
  if (better === undefined) return '';
  const more = money(Math.max(0, better.spendMicros - now.spendMicros));
  return ` ${bidName(better, money)} would bring about ${counts(better[of] - now[of], what)} more a day, for ${more}.`;
}

/** The bid that makes most of the budget, where that is clearly another one. */
function forTheSame({ bids, now, campaign }: GainInput, money: (micros: number) => string): string {
  const [of, what] = countedBy(campaign);
  const best = bids.reduce((most, bid) => (bid[of] > most[of] ? bid : most), { ...now, factor: 1 } as BidOutcome);
  if (best.factor === 1 || best[of] < (1 + BETTER) * now[of] + 1) return '';
  return ` ${bidName(best, money)} would bring about ${counts(best[of] - now[of], what)} more for the same budget.`;
}

const countedBy = ({ objective }: Campaign) =>
  objective === 'views' ? (['impressions', 'view'] as const) : (['visits', 'visit'] as const);

function bidName(bid: BidOutcome, money: (micros: number) => string): string {
  return bid.bidMicros === undefined
    ? `A commission of ${(bid.commissionBasisPoints ?? 0) / 100} %`
    : `A bid of ${money(bid.bidMicros)}`;
}

function counts(count: number, what: string): string {
  const whole = Math.round(count);
  return `${whole} ${what}${whole === 1 ? '' : 's'}`;
}

function moneyText(micros: number, currency: string): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).format(micros / MICROS);
}
