/**
 * The page and the buyer as campaigns' targeting sees them: which terms hold, which keywords the query matches. Made once a
 * request, then told each placement; asking whether a term holds is a look at a stamp. Scratch memory, not state.
 */
import type { DecideRequest } from '@rialto/sdk';
import { buyerKey } from '../market/buyers.ts';
import { termName } from '../market/campaign-targets.ts';
import { KeywordHits } from '../market/keyword-index.ts';
import { categoryPath } from '../market/listings.ts';
import type { Market } from '../market/market.ts';
import type { Moment } from './moment.ts';

export interface AdPageInput {
  readonly request: DecideRequest;
  readonly moment: Moment;
  readonly market: Market;
  /** The query's words, analysed as keywords are; empty without a query. */
  readonly words: readonly string[];
}

/** `ios` and `android` are apps; of `web` nobody knows on what it runs. */
const DEVICES: Readonly<Record<string, string>> = { ios: 'app', android: 'app', web: '' };

export class AdPage {
  readonly hits = new KeywordHits();
  /** Terms of the page's category, those above it, and its listing, as far as campaigns name them. */
  readonly pageTerms: number[] = [];
  hasQuery = false;
  /** Whether a listing's page is open. */
  hasListing = false;
  hasCategory = false;
  /** Whether there is something that listings could go with. */
  hasCompany = false;
  /** Who sees the page, as `buyerKey` says; undefined where nobody can be told apart. */
  viewer: string | undefined;
  #placement = -1;
  #stamps = new Uint32Array(0); // [terms]
  #epoch = 0;
  readonly holds = (term: number): boolean => this.#stamps[term] === this.#epoch || term === this.#placement;

  begin({ request, moment, market, words }: AdPageInput): void {
    const { terms } = market.campaigns.targets;
    if (this.#stamps.length < terms.size || this.#epoch === 0xffffffff) {
      this.#stamps = new Uint32Array(2 * terms.size + 64);
      this.#epoch = 0;
    }
    this.#epoch++;
    this.pageTerms.length = 0;
    this.hasQuery = moment.query !== undefined;
    this.hasListing = moment.listing >= 0;
    this.hasCategory = moment.category >= 0 || request.context?.category !== undefined;
    this.hasCompany = this.hasListing || moment.cart.length > 0;
    this.viewer = buyerKey(request);
    market.campaigns.keywords.match(words, this.hits);
    if (terms.size > 0) this.#markAll(request, moment, market);
  }

  /** The placement that is asked for next. */
  turnTo(placement: string, { campaigns }: Market): void {
    this.#placement = campaigns.targets.terms.find(termName.placement(placement));
  }

  #markAll({ context = {} }: DecideRequest, moment: Moment, market: Market): void {
    const { listings } = market;
    const country = countryOf(context, moment.buyer, market);
    if (country !== undefined) this.#mark(market, termName.country(country));
    if (context.region !== undefined) this.#mark(market, termName.region(context.region));
    const device = deviceOf(context);
    if (device !== '') this.#mark(market, termName.device(device));
    for (const audience of context.audiences ?? []) this.#mark(market, termName.audience(audience));
    const category = context.category ?? (moment.category < 0 ? undefined : listings.categories.text(moment.category));
    if (category !== undefined)
      for (const path of categoryPath(category)) this.#markPage(market, termName.category(path));
    if (moment.listing >= 0) this.#markPage(market, termName.product(listings.ids.text(moment.listing)));
  }

  /** Returns the term, -1 where no campaign names it. */
  #mark({ campaigns }: Market, name: string): number {
    const term = campaigns.targets.terms.find(name);
    if (term >= 0) this.#stamps[term] = this.#epoch;
    return term;
  }

  #markPage(market: Market, name: string): void {
    const term = this.#mark(market, name);
    if (term >= 0) this.pageTerms.push(term);
  }
}

type Context = NonNullable<DecideRequest['context']>;

/** Where the buyer is, or was last seen; undefined where nobody knows. `buyer`: its row, or -1. */
export function countryOf(context: Context, buyer: number, { buyers }: Market): string | undefined {
  const own = context.country !== undefined || buyer < 0 ? -1 : buyers.country.data[buyer]!;
  return context.country ?? (own < 0 ? undefined : buyers.countries.text(own));
}

/** One of the devices that campaigns name; '' where nobody knows. */
export function deviceOf({ device }: Context): string {
  return device === undefined ? '' : (DEVICES[device] ?? device);
}
