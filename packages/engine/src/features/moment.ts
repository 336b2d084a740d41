/** A request resolved to rows of the state: who is here, where, and what for. -1 stands for unknown or not given. */
import type { DecideRequest } from '@rialto/sdk';
import type { Millis } from '../base/units.ts';
import { buyerKey } from '../market/buyers.ts';
import type { Market } from '../market/market.ts';

export interface Moment {
  /** When it is decided. */
  readonly at: Millis;
  /** What features measure ages against: `at`, or the time of the last event where the log ends before. */
  readonly featureAt: number;
  readonly buyer: number;
  /** The listing whose page is open. */
  readonly listing: number;
  readonly category: number;
  /** Listing rows. */
  readonly cart: readonly number[];
  readonly country: number;
  readonly query: string | undefined;
  readonly language: string;
  /** As the request has it. */
  readonly device: NonNullable<DecideRequest['context']>['device'] | undefined;
  /** As `Shipping.to` gives it for where the buyer is; undefined where nobody knows, or all is sent everywhere. */
  readonly ships: Uint8Array | undefined;
  /** Decided in brief: with fewer of the buyer's dealings and fewer candidates (`inBrief`). */
  readonly brownout: boolean;
}

/** Of what a decision looks at, one in brief looks at one in so many. */
const BROWNOUT_SHARE = 4;

/** How many are looked at, of `limit` where there is time for all. */
export const inBrief = (limit: number, { brownout }: Pick<Moment, 'brownout'>): number =>
  brownout ? Math.ceil(limit / BROWNOUT_SHARE) : limit;

export function resolveMoment(
  request: DecideRequest,
  at: Millis,
  lastEventAt: number,
  market: Market,
  brownout = false,
): Moment {
  const context = request.context ?? {};
  const key = buyerKey(request);
  const buyer = key === undefined ? -1 : market.buyers.keys.find(key);
  const listing = context.listing === undefined ? -1 : market.listings.ids.find(context.listing);
  const ownCountry = buyer < 0 ? -1 : market.buyers.country.data[buyer]!;
  const countryName = context.country ?? (ownCountry < 0 ? undefined : market.buyers.countries.text(ownCountry));
  return {
    at,
    featureAt: lastEventAt > 0 ? Math.min(at, lastEventAt) : at,
    buyer,
    listing,
    category:
      context.category !== undefined
        ? market.listings.categories.find(context.category)
        : listing < 0
          ? -1
          : market.listings.category.data[listing]!,
    cart: (context.cart ?? []).map((id) => market.listings.ids.find(id)).filter((row) => row >= 0),
    country: context.country === undefined ? ownCountry : market.buyers.countries.find(context.country),
    query: context.query,
    language: context.language ?? market.settings().language,
    device: context.device,
    ships: countryName === undefined ? undefined : market.listings.shipping.to(countryName),
    brownout,
  };
}
