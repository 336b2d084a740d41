/** Pieces of SQL text made from values. */
import { join } from 'node:path';
import type { Part } from './manifest.ts';

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** When the log ends: the time of its latest event or decision. */
export const LOG_END =
  '(SELECT greatest((SELECT max(received_at) FROM events), (SELECT max(decided_at) FROM decisions)))';

/** The rows of some files, in their order. There must be at least one. */
export const rowsOf = (directory: string, parts: readonly Part[]): string =>
  `SELECT * FROM read_parquet([${parts.map(({ file }) => quoted(join(directory, file))).join(', ')}])`;
