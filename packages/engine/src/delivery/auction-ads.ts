/**
 * The ads of one placement: campaigns that advertise a candidate, filtered, then auctioned for the ad slots.
 *
 *     quality = click rate of the listing, smoothed × σ(ranker's score)
 *
 * The first factor stands for how often it is clicked, the second for how much it suits this buyer.
 */
import type { DropReason, Placement } from '@rialto/sdk';
import { dropReason, runAuction } from '../ads/auction.ts';
import { whyIneligible } from '../ads/eligibility.ts';
import { hash32 } from '../base/hash.ts';
import { dayOf, MICROS_PER_CENT } from '../base/units.ts';
import type { Candidates } from '../features/candidates.ts';
import type { Moment } from '../features/moment.ts';
import type { State } from './state.ts';

const PRIOR_CLICKS = 2;
const PRIOR_IMPRESSIONS = 100;

export interface AdOffer {
  readonly candidate: number;
  /** Row of the campaign. */
  readonly campaign: number;
  readonly bidMicros: number;
  readonly priceMicros: number;
  readonly dropped: DropReason | undefined;
}

export interface Auctioned {
  /** In rank order. */
  readonly winners: readonly AdOffer[];
  readonly losers: readonly AdOffer[];
}

export const NO_ADS: Auctioned = { winners: [], losers: [] };

interface AuctionInput {
  readonly state: State;
  readonly moment: Moment;
  readonly placement: Placement;
  readonly candidates: Candidates;
  readonly decisionId: string;
}

export function auctionAds(input: AuctionInput): Auctioned {
  const { state, placement, candidates, decisionId } = input;
  const { open, closed } = collectOffers(input);
  if (open.length === 0) return { winners: [], losers: closed };
  const { campaigns } = state.market;
  const { winners, pricesMicros, outcomes } = runAuction({
    bidsMicros: Float64Array.from(open, ({ campaign }) => campaigns.bidMicros.data[campaign]!),
    qualities: Float64Array.from(open, ({ candidate }) => quality(candidate, candidates, state)),
    shops: Int32Array.from(open, ({ campaign }) => campaigns.shop.data[campaign]!),
    priorities: Uint32Array.from(open, ({ campaign }) => hash32(decisionId, campaign)),
    slots: placement.adSlots?.length ?? 0,
    reserveMicros: placement.reserveMicros ?? MICROS_PER_CENT,
  });
  return {
    winners: [...winners].map((i, rank) => ({ ...open[i]!, priceMicros: pricesMicros[rank]! })),
    losers: [
      ...closed,
      ...open.flatMap((offer, i) =>
        dropReason(outcomes[i]!) === null ? [] : [{ ...offer, dropped: dropReason(outcomes[i]!)! }],
      ),
    ],
  };
}

/** Every campaign of every candidate that may be shown: those that may bid, and those that may not with the reason. */
function collectOffers({ state, moment, placement, candidates }: AuctionInput): { open: AdOffer[]; closed: AdOffer[] } {
  const { campaigns } = state.market;
  const open: AdOffer[] = [];
  const closed: AdOffer[] = [];
  if (campaigns.size === 0) return { open, closed };
  const day = dayOf(moment.at);
  for (let candidate = 0; candidate < candidates.size; candidate++) {
    for (const campaign of campaigns.ofListing(candidates.listing[candidate]!)) {
      const dropped =
        candidates.dropped[candidate] ??
        whyIneligible(
          {
            active: campaigns.active.data[campaign] === 1,
            startsAt: campaigns.startsAt.data[campaign]!,
            endsAt: campaigns.endsAt.data[campaign]!,
            targeted: campaigns.placements[campaign]?.has(placement.id) ?? true,
            dailyBudgetMicros: campaigns.dailyBudgetMicros.data[campaign]!,
            spentMicros: state.ledger.spentMicros(campaign, day),
          },
          moment.at,
        ) ??
        undefined;
      const offer = { candidate, campaign, bidMicros: campaigns.bidMicros.data[campaign]!, priceMicros: 0, dropped };
      (dropped === undefined ? open : closed).push(offer);
    }
  }
  return { open, closed };
}

function quality(candidate: number, candidates: Candidates, { signals: { statistics } }: State): number {
  const listing = candidates.listing[candidate]!;
  const clicks = statistics.clicks.data[listing] ?? 0;
  const impressions = statistics.impressions.data[listing] ?? 0;
  const clickRate = (clicks + PRIOR_CLICKS) / (Math.max(impressions, clicks) + PRIOR_IMPRESSIONS);
  // Bounded, so that no score is zero.
  const suits = 1 / (1 + Math.exp(-Math.min(30, Math.max(-30, candidates.score[candidate]!))));
  return clickRate * suits;
}
