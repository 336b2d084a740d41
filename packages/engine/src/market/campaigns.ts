/**
 * Campaigns in columns, and which campaigns advertise a listing.
 *
 * Terms are numbers: objectives, billing and strategies by their place in `OBJECTIVES`, `BILLINGS`, `STRATEGIES`; a limit that a
 * campaign does not have is Infinity. Links both ways lie in flat lists, so that asking for hundreds of candidates which
 * campaigns advertise them touches no object.
 */
import type { BiddingStrategy, Campaign, CampaignObjective, PacingMethod } from '@rialto/sdk';
import { BitSet } from '../base/bit-set.ts';
import { type Column, float64Column, int32Column, uint8Column } from '../base/column.ts';
import { IntLists } from '../base/int-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { TypedArray } from '../base/typed-array.ts';
import {
  ADJUSTED,
  AUTOMATIC,
  BOUNDED,
  CAPPED,
  CampaignFront,
  FOR_ORDERS,
  LIMITED,
  OPTIMISED,
  PAUSED,
  PAYS_COMMISSION,
  SCHEDULED,
  TARGETED,
} from './campaign-front.ts';
import { CampaignSchedules } from './campaign-schedules.ts';
import { CampaignTargets } from './campaign-targets.ts';
import { Documents } from './documents.ts';
import { KeywordIndex } from './keyword-index.ts';

const NO_END = Number.MAX_SAFE_INTEGER;
const DAYS_PER_WEEK = 7;
const DAY_MULTIPLE = 2;

export const OBJECTIVES = ['views', 'visits', 'sales', 'cost-per-sale'] as const satisfies readonly CampaignObjective[];
/** What is paid for, by objective. */
export const BILLINGS = ['view', 'click', 'order'] as const;
export const STRATEGIES = [
  'manual',
  'maximise-clicks',
  'maximise-conversions',
  'maximise-value',
  'target-cpa',
  'target-roas',
] as const satisfies readonly BiddingStrategy[];

export const PACING_METHODS = ['throttle', 'shade'] as const satisfies readonly PacingMethod[];

const SALES = OBJECTIVES.indexOf('sales');
const BY_ORDER = BILLINGS.indexOf('order');
const MANUAL = STRATEGIES.indexOf('manual');

export type Billing = (typeof BILLINGS)[number];

const BILLING_OF: Readonly<Record<CampaignObjective, Billing>> = {
  views: 'view',
  visits: 'click',
  sales: 'click',
  'cost-per-sale': 'order',
};

/** How what a campaign names becomes rows. */
export interface CampaignNames {
  /** -1 where there is no such listing. */
  readonly listingOf: (id: string) => number;
  readonly shopOf: (id: string) => number;
  /** The words of a keyword, analysed as queries will be. */
  readonly wordsOf: (text: string) => readonly string[];
}

/** In `soleAdvertiser`. */
export const NOBODY = -1;
export const SEVERAL = -2;

export class Campaigns implements Part {
  readonly documents = new Documents<Campaign>('campaigns');

  // Columns, all [campaigns].
  /** Index into `OBJECTIVES`. */
  readonly objective = uint8Column();
  /** Index into `BILLINGS`. */
  readonly billing = uint8Column();
  /** The most for a click, or for a thousand impressions; Infinity where automatic bidding has no cap, 0 for cost per sale. */
  readonly bidMicros = float64Column();
  /** Of cost per sale, else 0. */
  readonly commissionBasisPoints = float64Column();
  /** Index into `STRATEGIES`. */
  readonly strategy = uint8Column();
  /** Of target-cpa in micros, of target-roas a quotient, else 0. */
  readonly target = float64Column();
  readonly dailyBudgetMicros = float64Column();
  readonly weeklyBudgetMicros = float64Column();
  /** Of a seventh of the weekly budget, what one day may take. */
  readonly dayMultiple = float64Column();
  readonly lifetimeBudgetMicros = float64Column();
  /** 1 + index into `PACING_METHODS`; 0 where the campaign leaves it to the placement. */
  readonly pacing = uint8Column();
  readonly active = uint8Column();
  readonly startsAt = float64Column();
  readonly endsAt = float64Column();
  readonly shop = int32Column(-1);
  /** Impressions that one buyer may get within `capHours`; 0 for any number. */
  readonly capImpressions = int32Column();
  readonly capHours = int32Column();
  readonly targets = new CampaignTargets();
  readonly schedules = new CampaignSchedules();
  readonly keywords = new KeywordIndex();
  readonly front = new CampaignFront();
  /** [campaigns]: rows of the listings it advertises, in the order of the document. */
  readonly listings = new IntLists();
  /** [listings]: rows of the campaigns that advertise it, ascending. Shorter where the last listings have none. */
  readonly advertisers = new IntLists();
  /** Rows of the listings that a campaign advertises. */
  readonly #advertised = new BitSet();
  /** The campaign that advertises the listing; `NOBODY` or `SEVERAL` where it is not one. Most have one: it is found in one place. [listings] */
  readonly soleAdvertiser = int32Column(NOBODY);

  get size(): number {
    return this.documents.size;
  }

  put(campaign: Campaign, names: CampaignNames): number {
    const row = this.documents.put(campaign.id, campaign);
    for (const [, column] of this.#columns()) column.resize(row + 1);
    this.listings.reserve(row + 1);
    this.#putTerms(row, campaign);
    this.#putLimits(row, campaign);
    this.shop.data[row] = names.shopOf(campaign.shop);
    this.targets.put(row, campaign);
    this.schedules.put(row, campaign.schedule);
    this.#putKeywords(row, campaign, names.wordsOf);
    this.#putFront(row);
    this.#link(row, new Set(campaign.listings.map(names.listingOf).filter((listing) => listing >= 0)));
    return row;
  }

  #putTerms(row: number, campaign: Campaign): void {
    const objective = campaign.objective ?? 'visits';
    const bidding = campaign.bidding ?? { strategy: 'manual' };
    this.objective.data[row] = OBJECTIVES.indexOf(objective);
    this.billing.data[row] = BILLINGS.indexOf(BILLING_OF[objective]);
    this.bidMicros.data[row] = campaign.bidMicros ?? (objective === 'cost-per-sale' ? 0 : Infinity);
    this.commissionBasisPoints.data[row] = campaign.commissionBasisPoints ?? 0;
    this.strategy.data[row] = STRATEGIES.indexOf(bidding.strategy);
    this.target.data[row] =
      bidding.strategy === 'target-cpa' ? bidding.cpaMicros : bidding.strategy === 'target-roas' ? bidding.roas : 0;
  }

  #putLimits(row: number, campaign: Campaign): void {
    this.dailyBudgetMicros.data[row] = campaign.dailyBudgetMicros ?? Infinity;
    this.weeklyBudgetMicros.data[row] = campaign.weeklyBudgetMicros ?? Infinity;
    this.dayMultiple.data[row] = campaign.dayMultiple ?? DAY_MULTIPLE;
    this.lifetimeBudgetMicros.data[row] = campaign.lifetimeBudgetMicros ?? Infinity;
    this.pacing.data[row] = campaign.pacing === undefined ? 0 : 1 + PACING_METHODS.indexOf(campaign.pacing);
    this.active.data[row] = campaign.status === 'paused' ? 0 : 1;
    this.startsAt.data[row] = campaign.startsAt ?? 0;
    this.endsAt.data[row] = campaign.endsAt ?? NO_END;
    this.capImpressions.data[row] = campaign.frequencyCap?.impressions ?? 0;
    this.capHours.data[row] = campaign.frequencyCap?.hours ?? 0;
  }

  #putFront(row: number): void {
    this.front.put(row, {
      traits: this.#traitsOf(row),
      billing: this.billing.data[row]!,
      dailyBudgetMicros: this.dailyBudgetMicros.data[row]!,
      bidMicros: this.bidMicros.data[row]!,
      shop: this.shop.data[row]!,
    });
  }

  #traitsOf(row: number): number {
    const sales = this.objective.data[row] === SALES;
    const manual = this.strategy.data[row] === MANUAL;
    const limited = this.weeklyBudgetMicros.data[row] !== Infinity || this.lifetimeBudgetMicros.data[row] !== Infinity;
    return (
      (this.active.data[row] === 0 ? PAUSED : 0) |
      (this.startsAt.data[row]! > 0 || this.endsAt.data[row]! < NO_END ? BOUNDED : 0) |
      (this.targets.asks(row) ? TARGETED : 0) |
      (this.schedules.timeZone.data[row]! >= 0 ? SCHEDULED : 0) |
      (this.capImpressions.data[row] !== 0 ? CAPPED : 0) |
      (limited ? LIMITED : 0) |
      (this.targets.adjusts(row) ? ADJUSTED : 0) |
      (manual ? 0 : AUTOMATIC) |
      (sales && manual ? OPTIMISED : 0) |
      (this.commissionBasisPoints.data[row]! > 0 ? PAYS_COMMISSION : 0) |
      (sales || this.billing.data[row] === BY_ORDER ? FOR_ORDERS : 0)
    );
  }

  #putKeywords(row: number, { targeting = {} }: Campaign, wordsOf: CampaignNames['wordsOf']): void {
    const { keywords = [], negativeKeywords = [] } = targeting;
    const analysed = <K extends { text: string }>(keyword: K) => ({ ...keyword, words: wordsOf(keyword.text) });
    this.keywords.put(row, keywords.map(analysed), negativeKeywords.map(analysed));
  }

  /** Analyses all keywords anew: when texts without a language of their own are taken to be in another one. */
  rereadKeywords(wordsOf: CampaignNames['wordsOf']): void {
    for (let row = 0; row < this.size; row++) this.#putKeywords(row, this.documents.at(row), wordsOf);
  }

  #link(row: number, advertised: ReadonlySet<number>): void {
    const before = this.listings.view(row).slice();
    for (const listing of before) if (!advertised.has(listing)) this.advertisers.remove(listing, row);
    const known = new Set(before);
    for (const listing of advertised) {
      if (known.has(listing)) continue;
      if (listing >= this.advertisers.rows) this.advertisers.reserve(listing + 1);
      this.advertisers.insert(listing, row);
    }
    for (const listing of [...before, ...advertised]) this.#mark(listing);
    this.listings.set(row, Int32Array.from(advertised), advertised.size);
  }

  #mark(listing: number): void {
    const { cells, starts, lengths } = this.advertisers;
    const count = lengths[listing]!;
    this.#advertised.set(listing, count > 0);
    this.soleAdvertiser.resize(this.advertisers.rows);
    this.soleAdvertiser.data[listing] = count === 0 ? NOBODY : count === 1 ? cells[starts[listing]!]! : SEVERAL;
  }

  /** Whether any campaign advertises the listing. */
  advertises(listing: number): boolean {
    return this.#advertised.has(listing);
  }

  /** Rows of the campaigns that advertise the listing. A view: valid until the next change. */
  ofListing(listing: number): Int32Array {
    return this.advertisers.view(listing);
  }

  /** Rows of the listings that the campaign advertises. A view: valid until the next change. */
  listingsOf(campaign: number): Int32Array {
    return this.listings.view(campaign);
  }

  /** The most that one UTC day may cost by its daily, weekly and lifetime budgets, whatever was spent on other days. */
  dayLimitMicros(campaign: number): number {
    const share = (this.weeklyBudgetMicros.data[campaign]! * this.dayMultiple.data[campaign]!) / DAYS_PER_WEEK;
    const limit = Math.min(this.dailyBudgetMicros.data[campaign]!, share, this.lifetimeBudgetMicros.data[campaign]!);
    return Math.floor(Math.min(limit, Number.MAX_SAFE_INTEGER));
  }

  save(out: SnapshotWriter): void {
    this.documents.save(out);
    for (const [name, column] of this.#columns()) column.save(out, `campaigns.${name}`);
    this.listings.save(out, 'campaigns.listings');
    this.advertisers.save(out, 'campaigns.advertisers');
    for (const part of [this.targets, this.schedules, this.keywords]) part.save(out);
  }

  load(from: SnapshotReader): void {
    this.documents.load(from);
    for (const [name, column] of this.#columns()) column.load(from, `campaigns.${name}`);
    this.listings.load(from, 'campaigns.listings');
    this.advertisers.load(from, 'campaigns.advertisers');
    for (let listing = 0; listing < this.advertisers.rows; listing++) this.#mark(listing);
    for (const part of [this.targets, this.schedules, this.keywords]) part.load(from);
    for (let row = 0; row < this.size; row++) this.#putFront(row);
  }

  #columns(): readonly (readonly [string, Column<TypedArray>])[] {
    return [
      ['objective', this.objective],
      ['billing', this.billing],
      ['bid', this.bidMicros],
      ['commission', this.commissionBasisPoints],
      ['strategy', this.strategy],
      ['target', this.target],
      ['daily-budget', this.dailyBudgetMicros],
      ['weekly-budget', this.weeklyBudgetMicros],
      ['day-multiple', this.dayMultiple],
      ['lifetime-budget', this.lifetimeBudgetMicros],
      ['pacing', this.pacing],
      ['active', this.active],
      ['starts-at', this.startsAt],
      ['ends-at', this.endsAt],
      ['shop', this.shop],
      ['cap-impressions', this.capImpressions],
      ['cap-hours', this.capHours],
    ] as unknown as readonly (readonly [string, Column<TypedArray>])[];
  }
}
