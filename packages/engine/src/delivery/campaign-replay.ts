/**
 * A campaign in auctions that were logged: the log's last part is folded once more, with the campaign as it is asked about in
 * place from the beginning, and a sample of the decisions is made again to see what it could have won against the others, who bid and
 * are paced as they were. What became of ads that were served says how often they are seen and clicked.
 *
 * The work is bounded: at most `recordsMax` records are looked at after the newest checkpoint before them, and about
 * three times `pagesMax` decisions are made again.
 */
import type { Campaign } from '@rialto/sdk';
import { usualEffects } from '../ads/auction-terms.ts';
import type { SegmentTraffic } from '../ads/expected-day.ts';
import type { LoggedAuctions } from '../ads/outcome-curve.ts';
import { MILLIS_PER_DAY, MILLIS_PER_HOUR, millis } from '../base/units.ts';
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import type { LogRecord } from '../log/record.ts';
import { BILLINGS } from '../market/campaigns.ts';
import { putCampaign } from './advertise.ts';
import { applyRecord } from './apply.ts';
import { AuctionSample, type SampledAuction } from './auction-sample.ts';
import { rebuild } from './rebuild.ts';
import { ServingRates } from './serving-rates.ts';
import type { State } from './state.ts';

const RECORDS_MAX = 1_000_000;
const PAGES_MAX = 1_000;
/** To begin with, decisions are looked at so much oftener than the sample has room: most pages may not be the campaign's. */
const OVERSAMPLED = 16;
const DAY_HOURS = 24;
const WEEK_DAYS = 7;
/** A bid to measure bids against, where the campaign names none. */
const BID_MICROS = 1_000_000;
const COMMISSION_BASIS_POINTS = 1_000;

export interface ReplayInput {
  readonly log: Log;
  readonly checkpoints?: CheckpointStore;
  /** As it would be now. */
  readonly campaign: Campaign;
  /** How much of the log may be read, and the decisions in it. */
  readonly end: number;
  readonly decisions: number;
  readonly recordsMax?: number;
  readonly pagesMax?: number;
}

/** A placement's auctions. */
export interface ReplayedSegment extends SegmentTraffic {
  /** Row. */
  readonly placement: number;
  /** Rows of what the campaign would show. [auctions] */
  readonly listings: Int32Array;
}

export interface CampaignReplay {
  /** At the log's end. */
  readonly state: State;
  /** Row of the campaign. */
  readonly row: number;
  readonly segments: readonly ReplayedSegment[];
  readonly auctions: readonly SampledAuction[];
  readonly rates: ServingRates;
  readonly sample: AuctionSample;
  readonly window: { readonly from: number; readonly to: number; readonly decisions: number };
  /** Whether the campaign was all along what is asked about, but for its budgets. */
  readonly sameTerms: boolean;
  /** Of the pages that come on a day, those the campaign may bid on. */
  readonly eligibleDaily: number;
}

export async function replayCampaign(input: ReplayInput): Promise<CampaignReplay> {
  const { log, end, decisions, recordsMax = RECORDS_MAX, pagesMax = PAGES_MAX } = input;
  const begin = Math.max(0, end - recordsMax);
  const checkpoints = input.checkpoints && { checkpoints: input.checkpoints };
  const state = await rebuild({ log, ...checkpoints, offset: begin });
  const campaign = comparable(input.campaign);
  const before = state.market.campaigns.documents.get(campaign.id);
  const row = putCampaign(state, campaign);
  const share = Math.min(1, (OVERSAMPLED * pagesMax) / Math.max(1, decisions - state.tally.decisions));
  const replayed = new Replay(state, campaign, new AuctionSample(row, { pagesMax, share }));
  if (before !== undefined) replayed.was(before);
  for await (const { records } of log.read(0, begin, end)) for (const record of records) replayed.take(record);
  return replayed.finish();
}

/** The campaign as if it ran always, with a bid to count in. Its budget stays: what was free to it stays free. */
function comparable({ startsAt: _from, endsAt: _until, ...campaign }: Campaign): Campaign {
  const { objective, bidding, bidMicros = 0, commissionBasisPoints = COMMISSION_BASIS_POINTS } = campaign;
  if (objective === 'cost-per-sale') return { ...campaign, commissionBasisPoints, status: 'active' };
  const counted = (bidding?.strategy ?? 'manual') === 'manual' && bidMicros === 0 ? { bidMicros: BID_MICROS } : {};
  return { ...campaign, ...counted, status: 'active' };
}

/** All but its budgets. */
function termsOf(campaign: Campaign): string {
  const { dailyBudgetMicros: _day, weeklyBudgetMicros: _week, lifetimeBudgetMicros: _life, ...terms } = campaign;
  return JSON.stringify(Object.entries(terms).sort(([a], [b]) => (a < b ? -1 : 1)));
}

class Replay {
  readonly #state: State;
  readonly #campaign: Campaign;
  readonly #sample: AuctionSample;
  readonly #rates: ServingRates;
  /** Listings of the campaign that the log has yet to tell of. */
  readonly #missing: Set<string>;
  /** By hour: requests, and those of each placement. */
  readonly #requests = new Map<number, { all: number; readonly of: Map<string, number> }>();
  #sameTerms = true;
  readonly #ordersBefore: { readonly all: number; readonly own: number };

  constructor(state: State, campaign: Campaign, sample: AuctionSample) {
    this.#state = state;
    this.#campaign = campaign;
    this.#sample = sample;
    this.#rates = new ServingRates(campaign.id);
    this.#missing = new Set(campaign.listings.filter((id) => state.market.listings.ids.find(id) < 0));
    this.#ordersBefore = this.#orders();
  }

  /** Takes note of what the campaign was. */
  was(campaign: Campaign): void {
    this.#sameTerms &&= termsOf(comparable(campaign)) === termsOf(this.#campaign);
  }

  take(record: LogRecord): void {
    // What the campaign was meanwhile is not what is asked about.
    if (record.kind === 'campaign' && record.entity.id === this.#campaign.id) {
      this.was(record.entity);
      this.#state.offset++;
      return;
    }
    if (record.kind === 'decision') {
      this.#sample.consider(this.#state, record);
      this.#rates.served(record, this.#state);
      const hour = Math.floor(record.at / MILLIS_PER_HOUR);
      const requests = this.#requests.get(hour) ?? { all: 0, of: new Map<string, number>() };
      this.#requests.set(hour, requests);
      requests.all++;
      for (const { placement } of record.placements) requests.of.set(placement, (requests.of.get(placement) ?? 0) + 1);
    }
    if (record.kind === 'event') this.#rates.before(this.#state);
    applyRecord(this.#state, record);
    if (record.kind === 'event') this.#rates.after(record, this.#state);
    if (record.kind === 'listing' && this.#missing.delete(record.entity.id)) putCampaign(this.#state, this.#campaign);
  }

  #orders(): { all: number; own: number } {
    const { books, market } = this.#state;
    const { counts } = books.attribution;
    let all = 0;
    for (let row = 0; row < market.campaigns.size; row++) all += counts.conversions(row).orders;
    return { all, own: counts.conversions(this.#sample.campaign).orders };
  }

  finish(): CampaignReplay {
    const orders = this.#orders();
    this.#rates.ordered(orders.all - this.#ordersBefore.all, orders.own - this.#ordersBefore.own);
    const sample = this.#sample;
    const window = this.#window();
    const from = wholeDays(window);
    const auctions = sample.auctions().filter(({ at }) => at >= from);
    const eligible = sample.opportunities === 0 ? 0 : sample.eligible / sample.opportunities;
    return {
      state: this.#state,
      row: sample.campaign,
      segments: this.#segments(auctions, from),
      auctions,
      rates: this.#rates,
      sample,
      window,
      sameTerms: this.#sameTerms,
      eligibleDaily: eligible * this.#adPagesDaily(),
    };
  }

  #window(): CampaignReplay['window'] {
    const to = this.#state.logTime;
    let [first, decisions] = [to, 0];
    for (const [hour, { all }] of this.#requests) {
      first = Math.min(first, hour * MILLIS_PER_HOUR);
      decisions += all;
    }
    return { from: first, to, decisions };
  }

  /** Requests of placements with ad slots to come on an average day of the next week. */
  #adPagesDaily(): number {
    const { placements } = this.#state.market;
    let sum = 0;
    for (let row = 0; row < placements.size; row++)
      if ((placements.at(row).adSlots ?? []).length > 0) sum += this.#daily(row).mean;
    return sum;
  }

  /** An average day of the next week, as uncertain as the next one. */
  #daily(placement: number): SegmentTraffic['daily'] {
    const at = millis(this.#state.logTime);
    const { traffic } = this.#state;
    const mean = traffic.forecastTotal(placement, at, WEEK_DAYS * DAY_HOURS).mean / WEEK_DAYS;
    const next = traffic.forecastTotal(placement, at, DAY_HOURS);
    const by = next.mean > 0 ? mean / next.mean : 0;
    return { mean, low: by * next.low, high: by * next.high };
  }

  #segments(auctions: readonly SampledAuction[], from: number): ReplayedSegment[] {
    const { placements } = this.#state.market;
    return Array.from({ length: placements.size }, (_, row) => {
      const id = placements.ids.text(row);
      let requestsLogged = 0;
      for (const [hour, { of }] of this.#requests)
        if (hour * MILLIS_PER_HOUR > from - MILLIS_PER_HOUR) requestsLogged += of.get(id) ?? 0;
      const here = auctions.filter(({ placement }) => placement === row);
      const listings = Int32Array.from(here, ({ listing }) => listing);
      return { placement: row, daily: this.#daily(row), requestsLogged, auctions: this.#logged(here), listings };
    }).filter(({ auctions: { days } }) => days.length > 0);
  }

  #logged(auctions: readonly SampledAuction[]): LoggedAuctions {
    const { market } = this.#state;
    const slots = auctions.reduce((most, { levels }) => Math.max(most, levels.length), 0);
    const ownClicks = this.#rates.ownClickFactor();
    const ownOrders = this.#rates.orderFactor();
    const billing = BILLINGS[market.campaigns.billing.data[this.#sample.campaign]!]!;
    const cost = billing === 'click' ? this.#rates.priceFactor() : 1;
    /** Slots that an auction did not have are put above its own, out of reach. */
    const cells = (missing: number, of: (auction: SampledAuction, slot: number) => number): Float64Array => {
      const out = new Float64Array(auctions.length * slots).fill(missing);
      auctions.forEach((auction, i) => {
        const above = slots - auction.levels.length;
        for (let slot = 0; slot < auction.levels.length; slot++) out[i * slots + above + slot] = of(auction, slot);
      });
      return out;
    };
    const rows = (of: (auction: SampledAuction) => number): Float64Array => Float64Array.from(auctions, of);
    const usual = (position: number): number => usualEffects([0, position])[1]!;
    return {
      slots,
      billing,
      days: new Int32Array(auctions.length),
      weights: new Float64Array(auctions.length).fill(1 / this.#sample.share),
      clickRates: rows(({ pClick }) => pClick * ownClicks),
      conversionRates: rows(({ pOrder }) => Math.min(1, pOrder * ownOrders)),
      orderValues: rows(({ listing }) => market.listings.priceMicros.data[listing]!),
      bidCosts: rows(({ bidPerLevel }) => cost * bidPerLevel),
      prices: cells(Number.POSITIVE_INFINITY, ({ levels }, slot) => levels[slot]!),
      costs: cells(Number.POSITIVE_INFINITY, ({ costsMicros }, slot) => cost * costsMicros[slot]!),
      exposures: cells(0, ({ placement, positions }, slot) =>
        this.#rates.exposure(placement, positions[slot]!, usual(positions[slot]!)),
      ),
      attention: cells(1, ({ placement, positions }, slot) => this.#rates.attention(placement, positions[slot]!)),
    };
  }
}

/** Since when auctions count: whole days up to the end, so that each hour of the day has its weight; all where that is less than one. */
function wholeDays({ from, to }: CampaignReplay['window']): number {
  const days = Math.floor((to - from) / MILLIS_PER_DAY);
  return days === 0 ? from : to - days * MILLIS_PER_DAY;
}
