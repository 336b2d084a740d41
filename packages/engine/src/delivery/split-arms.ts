/**
 * The arms of an experiment that splits budgets: each has a pacing and cost targets of its own, begun from those of the whole, over its part
 * of the money (`ads/split-books.ts`) and of the traffic. They are there while the split is in force by the log's time, and cost nothing else.
 */
import type { AdBooks } from '../ads/ad-books.ts';
import { Autobid } from '../ads/autobid.ts';
import { campaignLimits } from '../ads/campaign-limits.ts';
import type { Ledger } from '../ads/ledger.ts';
import type { OptimisedCpc } from '../ads/optimised-cpc.ts';
import { type PacedCampaigns, Pacing, type TrafficOutlook } from '../ads/pacing.ts';
import { copyPart, type Part, type SnapshotReader, type SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, type Millis } from '../base/units.ts';
import type { Signals } from '../features/signals.ts';
import type { Market } from '../market/market.ts';
import type { PacedMarket } from './paced-market.ts';
import type { Tally } from './tally.ts';

/** What an arm's bids are made of: all of it the whole's, but for the cost targets. */
interface ArmBids {
  readonly market: Market;
  readonly signals: Signals;
  readonly tally: Tally;
  readonly ledger: Ledger;
  readonly optimisedCpc: OptimisedCpc;
  readonly autobid: Autobid;
}

/** The parts of the state that arms are begun from. */
type Whole = ArmBids & { readonly books: AdBooks; readonly pacing: Pacing; readonly pacedMarket: PacedMarket };

/** One arm: what pacing, eligibility and bids see of the market. */
export class SplitArm implements PacedCampaigns, TrafficOutlook {
  readonly pacing: Pacing;
  readonly bids: ArmBids;
  readonly #whole: Whole;
  readonly #arm: number;

  constructor(whole: Whole, arm: number, controllers: { readonly pacing: Pacing; readonly autobid: Autobid }) {
    const { market, signals, tally, optimisedCpc } = whole;
    this.#whole = whole;
    this.#arm = arm;
    this.pacing = controllers.pacing;
    this.bids = { market, signals, tally, ledger: whole.books.ledger, autobid: controllers.autobid, optimisedCpc };
  }

  get size(): number {
    return this.#whole.pacedMarket.size;
  }

  spentMicros(campaign: number, at: Millis): number {
    return this.#whole.books.split.spentMicros(this.#arm, campaign, dayOf(at));
  }

  /** Of the arm's part, and of the whole. */
  leftMicros(campaign: number, at: Millis): number {
    const { market, books, pacedMarket } = this.#whole;
    const left = pacedMarket.leftMicros(campaign, at);
    if (left <= 0 || books.split.at(at) === undefined) return left;
    const { campaigns } = market;
    const shop = campaigns.shop.data[campaign]!;
    const limits = campaignLimits(campaigns, campaign, books.accounts.creditLimitMicros(shop));
    return Math.min(left, books.split.leftMicros({ arm: this.#arm, campaign, shop, at }, limits, books.ledger));
  }

  shareMax(campaign: number): number {
    return this.#whole.pacedMarket.shareMax(campaign);
  }

  passed(campaign: number): number {
    return this.#share(this.#whole.books.ledger.now) * this.#whole.pacedMarket.passed(campaign);
  }

  outlook(campaign: number, at: Millis, weights: Float64Array): { rest: number; hourly: number } {
    const { rest, hourly } = this.#whole.pacedMarket.outlook(campaign, at, weights);
    const share = this.#share(at);
    return { rest: share * rest, hourly: share * hourly };
  }

  /** Of the traffic: that of the budgets. */
  #share(at: number): number {
    return this.#whole.books.split.at(at)?.at(at)[this.#arm] ?? 0;
  }
}

export class SplitArms implements Part {
  readonly #whole: Whole;
  #arms: SplitArm[] = [];
  #key = '';

  constructor(whole: Whole) {
    this.#whole = whole;
  }

  /** Undefined where no split is in force, or the arm is none of it. */
  of(arm: number): SplitArm | undefined {
    return arm < 0 ? undefined : this.#arms[arm];
  }

  /** Takes note of the log's time: arms begin, go on, or are one again. */
  advance(at: Millis): void {
    const shares = this.#whole.books.split.at(at);
    if (shares === undefined && this.#key === '') return;
    const key = shares?.key ?? '';
    if (key !== this.#key) this.#open(key, shares?.arms ?? 0);
    for (const arm of this.#arms) arm.pacing.advance(at, arm, arm);
  }

  #open(key: string, arms: number): void {
    const { pacing, autobid } = this.#whole;
    this.#key = key;
    this.#arms = Array.from({ length: arms }, (_, arm) => {
      const own = { pacing: copyPart(pacing, new Pacing()), autobid: copyPart(autobid, new Autobid()) };
      own.pacing.beginPart();
      return new SplitArm(this.#whole, arm, own);
    });
  }

  save(out: SnapshotWriter): void {
    out.json('arms', [this.#key, this.#arms.length]);
    this.#arms.forEach(({ pacing, bids }, arm) => {
      out.under(`arms.${arm}`, pacing);
      out.under(`arms.${arm}`, bids.autobid);
    });
  }

  load(from: SnapshotReader): void {
    const [key, arms] = from.json<[string, number]>('arms');
    this.#key = key;
    this.#arms = Array.from({ length: arms }, (_, arm) => {
      const own = { pacing: new Pacing(), autobid: new Autobid() };
      own.pacing.load(from.under(`arms.${arm}`));
      own.autobid.load(from.under(`arms.${arm}`));
      return new SplitArm(this.#whole, arm, own);
    });
  }
}
