/**
 * Shops by the listings that speak for them. Where listings are chosen by a conditional logit with utilities u (the ranker's scores
 * are such), the chance that the choice falls on a shop is the sum over its listings,
 *
 *     P(shop) = Σ_{i of the shop} e^{u_i} / Σ_j e^{u_j}
 *
 * times how often the shop was used where it was seen against what was to be expected (`used-lift.ts`). For a shop that came within
 * 30 days that factor is drawn, and its chance counts for at least an average shop's until it has been seen for a while.
 */
import { drawLift, meanLift, type Usage } from './used-lift.ts';

export const NEW_MS = 30 * 86_400_000;
/** Times seen after which half of a new shop's help is gone. */
const NEW_SEEN_HALF = 50;
const EVIDENCE_MAX = 3;

export interface ShopListing {
  readonly shop: number;
  readonly listing: number;
  /** In log-odds. */
  readonly score: number;
}

export interface ShopKnowledge extends Usage {
  readonly seen: number;
  readonly isNew: boolean;
  /** In [0, 1): the buyer's own chance for it; undefined where nothing is to be left to chance. */
  readonly draw: number | undefined;
}

export interface RankedShop {
  readonly shop: number;
  readonly score: number;
  readonly factors: Readonly<Record<string, number>>;
  readonly isNew: boolean;
  /** The listings that speak most for it. */
  readonly listings: readonly number[];
}

/** Best first. */
export function rankShops(
  listings: readonly ShopListing[],
  knowledgeOf: (shop: number) => ShopKnowledge,
): RankedShop[] {
  const top = listings.reduce((most, { score }) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const byShop = new Map<number, ShopListing[]>();
  let total = 0;
  for (const one of listings) {
    total += Math.exp(one.score - top);
    const others = byShop.get(one.shop);
    if (others) others.push(one);
    else byShop.set(one.shop, [one]);
  }
  const ranked = [...byShop].map(([shop, own]): RankedShop => {
    const share = own.reduce((sum, { score }) => sum + Math.exp(score - top), 0) / total;
    const known = knowledgeOf(shop);
    const help = known.isNew ? NEW_SEEN_HALF / (NEW_SEEN_HALF + known.seen) / byShop.size : 0;
    const lift = known.isNew && known.draw !== undefined ? drawLift(known, 1, known.draw) : meanLift(known, 1);
    const chance = Math.max(share, help);
    own.sort((a, b) => b.score - a.score || a.listing - b.listing);
    return {
      shop,
      score: chance * lift,
      factors: { share, help, chance, lift, seen: known.seen },
      isNew: known.isNew,
      listings: own.slice(0, EVIDENCE_MAX).map(({ listing }) => listing),
    };
  });
  return ranked.sort((a, b) => b.score - a.score || a.shop - b.shop);
}
