/** The pages of a market of advertisers: many ad slots, and enough organic items between them to be a page. */
import type { Placement } from '@rialto/sdk';

export interface MarketPlacement {
  readonly placement: Placement;
  /** Of all requests. */
  readonly share: number;
  /** Whether whoever comes looks for something of a category. */
  readonly needed: boolean;
}

export const MARKET_PLACEMENTS: readonly MarketPlacement[] = [
  {
    placement: {
      id: 'market-category',
      slots: 8,
      adSlots: [0, 1, 2, 3, 5, 7],
      sources: [{ source: 'category', limit: 8 }],
    },
    share: 0.75,
    needed: true,
  },
  {
    placement: {
      id: 'market-home',
      slots: 8,
      adSlots: [0, 1, 2, 3, 5, 7],
      sources: [{ source: 'popular', limit: 8 }],
    },
    share: 0.25,
    needed: false,
  },
];
