/** What the buyer dealt with before, the latest touched first; what was asked to be hidden stays out. */
import { sourceBit } from '../features/candidates.ts';
import type { CandidateSource } from './candidate-source.ts';

const BIT = sourceBit('history');

export const fromHistory: CandidateSource = ({ moment, market: { interactions }, candidates }, limit) => {
  let row = interactions.first(moment.buyer);
  for (let added = 0; row >= 0 && added < limit; row = interactions.next.data[row]!) {
    if (candidates.add(interactions.listing.data[row]!, BIT)) added++;
  }
};
