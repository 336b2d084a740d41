import { type Feature, listingFeature } from './feature.ts';
import { ratioScale } from './scales.ts';

const PRIOR = 20;

/** How much more it is bought in the buyer's country than everywhere: 0.5 = as much. */
export const countryAffinity: Feature = listingFeature('country-affinity', "bought more in the buyer's country", 1, (listing, { signals: { statistics }, moment }) => {
  const all = statistics.purchases.data[listing] ?? 0;
  if (moment.country < 0 || all === 0) return 0.5;
  const share = all / statistics.totalPurchases;
  const here = (statistics.purchasesFrom(moment.country, listing) + PRIOR * share) / ((statistics.countryPurchases.data[moment.country] ?? 0) + PRIOR);
  return ratioScale(here / share, 5);
});
