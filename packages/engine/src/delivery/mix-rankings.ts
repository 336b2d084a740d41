/**
 * The organic items of a placement whose experiment interleaves two rankers: both rank the same candidates under the same rules, the
 * shop limit too, and the list is made of both rankings (`experiments/interleaving.ts`). Pinned items speak for neither.
 */
import type { InterleaveMethod, Placement } from '@rialto/sdk';
import { hash32 } from '../base/hash.ts';
import { balanced, teamDraft } from '../experiments/interleaving.ts';
import type { FeatureInput } from '../features/feature.ts';
import type { InterleavedRecord } from '../log/record.ts';
import { type ArrangeInput, arrange, withinShops } from '../ranking/arrange.ts';
import type { FeatureMatrix } from '../ranking/feature-matrix.ts';
import { scoreCandidates } from '../ranking/ranker.ts';
import type { DecisionItem } from './decision.ts';
import type { State } from './state.ts';

/** What a request's placement is to be mixed of. */
export interface RankerMix {
  readonly experiment: string;
  readonly version: number;
  readonly unit: string;
  readonly method: InterleaveMethod;
  /** The second ranker's name; the one that serves where absent. The first is the placement's. */
  readonly second: string | undefined;
}

export interface Mixed {
  /** Candidate indexes by organic place. */
  readonly organic: readonly number[];
  /** By candidate: the ranker that it speaks for, and its places in both rankings, from 1 on, 0 where it has none. */
  readonly team: ReadonlyMap<number, number>;
  readonly first: readonly number[];
  readonly second: readonly number[];
}

export interface MixInput extends ArrangeInput {
  readonly mix: RankerMix;
  readonly state: State;
  readonly placement: Placement;
  readonly matrix: FeatureMatrix;
  readonly features: FeatureInput;
  readonly decisionId: string;
}

/** Longer than the list, since the shop limit may take some out again. */
const DEPTH = 2;

/** The candidates are scored by the first ranker, and are left so. */
export function mixRankings(input: MixInput): Mixed {
  const { candidates, rules, pinned, places, mix, state, placement, matrix, features, decisionId } = input;
  const open = candidates.dropped.slice(0, candidates.size);
  const scores = candidates.score.slice(0, candidates.size);
  const reopen = (): void => {
    for (let i = 0; i < open.length; i++) candidates.dropped[i] = open[i];
  };
  const unpinned = { ...input, pinned: new Map<number, number>(), places: DEPTH * places };
  const ranking = (): readonly number[] => {
    for (const candidate of pinned.values()) candidates.dropped[candidate] = 'outranked';
    const ranked = arrange(unpinned);
    reopen();
    return ranked;
  };
  const first = ranking();
  const ranker = mix.second;
  const { ranker: _first, ...rest } = placement;
  scoreCandidates(state.rankerOf(ranker === undefined ? rest : { ...rest, ranker }), matrix, features, rules);
  const second = ranking();
  matrix.fill(features);
  candidates.score.set(scores);
  const coin = { seed: hash32(mix.experiment), name: decisionId };
  const draft = mix.method === 'team-draft' ? teamDraft(first, second, DEPTH * places, coin) : undefined;
  const items = draft?.items ?? balanced(first, second, DEPTH * places, coin);
  const organic = withinShops(input, items);
  return { organic, team: new Map(items.map((item, i) => [item, draft?.team[i] ?? 0])), first, second };
}

/** What the log keeps of it. `items` are in their final order. */
export function mixRecord(
  { experiment, version, unit, method }: RankerMix,
  { team, first, second }: Mixed,
  { listingOf, items }: { readonly listingOf: Int32Array; readonly items: readonly DecisionItem[] },
): InterleavedRecord {
  const placeIn = (ranking: readonly number[]): Map<number, number> =>
    new Map(ranking.map((candidate, place) => [listingOf[candidate]!, place + 1]));
  const teams = new Map([...team].map(([candidate, side]) => [listingOf[candidate]!, side]));
  const places = [placeIn(first), placeIn(second)] as const;
  const organic = items.map(({ listing, campaign }) => (campaign === '' ? listing : -1));
  return {
    experiment,
    version,
    unit,
    method,
    ...(method === 'team-draft' && { teams: organic.map((listing) => teams.get(listing) ?? 0) }),
    first: organic.map((listing) => (teams.has(listing) ? (places[0].get(listing) ?? 0) : 0)),
    second: organic.map((listing) => (teams.has(listing) ? (places[1].get(listing) ?? 0) : 0)),
  };
}
