/** Trains the embedding of listings on baskets of the past and on the words of their titles, and finds each one's neighbours. */
import { int32Column } from '../base/column.ts';
import { Interner } from '../base/interner.ts';
import { Embedding } from '../features/embedding.ts';
import { DEFAULT_ITEM2VEC, type Item2vecInput, trainItem2vec } from '../learning/item2vec.ts';
import { nearestNeighbours } from '../learning/nearest.ts';
import type { Market } from '../market/market.ts';
import { listingTerms } from '../retrieval/listing-terms.ts';
import type { Basket } from './history.ts';

const NEIGHBOURS = 24;
const SIMILARITY_MIN = 0.5;
/** Company of a basket of a thousand says little. */
const BASKET_LISTINGS_MAX = 200;

export function trainEmbedding(market: Market, baskets: readonly Basket[], seed: number): Embedding {
  const vectors = trainItem2vec(
    { items: market.listings.size, ...basketColumns(market, baskets), ...wordColumns(market) },
    { ...DEFAULT_ITEM2VEC, seed },
  );
  const embedding = new Embedding();
  embedding.dimensions = DEFAULT_ITEM2VEC.dimensions;
  embedding.neighboursPerListing = NEIGHBOURS;
  embedding.vectors = vectors;
  Object.assign(embedding, nearestNeighbours(vectors, DEFAULT_ITEM2VEC.dimensions, NEIGHBOURS, SIMILARITY_MIN, seed));
  return embedding;
}

/** Distinct listings of each basket. */
function basketColumns({ listings }: Market, all: readonly Basket[]): Pick<Item2vecInput, 'baskets' | 'basketStarts'> {
  const baskets = int32Column();
  const basketStarts = int32Column();
  for (const basket of all) {
    basketStarts.push(baskets.length);
    for (const id of basket.listings.slice(0, BASKET_LISTINGS_MAX)) baskets.push(listings.ids.find(id));
  }
  basketStarts.push(baskets.length);
  return { baskets: baskets.view(), basketStarts: basketStarts.view() };
}

function wordColumns(market: Market): Pick<Item2vecInput, 'words' | 'itemWords' | 'itemWordStarts'> {
  const words = new Interner('words');
  const itemWords = int32Column();
  const itemWordStarts = int32Column();
  const { listings } = market;
  const { language } = market.settings();
  for (let row = 0; row < listings.size; row++) {
    itemWordStarts.push(itemWords.length);
    for (const { stem } of listingTerms(listings.document(row), language).title) itemWords.push(words.intern(stem));
  }
  itemWordStarts.push(itemWords.length);
  return { words: words.size, itemWords: itemWords.view(), itemWordStarts: itemWordStarts.view() };
}
