/**
 * What sells in the page's category and in those below it, then what is looked at, then what came last; without a category, in those of what the
 * buyer dealt with last.
 */
import { sourceBit } from '../features/candidates.ts';
import { addAll, type CandidateSource, type RetrievalInput } from './candidate-source.ts';

/** How many of the buyer's categories speak, and how far back they are looked for. */
const CATEGORIES_MAX = 4;
const HISTORY_MAX = 16;
/** Of a wide category's many, those that came first. */
const BELOW_MAX = 100;
const BIT = sourceBit('category');

export const fromCategory: CandidateSource = (input, limit) => {
  const { category } = input.moment;
  const categories = category >= 0 ? input.market.listings.under(category).slice(0, BELOW_MAX) : ownCategories(input);
  const each = Math.ceil(limit / Math.max(1, categories.length));
  for (const category of categories) addCategory(input, category, each);
};

function addCategory(
  { candidates, signals, scratch, market: { listings } }: RetrievalInput,
  category: number,
  limit: number,
): void {
  const { bought28, viewed7 } = signals.statistics;
  const goal = candidates.reachable + limit;
  for (const window of [bought28, viewed7]) {
    const room = goal - candidates.reachable;
    // Twice the room: many of the top are candidates already.
    if (room > 0)
      addAll(
        candidates,
        scratch,
        window.topOfCategory(category, Math.min(2 * room, scratch.length), scratch),
        room,
        'category',
      );
  }
  let row = listings.firstInCategory(category);
  for (
    let visits = 0;
    row >= 0 && candidates.reachable < goal && visits < 2 * limit;
    visits++, row = listings.nextInCategory.data[row]!
  ) {
    candidates.add(row, BIT);
    if (candidates.size === candidates.listing.length) return;
  }
}

function ownCategories({ moment, market: { interactions, listings } }: RetrievalInput): number[] {
  const found: number[] = [];
  let row = interactions.first(moment.buyer);
  for (
    let i = 0;
    i < HISTORY_MAX && row >= 0 && found.length < CATEGORIES_MAX;
    i++, row = interactions.next.data[row]!
  ) {
    const category = listings.category.data[interactions.listing.data[row]!]!;
    if (category >= 0 && !found.includes(category)) found.push(category);
  }
  return found;
}
