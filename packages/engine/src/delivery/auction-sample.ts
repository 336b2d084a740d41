/**
 * A sample of the pages on which a campaign might have been shown, each decided again to see what it could have won there. Which
 * decisions are looked at follows from their ids, so the same log gives the same sample.
 *
 * The sample is bounded: whenever it is full, half of it is dropped and decisions are looked at half as often. Each auction
 * that is kept stands for 1 / share of them.
 */
import { whyIneligible } from '../ads/eligibility.ts';
import { placementPacing } from '../ads/pacing-method.ts';
import { NOT_COMPLEMENTARY } from '../ads/targeting.ts';
import { hashUnit } from '../base/hash.ts';
import { millis } from '../base/units.ts';
import { resolveMoment } from '../features/moment.ts';
import type { DecisionRecord } from '../log/record.ts';
import type { AdAuction, AuctionAdsInput, AuctionProbe, CampaignLadder } from './auction-ads.ts';
import { decide, turnToPage } from './decide.ts';
import { inputOf } from './decision-record.ts';
import type { State } from './state.ts';
import { Workspace } from './workspace.ts';

const SEED = 0x5a3b;

export interface SampledAuction extends CampaignLadder {
  readonly at: number;
}

interface SampledPage {
  readonly unit: number;
  readonly auctions: readonly SampledAuction[];
}

export class AuctionSample implements AuctionProbe {
  readonly campaign: number;
  readonly #pagesMax: number;
  readonly #workspace = new Workspace();
  #share: number;
  #pages: SampledPage[] = [];
  #found: SampledAuction[] = [];
  #at = 0;
  /** Decisions made again. */
  replayed = 0;
  /** Decisions looked at. */
  lookedAt = 0;
  /** Placements with ad slots, and those that the campaign may bid on: estimates of all there were. */
  opportunities = 0;
  eligible = 0;
  readonly reasons = new Map<string, number>();

  /** `share` of the decisions are looked at to begin with. */
  constructor(campaign: number, { pagesMax, share }: { readonly pagesMax: number; readonly share: number }) {
    this.campaign = campaign;
    this.#pagesMax = pagesMax;
    this.#share = share;
  }

  get share(): number {
    return this.#share;
  }

  auctions(): SampledAuction[] {
    return this.#pages.flatMap(({ auctions }) => auctions);
  }

  /** Looks at a decision before its record is applied. */
  consider(state: State, record: DecisionRecord): void {
    const unit = hashUnit(SEED, record.id);
    if (unit >= this.#share) return;
    this.lookedAt++;
    if (!this.#mayShow(state, record)) return;
    this.#found = [];
    this.#at = record.at;
    this.replayed++;
    decide(state, inputOf(record), this.#workspace, { probe: this });
    if (this.#found.length === 0) return;
    this.#pages.push({ unit, auctions: this.#found });
    while (this.#pages.length > this.#pagesMax) {
      this.#share /= 2;
      this.#pages = this.#pages.filter((page) => page.unit < this.#share);
    }
  }

  look(input: AuctionAdsInput, auction: AdAuction): void {
    const ladder = auction.ladder(input, this.campaign);
    if (ladder !== undefined) this.#found.push({ ...ladder, at: this.#at });
  }

  /** Whether any placement of the page is one that the campaign may bid on. Placements that are gone cannot be asked. */
  #mayShow(state: State, { at, request }: DecisionRecord): boolean {
    const { market, books, pacing, frequency, signals } = state;
    const placements = request.placements.map((placement) => market.placements.get(placement));
    if (placements.includes(undefined)) return false;
    const moment = resolveMoment(request, millis(at), signals.lastEventAt, market);
    turnToPage(this.#workspace, { state, request, moment });
    const { page } = this.#workspace;
    const input = { campaigns: market.campaigns, page, books, pacing, frequency, at: millis(at), pacingSeed: 0 };
    let some = false;
    for (const placement of placements) {
      if ((placement!.adSlots ?? []).length === 0) continue;
      page.turnTo(placement!.id, market);
      const method = placementPacing(placement!);
      const reason = whyIneligible(this.campaign, { ...input, method, unlimited: this.campaign });
      this.opportunities += 1 / this.#share;
      if (reason !== null && reason !== NOT_COMPLEMENTARY) {
        this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1 / this.#share);
        continue;
      }
      this.eligible += 1 / this.#share;
      some = true;
    }
    return some;
  }
}
