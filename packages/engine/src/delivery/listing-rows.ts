/**
 * Which listings the rows of a market are, as a digest of some of them: a model that names listings by their rows says something of the market that it
 * was trained on, and nonsense of any other, even of one with as many listings.
 */
import { createHash } from 'node:crypto';
import { RialtoError } from '../base/errors.ts';
import type { Interner } from '../base/interner.ts';

const SAMPLED = 256;

export interface ListingRows {
  /** From row 0. */
  readonly count: number;
  /** SHA-256 of the ids of 256 of them, spread evenly. */
  readonly digest: string;
}

export function listingRows(ids: Interner, count: number): ListingRows {
  const hash = createHash('sha256');
  const sampled = Math.min(SAMPLED, count);
  for (let i = 0; i < sampled; i++) hash.update(`${ids.text(Math.floor((i * count) / sampled))}\n`);
  return { count, digest: hash.digest('hex') };
}

/** Of a model's card; undefined where it names none. */
export function rowsIn(card: Readonly<Record<string, unknown>>): ListingRows | undefined {
  const { count, digest } = (card['listings'] ?? {}) as Partial<ListingRows>;
  return typeof count === 'number' && typeof digest === 'string' ? { count, digest } : undefined;
}

/** Throws `bad-model` where the rows of the market are other listings. */
export function checkRows({ count, digest }: ListingRows, ids: Interner): void {
  if (count <= ids.size && listingRows(ids, count).digest === digest) return;
  throw new RialtoError(
    'bad-model',
    `the model's ${count} listings are not the first ${count} of this marketplace, which has ${ids.size}: it was trained on the log of another one`,
  );
}
