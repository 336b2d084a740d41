/** The versions of an entity, read from the log: who saved it, when, and what changed. */
import type { EntityVersion, EntityVersions } from '@rialto/sdk';
import { assert } from '../base/assert.ts';
import { RialtoError } from '../base/errors.ts';
import type { Log } from '../log/log.ts';
import type { SavedRecord } from '../log/record.ts';
import type { VersionedKind } from '../market/versions.ts';
import { fieldChanges } from './field-changes.ts';
import type { State } from './state.ts';

export interface VersionsInput {
  readonly kind: VersionedKind;
  readonly id: string;
  /** Only versions with smaller numbers; the newest come first where absent. */
  readonly before?: number;
  readonly limit: number;
}

/** The number of an entity's newest version, from 1; 0 where there is no such entity. */
export function versionOf(state: State, kind: VersionedKind, id: string): number {
  const row = rowOf(state, kind, id);
  return row < 0 ? 0 : state.versions.count(kind, row);
}

/** Throws `not-found`. */
export async function listVersions(
  log: Log,
  state: State,
  { kind, id, before, limit }: VersionsInput,
): Promise<EntityVersions> {
  const newest = versionOf(state, kind, id);
  if (newest === 0) throw new RialtoError('not-found', `there is no ${kind} ${JSON.stringify(id)}`);
  const row = rowOf(state, kind, id);
  const first = Math.min(newest, (before ?? Infinity) - 1);
  const last = Math.max(1, first - limit + 1);
  const read = (version: number) => readSaved(log, state.versions.offset(kind, row, version));
  const items: EntityVersion[] = [];
  let record = first >= last ? await read(first) : undefined;
  for (let version = first; version >= last; version--) {
    const earlier: SavedRecord | undefined = version > 1 ? await read(version - 1) : undefined;
    const changes = fieldChanges({ ...earlier?.entity }, { ...record!.entity });
    items.push({ version, at: record!.at, by: record!.by, changes });
    record = earlier;
  }
  return last > 1 && items.length > 0 ? { items, next: last } : { items };
}

function rowOf({ market }: State, kind: VersionedKind, id: string): number {
  const { campaigns, shops, placements, experiments, rankers } = market;
  const { ids } = {
    campaign: campaigns.documents,
    shop: shops,
    placement: placements,
    experiment: experiments,
    ranker: rankers,
  }[kind];
  return ids.find(id);
}

async function readSaved(log: Log, offset: number): Promise<SavedRecord> {
  for await (const { records } of log.read(0, offset, offset + 1)) return records[0] as SavedRecord;
  assert(false, 'the log has no record at the offset of a version', offset);
}
