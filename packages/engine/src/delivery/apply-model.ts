/** A model's record applied: what it makes serve, and what the registry keeps of it. */
import { RialtoError } from '../base/errors.ts';
import { Embedding } from '../features/embedding.ts';
import type { ModelRecord } from '../log/record.ts';
import { headsNameOf } from '../ranking/action-heads.ts';
import { rankerNameOf } from '../ranking/named-rankers.ts';
import { SOURCES_MODEL } from '../retrieval/learned-sources.ts';
import { EMBEDDING, RANKER } from './model-family.ts';
import { serveEmbedding } from './read-model.ts';
import type { State } from './state.ts';

/** What placements of a canary's buyers ask for. */
const CANARY = 'canary';

/** The named ranker that a canary of the model is served as; undefined for what is no ranker. */
export function canaryOf(model: string): string | undefined {
  if (model === RANKER) return CANARY;
  const named = rankerNameOf(model);
  return named === undefined ? undefined : `${CANARY}.${named}`;
}

/** Whether the named ranker is one of `canaryOf`. */
export const isCanary = (ranker: string): boolean => ranker === CANARY || ranker.startsWith(`${CANARY}.`);

/** Records that are one change are applied with the last of them. */
export function applyModel(state: State, record: ModelRecord): void {
  const records = state.modelParts.take(record);
  const first = state.offset + 1 - records.length;
  records.forEach((one, i) => {
    applyOne(state, one, first + i);
  });
}

/** A model that this version cannot serve, because it was made for another, leaves the one before in place. */
function applyOne(state: State, record: ModelRecord, offset: number): void {
  const status = record.change?.status ?? 'serving';
  let refusal: string | undefined;
  try {
    if (status === 'serving') serveModel(state, record.name, record.bytes);
    else if (status === 'canary') state.rankers.replace(canaryOf(record.name)!, record.bytes);
    if (status === 'serving') state.tally.modelsServed++;
    if (record.change?.withdrawn === true) withdrawModel(state, record.name);
  } catch (error) {
    if (!(error instanceof RialtoError)) throw error;
    refusal = error.message;
    state.tally.modelsRefused++;
  }
  state.models.note(record, offset, refusal);
}

/** Nothing serves under the name any more: heads have their priors, placements their own sources, and nobody neighbours. */
export function withdrawModel(
  { heads, learnedSources, signals }: Pick<State, 'heads' | 'learnedSources' | 'signals'>,
  name: string,
): void {
  const headed = headsNameOf(name);
  if (headed !== undefined) heads.remove(headed);
  else if (name === SOURCES_MODEL) learnedSources.clear();
  else if (name === EMBEDDING) Object.assign(signals.embedding, new Embedding());
}

type ServedModels = Pick<State, 'market' | 'ranker' | 'rankers' | 'heads' | 'learnedSources' | 'signals'>;

/** Throws `bad-model`; what served before stays. */
export function serveModel(
  { market, ranker, rankers, heads, learnedSources, signals }: ServedModels,
  name: string,
  bytes: Uint8Array,
): void {
  const named = rankerNameOf(name);
  const headed = headsNameOf(name);
  if (name === RANKER) ranker.replace(bytes);
  else if (named !== undefined) rankers.replace(named, bytes);
  else if (headed !== undefined) heads.replace(headed, bytes);
  else if (name === SOURCES_MODEL) learnedSources.replace(bytes);
  else serveEmbedding(signals.embedding, bytes, market.listings.size);
}
