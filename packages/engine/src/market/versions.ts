/** Where the versions of entities are in the log: of each, the offsets of the records that saved it, the first one first. */
import { IntLists } from '../base/int-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

/** Kinds whose versions are kept: what sellers and operators set by hand. Of listings and reviews only the lake has them. */
export const VERSIONED = ['campaign', 'shop', 'placement', 'experiment', 'ranker'] as const;
export type VersionedKind = (typeof VERSIONED)[number];

/** An offset takes two cells. */
const CELLS = 2;
const HIGH = 2 ** 31;

export class Versions implements Part {
  readonly #offsets: Readonly<Record<VersionedKind, IntLists>> = {
    campaign: new IntLists(),
    shop: new IntLists(),
    placement: new IntLists(),
    experiment: new IntLists(),
    ranker: new IntLists(),
  };

  add(kind: VersionedKind, row: number, offset: number): void {
    const offsets = this.#offsets[kind];
    if (row >= offsets.rows) offsets.reserve(row + 1);
    offsets.push(row, Math.floor(offset / HIGH));
    offsets.push(row, offset % HIGH);
  }

  /** How many versions there have been: the number of the newest, from 1. */
  count(kind: VersionedKind, row: number): number {
    return row < this.#offsets[kind].rows ? this.#offsets[kind].lengths[row]! / CELLS : 0;
  }

  /** The offset of a version, by its number from 1. */
  offset(kind: VersionedKind, row: number, version: number): number {
    const cells = this.#offsets[kind].view(row);
    return cells[CELLS * (version - 1)]! * HIGH + cells[CELLS * (version - 1) + 1]!;
  }

  save(out: SnapshotWriter): void {
    for (const kind of VERSIONED) this.#offsets[kind].save(out, `versions.${kind}`);
  }

  load(from: SnapshotReader): void {
    for (const kind of VERSIONED) this.#offsets[kind].load(from, `versions.${kind}`);
  }
}
