/** What an entity names must exist, or it is refused: a campaign's shop and listings, a review's listing. */
import type { Campaign, Experiment, Listing, Placement, Ranker, Review, Settings, Targeting } from '@rialto/sdk';
import { type ErrorCode, RialtoError } from '../base/errors.ts';
import type { EntityKind, EntityOf } from '../log/record.ts';
import type { Market } from '../market/market.ts';
import { campaignNames } from './advertise.ts';
import { refuseExperiment } from './experiment-references.ts';
import { checkRankerOf } from './placed-ranker.ts';
import { refuseRanker } from './ranker-references.ts';
import type { State } from './state.ts';

export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

const unknown = (what: string, id: string): Refusal => ({
  code: 'unknown-reference',
  message: `there is no ${what} ${JSON.stringify(id)}: save it first`,
});

export function whyRefused<Kind extends EntityKind>(
  kind: Kind,
  entity: EntityOf[Kind],
  state: Pick<State, 'market' | 'rankers'>,
): Refusal | undefined {
  const { market } = state;
  if (kind === 'campaign') return refuseCampaign(entity as Campaign, market);
  if (kind === 'review') return refuseReview(entity as Review, market);
  if (kind === 'settings') return refuseSettings(entity as Settings, market);
  if (kind === 'experiment') return refuseExperiment(entity as Experiment, state);
  if (kind === 'placement') return refusePlacement(entity as Placement, state);
  if (kind === 'ranker') return refuseRanker(entity as Ranker, state);
  return undefined;
}

function refuseCampaign(campaign: Campaign, market: Market): Refusal | undefined {
  const { listings } = market;
  if (listings.shopIds.find(campaign.shop) < 0) return unknown('shop', campaign.shop);
  const known = market.campaigns.documents.ids.find(campaign.id);
  const present = known < 0 ? campaign.shop : listings.shopIds.text(market.campaigns.shop.data[known]!);
  if (present !== campaign.shop) return ofAnotherShop(campaign, present);
  for (const id of campaign.listings) {
    const row = listings.ids.find(id);
    if (row < 0) return unknown('listing', id);
    const { shop }: Listing = listings.document(row);
    if (shop !== undefined && shop !== campaign.shop) {
      return {
        code: 'unknown-reference',
        message: `listing ${JSON.stringify(id)} belongs to shop ${JSON.stringify(shop)}, not to ${JSON.stringify(campaign.shop)}`,
      };
    }
  }
  return refuseTargeting(campaign.targeting ?? {}, market);
}

/** Refunds of what a campaign was charged find the shop that paid by it. */
function ofAnotherShop({ id, shop }: Campaign, present: string): Refusal {
  const names = [id, present, shop].map((text) => JSON.stringify(text));
  return {
    code: 'bad-request',
    message: `shop: campaign ${names[0]} is of shop ${names[1]}, to which its charges and refunds belong; make another campaign for ${names[2]}`,
  };
}

function refuseTargeting(targeting: Targeting, market: Market): Refusal | undefined {
  const product = targeting.products?.find((id) => market.listings.ids.find(id) < 0);
  if (product !== undefined) return unknown('listing', product);
  const { wordsOf } = campaignNames(market);
  for (const list of ['keywords', 'negativeKeywords'] as const) {
    const index = targeting[list]?.findIndex(({ text }) => wordsOf(text).length === 0) ?? -1;
    if (index < 0) continue;
    const text = JSON.stringify(targeting[list]![index]!.text);
    return {
      code: 'bad-request',
      message: `targeting.${list}[${index}].text: ${text} has no word to match; give letters or digits`,
    };
  }
  return undefined;
}

function refuseReview(review: Review, { listings }: Market): Refusal | undefined {
  return listings.ids.find(review.listing) < 0 ? unknown('listing', review.listing) : undefined;
}

/** Prices are kept in micros of the currency: once there are prices, their currency stays. */
function refuseSettings(settings: Settings, market: Market): Refusal | undefined {
  const { currency } = market.settings();
  if (settings.currency === currency || market.listings.size === 0) return undefined;
  return {
    code: 'currency-mismatch',
    message: `the marketplace's prices are in ${currency}; they cannot become ${settings.currency}`,
  };
}

function refusePlacement(placement: Placement, state: Pick<State, 'market' | 'rankers'>): Refusal | undefined {
  try {
    checkRankerOf(placement, state);
  } catch (error) {
    if (error instanceof RialtoError) return { code: error.code, message: error.message };
    throw error;
  }
  const { slots, adSlots = [] } = placement;
  const outside = adSlots.find((slot) => slot >= slots);
  return outside === undefined
    ? undefined
    : {
        code: 'bad-request',
        message: `ad slot ${outside} lies outside the placement's ${slots} slots (0 to ${slots - 1})`,
      };
}
