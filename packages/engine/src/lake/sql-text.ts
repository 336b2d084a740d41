/** Pieces of SQL text made from values. */
import { join } from 'node:path';
import type { Part } from './manifest.ts';

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The rows of some files, in their order. There must be at least one. */
export const rowsOf = (directory: string, parts: readonly Part[]): string =>
  `SELECT * FROM read_parquet([${parts.map(({ file }) => quoted(join(directory, file))).join(', ')}])`;
