/** For tests: what a part of the state saves, the part that is loaded from it, and a short form to compare two states by. */
import { createHash } from 'node:crypto';
import { type Section, SnapshotReader, SnapshotWriter } from './snapshot.ts';

type Save = (out: SnapshotWriter) => void;

export function sectionsOf(save: Save): Section[] {
  const out = new SnapshotWriter();
  save(out);
  // Copied as a checkpoint file would: the writer only refers to living arrays.
  return out.sections.map((section) => ({ ...section, bytes: section.bytes.slice() }));
}

export const readerOf = (save: Save): SnapshotReader => new SnapshotReader(sectionsOf(save));

/** Section by section, its type, length and digest: equal exactly if the snapshots are equal byte for byte. */
export function fingerprint(save: Save): string[] {
  return sectionsOf(save).map(
    ({ name, type, bytes }) =>
      `${name} ${type} ${bytes.length} ${createHash('sha256').update(bytes).digest('base64url')}`,
  );
}
