/** One page as a simulated buyer sees it: what was shown where, what came into view, what was looked at and clicked. */
import type { DecidedItem } from '@rialto/sdk';
import type { Rng } from '../base/rng.ts';
import { attention, positionsOnScreen } from './examination.ts';

export interface SeenItem {
  readonly item: DecidedItem;
  /** In the world's `listings`; -1 for one that the simulator did not make. */
  readonly listing: number;
  /** The truth: of a click, given a look. */
  readonly clickProbability: number;
  readonly onScreen: boolean;
  readonly clicked: boolean;
}

export interface SeenPage {
  readonly at: number;
  readonly decisionId: string;
  /** In the world's `buyers`. */
  readonly buyer: number;
  readonly placement: string;
  /** What the visit is for: a category, or undefined. */
  readonly need: number | undefined;
  readonly items: readonly SeenItem[];
}

/** Goes through a page from the top. `merit` gives a listing's click probability, given a look. */
export function lookAt(
  items: readonly DecidedItem[],
  rng: Rng,
  merit: (item: DecidedItem) => { readonly listing: number; readonly clickProbability: number },
): SeenItem[] {
  const limit = positionsOnScreen(() => rng.unit());
  return items.map((item) => {
    const { listing, clickProbability } = merit(item);
    const onScreen = item.position < limit;
    const clicked = onScreen && rng.unit() < attention(item.position) && rng.unit() < clickProbability;
    return { item, listing, clickProbability, onScreen, clicked };
  });
}
