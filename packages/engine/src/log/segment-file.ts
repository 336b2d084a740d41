/**
 * The few calls that writing a segment needs, over Node's callback API: promises of `node:fs/promises` cost several
 * microseconds more a call, which counts when small groups are flushed thousands of times a second. Tests put a failing
 * disk in its place.
 */
import { close, constants, fdatasync, ftruncate, type NoParamCallback, open, write } from 'node:fs';
import { open as openHandle } from 'node:fs/promises';

export interface SegmentFile {
  /** Resolves with how many bytes were written, which may be fewer. */
  write(bytes: Buffer, position: number): Promise<number>;
  /** Makes content and length durable. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export type OpenSegmentFile = (path: string) => Promise<SegmentFile>;

/** Opens a file for writing, made if new. */
export const openSegmentFile: OpenSegmentFile = async (path) => {
  const { O_CREAT, O_RDWR } = constants;
  const fd = await new Promise<number>((resolve, reject) => {
    open(path, O_CREAT | O_RDWR, 0o644, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  return {
    write: (bytes, position) =>
      new Promise((resolve, reject) => {
        write(fd, bytes, 0, bytes.length, position, (error, written) => (error ? reject(error) : resolve(written)));
      }),
    sync: () => settled((done) => fdatasync(fd, done)),
    truncate: (length) => settled((done) => ftruncate(fd, length, done)),
    close: () => settled((done) => close(fd, done)),
  };
};

function settled(call: (done: NoParamCallback) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(error) : resolve()));
  });
}

/** Makes the creation, renaming and removal of a directory's files durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await openHandle(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
