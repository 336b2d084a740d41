/**
 * Which files make up the lake, and how far into the log they reach. It is replaced as a whole, after the files that it names
 * are durable: whoever reads sees one lake or the next, never a part of one.
 */
import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FIRST_DIGEST } from '../log/digest.ts';
import type { Offset } from '../log/log.ts';
import { syncDirectory } from '../log/segment-file.ts';
import { TABLE_NAMES, type TableName } from './lake-tables.ts';

/** Changes when older files do not fit `lake-tables.ts` any more; then the lake is written anew. */
const FORMAT = 11;
const NAME = 'manifest.json';
const PART = /^(part-\d+-\d+|current-\d+)\.parquet(\.unfinished)?$/;

/** A file of a table: rows of the records in [first, end). */
export interface Part {
  readonly first: Offset;
  readonly end: Offset;
  readonly rows: number;
  readonly bytes: number;
  /** From the lake's directory, with `/`. */
  readonly file: string;
}

export interface Manifest {
  readonly format: number;
  /** How many records of the log are in it. */
  readonly end: Offset;
  /** Of them: tells whether the log is still the same one. */
  readonly digest: number;
  /** In the order of the log. */
  readonly tables: Readonly<Record<TableName, readonly Part[]>>;
}

export const emptyManifest = (): Manifest => ({
  format: FORMAT,
  end: 0,
  digest: FIRST_DIGEST,
  tables: Object.fromEntries(TABLE_NAMES.map((name) => [name, []])) as unknown as Manifest['tables'],
});

/** Undefined where there is none, or none that this version can use. */
export async function readManifest(directory: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(directory, NAME), 'utf8')) as Manifest;
    return manifest.format === FORMAT ? manifest : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const unfinished = join(directory, `${NAME}.${randomBytes(4).toString('hex')}.unfinished`);
  const file = await open(unfinished, 'wx');
  try {
    await file.writeFile(`${JSON.stringify(manifest, undefined, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, join(directory, NAME));
  await syncDirectory(directory);
}

/** The first file that is not there as it was written, if any. */
export async function firstDamaged(directory: string, manifest: Manifest): Promise<string | undefined> {
  for (const { file, bytes } of Object.values(manifest.tables).flat()) {
    const found = await stat(join(directory, file)).catch(() => undefined);
    if (found?.size !== bytes) return file;
  }
  return undefined;
}

/** Deletes what earlier runs left: files of ours that none of the manifests names. */
export async function removeLeftovers(directory: string, manifests: readonly Manifest[]): Promise<void> {
  const named = new Set(manifests.flatMap(({ tables }) => Object.values(tables).flat()).map(({ file }) => file));
  for (const table of TABLE_NAMES) {
    for (const name of await namesIn(join(directory, table))) {
      if (PART.test(name) && !named.has(`${table}/${name}`)) await rm(join(directory, table, name), { force: true });
    }
  }
  for (const name of await namesIn(directory)) {
    if (name.startsWith(NAME) && name.endsWith('.unfinished')) await rm(join(directory, name), { force: true });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
