/**
 * How many places each candidate source gets in a placement, as a model learned it from what buyers wanted there (training/train-sources.ts). A
 * placement with `learnedSources` gets that list in the place of its own `sources`, with as many places in all, or fewer where that was learned; until a model knows it, its own.
 */
import type { Placement, Source } from '@rialto/sdk';
import { z } from 'zod';
import { RialtoError } from '../base/errors.ts';
import { shareOut } from '../base/share-out.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { packModel, unpackModel } from '../learning/model-file.ts';
import { sourceSchema } from '../wire/placement-schema.ts';

/** The model's name. */
export const SOURCES_MODEL = 'sources';
const KIND = 'sources';
const VERSION = 1;
const listsSchema = z.array(
  z.tuple([z.string(), z.strictObject({ places: z.int().min(1), sources: z.array(sourceSchema).min(1).max(16) })]),
);

export interface LearnedList {
  /** That the placement had by hand when it was learned. */
  readonly places: number;
  /** As many places in all, or fewer. */
  readonly sources: readonly Source[];
}

/** By placement. */
export type SourceLists = ReadonlyMap<string, LearnedList>;

export class LearnedSources implements Part {
  #lists: SourceLists = new Map();
  /** At the total of each placement's own; found by the record, so that a changed one is looked up anew. */
  #placed = new WeakMap<Placement, readonly Source[]>();

  /** What brings the placement's candidates. */
  of(placement: Placement): readonly Source[] {
    return this.#placed.get(placement) ?? this.#place(placement);
  }

  #place(placement: Placement): readonly Source[] {
    const list = this.#lists.get(placement.id);
    const own = placement.sources;
    const sources = list === undefined || own.length === 0 ? own : servedAs(list, placesOf(own));
    this.#placed.set(placement, sources);
    return sources;
  }

  /** Throws `bad-model`; what served before stays. */
  replace(bytes: Uint8Array): void {
    this.#serve(unpackSources(bytes));
  }

  /** Placements have their own again. */
  clear(): void {
    this.#serve(new Map());
  }

  #serve(lists: SourceLists): void {
    this.#lists = lists;
    this.#placed = new WeakMap();
  }

  save(out: SnapshotWriter): void {
    out.json('sources.learned', [...this.#lists]);
  }

  load(from: SnapshotReader): void {
    this.#serve(new Map(from.json<[string, LearnedList][]>('sources.learned')));
  }
}

export const packSources = (lists: SourceLists): Uint8Array =>
  packModel({ kind: KIND, version: VERSION, info: { placements: [...lists] }, arrays: {} });

/** By placement. Throws `bad-model`. */
export function unpackSources(bytes: Uint8Array): SourceLists {
  const { info } = unpackModel(bytes, KIND, VERSION);
  const read = listsSchema.safeParse(info['placements']);
  if (!read.success)
    throw new RialtoError(
      'bad-model',
      `the model's sources cannot be read: ${read.error.issues[0]!.path.join('.')}: ${read.error.issues[0]!.message}`,
    );
  const lists = new Map<string, LearnedList>(read.data);
  if (lists.size < read.data.length) throw new RialtoError('bad-model', 'the model names a placement twice');
  for (const [id, { sources }] of lists)
    if (new Set(sources.map(({ source }) => source)).size < sources.length)
      throw new RialtoError('bad-model', `the model names a source of placement ${JSON.stringify(id)} twice`);
  return lists;
}

export const placesOf = (sources: readonly Source[]): number => sources.reduce((sum, { limit }) => sum + limit, 0);

/** For a placement that has so many places by hand. */
export const servedAs = ({ places, sources }: LearnedList, own: number): readonly Source[] =>
  scaledTo(sources, Math.max(1, Math.round((placesOf(sources) * own) / places)));

/** The same shares of another total; a source that gets nothing is left out. */
export function scaledTo(sources: readonly Source[], total: number): readonly Source[] {
  if (placesOf(sources) === total) return sources;
  const limits = shareOut(
    sources.map(({ limit }) => limit),
    total,
  );
  return sources.map(({ source }, i) => ({ source, limit: limits[i]! })).filter(({ limit }) => limit > 0);
}
