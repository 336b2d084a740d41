/** What sells in the page's category; without one, in the categories of what the buyer dealt with last. */
import { addAll, type CandidateSource } from './candidate-source.ts';

/** How many of the buyer's categories speak, and how far back they are looked for. */
const CATEGORIES_MAX = 4;
const HISTORY_MAX = 16;

export const fromCategory: CandidateSource = (input, limit) => {
  const categories = input.moment.category >= 0 ? [input.moment.category] : ownCategories(input);
  const each = Math.ceil(limit / Math.max(1, categories.length));
  const { bought28, viewed7 } = input.signals.statistics;
  for (const category of categories) {
    const goal = input.candidates.size + each;
    for (const window of [bought28, viewed7]) {
      const room = goal - input.candidates.size;
      if (room > 0)
        addAll(
          input.candidates,
          input.scratch,
          window.topOfCategory(category, Math.min(2 * room, input.scratch.length), input.scratch),
          room,
          'category',
        );
    }
  }
};

function ownCategories({ moment, market: { interactions, listings } }: Parameters<CandidateSource>[0]): number[] {
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
