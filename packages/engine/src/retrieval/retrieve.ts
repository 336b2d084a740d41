/** All candidate sources of a placement, one after the other, into one set of candidates. */
import type { Source, SourceName } from '@rialto/sdk';
import { inBrief } from '../features/moment.ts';
import type { CandidateSource, RetrievalInput } from './candidate-source.ts';
import { fromCategory } from './category-source.ts';
import { fromNeighbours, fromRecommended, fromTogether, fromViewedTogether } from './evidence-sources.ts';
import { fromHistory } from './history-source.ts';
import { fromPopular } from './popular-source.ts';
import { fromSearch } from './search-source.ts';
import { fromSimilar } from './similar-source.ts';

const BY_NAME: Record<SourceName, CandidateSource> = {
  history: fromHistory,
  together: fromTogether,
  'viewed-together': fromViewedTogether,
  neighbours: fromNeighbours,
  recommended: fromRecommended,
  search: fromSearch,
  similar: fromSimilar,
  category: fromCategory,
  popular: fromPopular,
};

/** In the order in which they are asked where nobody says another one. */
export const SOURCE_NAMES = Object.keys(BY_NAME) as readonly SourceName[];

export function retrieve(sources: readonly Source[], input: RetrievalInput): void {
  for (const { source, limit } of sources) BY_NAME[source](input, inBrief(limit, input.moment));
}
