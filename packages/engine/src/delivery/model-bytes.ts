/** What is known of a model's bytes without reading them again: another thread may have read them. */
import { createHash } from 'node:crypto';

export interface ReadModel {
  /** SHA-256 of the bytes. */
  readonly digest: string;
  /** The columns of an embedding. */
  readonly embedding?: object;
}

const read = new WeakMap<Uint8Array, ReadModel>();

/** For as long as somebody has these very bytes. */
export const remember = (bytes: Uint8Array, model: ReadModel): void => void read.set(bytes, model);

export const remembered = (bytes: Uint8Array): ReadModel | undefined => read.get(bytes);

export const digestOf = (bytes: Uint8Array): string =>
  read.get(bytes)?.digest ?? createHash('sha256').update(bytes).digest('hex');
