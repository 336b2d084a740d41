/** The listings that the buyer's past and the page speak for most: bought together, viewed together, nearest in the embedding. */
import type { Accumulator } from '../features/accumulator.ts';
import type { CandidateSource as SourceName } from '../features/candidates.ts';
import { addAll, type CandidateSource, type RetrievalInput } from './candidate-source.ts';

function addTop({ candidates }: RetrievalInput, sums: Accumulator, limit: number, source: SourceName): void {
  addAll(candidates, sums.touched, sums.top(limit), limit, source);
}

/** Half from the buyer's history, half from the page, the cart or the last order. */
export const fromTogether: CandidateSource = (input, limit) => {
  addTop(input, input.evidence.togetherNow, limit >> 1, 'together');
  addTop(input, input.evidence.together, limit - (limit >> 1), 'together');
};

export const fromViewedTogether: CandidateSource = (input, limit) => addTop(input, input.evidence.viewedTogether, limit, 'viewed-together');

export const fromNeighbours: CandidateSource = (input, limit) => addTop(input, input.evidence.neighbours, limit, 'neighbours');
