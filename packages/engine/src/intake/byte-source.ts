/**
 * A file as a stream of bytes: its first bytes to tell the format by, gzip undone by its magic number, and how much of the
 * file on disk has been read, for progress.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { RialtoError } from '../base/errors.ts';

const HEAD_BYTES = 64 * 1024;

export interface ByteSource {
  readonly path: string;
  readonly gzipped: boolean;
  /** The first bytes, unpacked. At most 64 KiB. */
  readonly head: Buffer;
  /** On disk, packed. */
  readonly bytesTotal: number;
  /** All bytes, unpacked, the head included. Can be read once. */
  bytes(): AsyncIterable<Buffer>;
  bytesRead(): number;
  /** For who does not read `bytes` to its end. */
  close(): void;
}

export async function openBytes(path: string): Promise<ByteSource> {
  const bytesTotal = await sizeOf(path);
  const gzipped = await startsWithGzip(path);
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const stream = gzipped ? file.pipe(createGunzip({ chunkSize: 256 * 1024 })) : file;
  file.on('error', (error) => stream.destroy(error));
  const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let length = 0;
  while (length < HEAD_BYTES) {
    const next = await readable(path, () => chunks.next());
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  const start = Buffer.concat(first);
  if (start.length === 0) throw new RialtoError('bad-file', `${path} is empty`, { path });
  const close = () => {
    file.destroy();
    stream.destroy();
  };
  return {
    path,
    gzipped,
    close,
    head: start.subarray(0, HEAD_BYTES),
    bytesTotal,
    bytesRead: () => file.bytesRead,
    async *bytes() {
      try {
        yield start;
        for (;;) {
          const next = await readable(path, () => chunks.next());
          if (next.done === true) return;
          yield next.value;
        }
      } finally {
        close();
      }
    },
  };
}

async function sizeOf(path: string): Promise<number> {
  const facts = await readable(path, () => stat(path));
  if (!facts.isFile()) throw new RialtoError('bad-file', `${path} is not a file`, { path });
  return facts.size;
}

async function startsWithGzip(path: string): Promise<boolean> {
  const file = await readable(path, () => open(path));
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    const what = cause.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${cause.message}`;
    throw new RialtoError('bad-file', `${path} ${what}`, { path });
  }
}
