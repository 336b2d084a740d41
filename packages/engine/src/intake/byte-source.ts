/**
 * A file as a stream of bytes: its first bytes to tell the format by, gzip undone by its magic number, and how much of the
 * file on disk has been read, for progress. Other packings are refused by name.
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

/** What packs files beside gzip, by its first bytes, and what undoes it. */
const PACKED = [
  { name: 'Zstandard', magic: Buffer.of(0x28, 0xb5, 0x2f, 0xfd), undo: 'zstd -d' },
  { name: 'bzip2', magic: Buffer.from('BZh'), undo: 'bunzip2' },
  { name: 'xz', magic: Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), undo: 'unxz' },
  { name: 'LZ4', magic: Buffer.of(4, 0x22, 0x4d, 0x18), undo: 'lz4 -d' },
  { name: 'zip, as archives and spreadsheets are', magic: Buffer.of(0x50, 0x4b, 3, 4), undo: 'unzip' },
] as const;

/** Tells how many bytes of the file on disk are read, and how many there are. */
export type OnRead = (read: number, all: number) => void;

export async function openBytes(path: string, onRead?: OnRead): Promise<ByteSource> {
  const bytesTotal = await sizeOf(path);
  const gzipped = isGzip(await firstBytes(path));
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
          onRead?.(file.bytesRead, bytesTotal);
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

/** Throws `bad-file` where the file is packed by other means than gzip. */
async function firstBytes(path: string): Promise<Buffer> {
  const file = await readable(path, () => open(path));
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    const first = buffer.subarray(0, bytesRead);
    const packed = PACKED.find(({ magic }) => first.subarray(0, magic.length).equals(magic));
    if (packed === undefined) return first;
    const message = `${path} is packed with ${packed.name}: unpack it first (${packed.undo}); gzip is read as it is`;
    throw new RialtoError('bad-file', message, { path });
  } finally {
    await file.close();
  }
}

const isGzip = (first: Buffer): boolean => first[0] === 0x1f && first[1] === 0x8b;

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    const what = cause.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${cause.message}`;
    throw new RialtoError('bad-file', `${path} ${what}`, { path });
  }
}
