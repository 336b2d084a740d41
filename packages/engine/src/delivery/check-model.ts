/** Whether this version of Rialto can serve a model: the bytes are read as they would be to serve, and let go. */
import { RialtoError } from '../base/errors.ts';
import { Embedding } from '../features/embedding.ts';
import { Heads, headsNameOf } from '../ranking/action-heads.ts';
import { rankerNameOf } from '../ranking/named-rankers.ts';
import { RankerModel } from '../ranking/ranker.ts';
import { SOURCES_MODEL, unpackSources } from '../retrieval/learned-sources.ts';
import { EMBEDDING, RANKER } from './model-family.ts';

/** `listings`: how many the market has. Throws `bad-model`. */
export function checkModel(name: string, bytes: Uint8Array, listings: number): void {
  if (name === RANKER || rankerNameOf(name) !== undefined) new RankerModel().replace(bytes);
  else if (headsNameOf(name) !== undefined) new Heads(bytes);
  else if (name === SOURCES_MODEL) unpackSources(bytes);
  else if (name === EMBEDDING) new Embedding().unpack(bytes, listings);
  else throw new RialtoError('bad-model', `no part of the engine is served by a model named ${JSON.stringify(name)}`);
}
