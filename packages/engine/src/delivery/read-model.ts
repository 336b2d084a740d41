/**
 * A model's bytes, read as they are to serve. An embedding of a large catalogue takes as long as some hundred decisions: that is for a thread of its own,
 * which hands over what it read (model-bytes.ts), so that the record with these bytes is applied without reading them again.
 */
import { RialtoError } from '../base/errors.ts';
import { Embedding } from '../features/embedding.ts';
import { Heads, headsNameOf } from '../ranking/action-heads.ts';
import { rankerNameOf } from '../ranking/named-rankers.ts';
import { RankerModel } from '../ranking/ranker.ts';
import { SOURCES_MODEL, unpackSources } from '../retrieval/learned-sources.ts';
import { digestOf, type ReadModel, remembered } from './model-bytes.ts';
import { EMBEDDING, RANKER } from './model-family.ts';

/** `listings`: how many the market has. Throws `bad-model` where this version cannot serve the model. */
export function readModel(name: string, bytes: Uint8Array, listings: number): ReadModel {
  const before = remembered(bytes);
  if (before !== undefined) return before;
  const digest = digestOf(bytes);
  if (name === EMBEDDING) {
    const embedding = new Embedding();
    embedding.unpack(bytes, listings);
    return { digest, embedding };
  }
  if (name === RANKER || rankerNameOf(name) !== undefined) new RankerModel().replace(bytes);
  else if (headsNameOf(name) !== undefined) new Heads(bytes);
  else if (name === SOURCES_MODEL) unpackSources(bytes);
  else throw new RialtoError('bad-model', `no part of the engine is served by a model named ${JSON.stringify(name)}`);
  return { digest };
}

/** The memory of what was read, which need not be copied to hand it to another thread. */
export function memoryOf({ embedding }: ReadModel): ArrayBuffer[] {
  if (embedding === undefined) return [];
  const { vectors, neighbours, similarities, graph, pageGraph } = embedding as Embedding;
  const graphs = [graph, pageGraph].flatMap(({ targets, weights }) => [targets, weights]);
  const buffers = [vectors, neighbours, similarities, ...graphs].map(({ buffer }) => buffer as ArrayBuffer);
  // What holds nothing is shared by all that have nothing.
  return [...new Set(buffers)].filter(({ byteLength }) => byteLength > 0);
}

/** The embedding of the bytes, into the one that serves. Throws `bad-model`; what served before stays. */
export function serveEmbedding(embedding: Embedding, bytes: Uint8Array, listings: number): void {
  const read = remembered(bytes)?.embedding;
  if (read === undefined) embedding.unpack(bytes, listings);
  else Object.assign(embedding, read);
}
