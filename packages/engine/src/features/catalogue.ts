/** All features, in the order of the model's columns. Adding or moving one means training anew: models carry the names. */
import { buyerLastOrder } from './buyer-last-order.ts';
import { buyerLines } from './buyer-lines.ts';
import { buyerOrders } from './buyer-orders.ts';
import { buyerRepeats } from './buyer-repeats.ts';
import { clickRate } from './click-rate.ts';
import { countryAffinity } from './country-affinity.ts';
import type { Feature } from './feature.ts';
import { followsLastOrder } from './follows-last-order.ts';
import { goesWithHistory } from './goes-with-history.ts';
import { goesWithNow } from './goes-with-now.ts';
import { lastSold } from './last-sold.ts';
import { likeAtHand } from './like-at-hand.ts';
import { nearHistory } from './near-history.ts';
import { ownCart } from './own-cart.ts';
import { ownDue } from './own-due.ts';
import { ownFirstPurchase } from './own-first-purchase.ts';
import { ownLastPurchase } from './own-last-purchase.ts';
import { ownOrdersSince } from './own-orders-since.ts';
import { ownPieces } from './own-pieces.ts';
import { ownPurchaseRate } from './own-purchase-rate.ts';
import { ownPurchases } from './own-purchases.ts';
import { ownViews } from './own-views.ts';
import { piecesPerPurchase } from './pieces-per-purchase.ts';
import { popularity } from './popularity.ts';
import { popularity7Days } from './popularity-7-days.ts';
import { popularity28Days } from './popularity-28-days.ts';
import { price } from './price.ts';
import { priceForBuyer } from './price-for-buyer.ts';
import { queryMatch } from './query-match.ts';
import { rating } from './rating.ts';
import { repeatRate } from './repeat-rate.ts';
import { sameCategory } from './same-category.ts';
import { trend } from './trend.ts';
import { viewedWith } from './viewed-with.ts';
import { views7Days } from './views-7-days.ts';

export const FEATURES: readonly Feature[] = [
  popularity,
  popularity28Days,
  popularity7Days,
  trend,
  lastSold,
  repeatRate,
  piecesPerPurchase,
  price,
  priceForBuyer,
  countryAffinity,
  views7Days,
  clickRate,
  rating,
  ownPurchases,
  ownPurchaseRate,
  ownOrdersSince,
  ownLastPurchase,
  ownFirstPurchase,
  ownDue,
  ownPieces,
  ownViews,
  ownCart,
  goesWithHistory,
  goesWithNow,
  followsLastOrder,
  viewedWith,
  nearHistory,
  queryMatch,
  likeAtHand,
  sameCategory,
  buyerRepeats,
  buyerLastOrder,
  buyerOrders,
  buyerLines,
];

export const FEATURE_NAMES: readonly string[] = FEATURES.map((feature) => feature.name);
