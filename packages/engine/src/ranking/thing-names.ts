/**
 * What an objective may count of what is no listing, and which fields of a ranker make sense for it. The numbers are the factors of the thing's own score,
 * as an explanation tells them, so that the score without a ranker can be written as an objective:
 *
 *     queries  used*(0.2*click + 0.3*cart + 0.5*purchase)      reviews  length*age*votes*language
 *     shops    chance*lift                                     modules  rate*drawn*stage             signals  strength
 */
import type { Ranked, Ranker } from '@rialto/sdk';

/** Something else than listings. */
export type RankedThing = Exclude<Ranked, 'listings'>;

export const NAMES_OF: Readonly<Record<RankedThing, readonly string[]>> = {
  signals: ['strength', 'in_carts', 'only_left', 'sold_this_week', 'price_dropped'],
  queries: ['used', 'value', 'click', 'cart', 'purchase', 'searches'],
  reviews: ['length', 'age', 'votes', 'language', 'rating'],
  shops: ['chance', 'share', 'lift', 'click', 'cart', 'purchase', 'hide', 'price'],
  modules: ['rate', 'drawn', 'stage', 'configured'],
};

/** What they are ranked by without a ranker. */
export const OBJECTIVE_OF: Readonly<Record<RankedThing, string>> = {
  signals: 'strength',
  queries: 'used*value',
  reviews: 'length*age*votes*language',
  shops: 'chance*lift',
  modules: 'rate*drawn*stage',
};

const LED_TO = {
  click: 'led to a click',
  cart: 'led to a cart',
  purchase: 'led to an order',
};

/** The names, for people. */
export const WORDS_OF: Readonly<Record<RankedThing, Readonly<Record<string, string>>>> = {
  signals: { strength: 'strong' },
  queries: { ...LED_TO, used: 'likely to be used', value: 'led to something', searches: 'searched for often' },
  reviews: {
    length: 'says much',
    age: 'new',
    votes: 'found helpful',
    language: "in the buyer's language",
    rating: 'stars',
  },
  shops: {
    chance: "has what the buyer would choose, with a new shop's help",
    share: 'has what the buyer would choose',
    lift: 'used more than expected',
    click: 'its listings would be clicked',
    cart: 'its listings would be put into the cart',
    purchase: 'its listings would be bought',
    hide: 'its listings would be hidden',
    price: 'price of its listings',
  },
  modules: {
    rate: 'used on this page',
    drawn: 'used more than others, as far as is known, with a draw',
    stage: "used by visitors of the buyer's stage",
    configured: 'early in the configured order',
  },
};

/** Why a field is none of theirs. */
const SENSELESS: Readonly<Record<RankedThing, Readonly<Partial<Record<keyof Ranker, string>>>>> = (() => {
  const noListings = {
    sources: 'sources bring listings',
    rules: 'rules speak of listings',
    model: 'models score listings',
    fallback: 'a fallback serves where a model is missing, and models score listings',
    latencyBudgetMs: 'it costs no features that could be left out',
  };
  return {
    signals: {
      ...noListings,
      diversity: 'a claim is like no other',
      exploration: 'a claim that holds is told, not drawn',
    },
    queries: noListings,
    reviews: noListings,
    shops: {},
    modules: { ...noListings, diversity: 'nothing is known of how alike modules are' },
  };
})();

/** What is wrong with the ranker's fields for what it ranks, with the field's name; undefined where nothing is. */
export function senselessField(ranks: RankedThing, ranker: Ranker): string | undefined {
  const why = SENSELESS[ranks];
  const field = (Object.keys(why) as (keyof Ranker)[]).find((name) => ranker[name] !== undefined);
  if (field !== undefined) return `${field}: a ranker of ${ranks} has none, for ${why[field]}`;
  if (ranker.defaults !== undefined)
    return `defaults: a ranker of ${ranks} has none, for its objective names no attributes of listings`;
  if (ranker.exploration?.method === 'newcomers')
    return `exploration.method: "newcomers" are listings; a ranker of ${ranks} draws by "epsilon" or "plackett-luce"`;
  const { by } = ranker.diversity ?? {};
  if (ranks !== 'shops' && by !== undefined) return `diversity.by: ${ranks} are compared by their words alone`;
  if (by?.includes('shop')) return 'diversity.by: shops are compared by embedding and category, not by "shop"';
  const rule = ranker.rules?.find(({ rule }) => rule === 'pin' || rule === 'max-per-shop');
  return rule && `rules: "${rule.rule}" places listings; a ranker of shops has none`;
}
