/** A disk that fails when told to, for tests: it fills up, writes short, or fails to flush, to cut or to open. */
import { type OpenSegmentFile, openSegmentFile } from './segment-file.ts';

export class FailingDisk {
  /** How many more bytes it takes; a write beyond comes out short, the next one fails. */
  roomBytes = Number.POSITIVE_INFINITY;
  syncFails = false;
  truncateFails = false;
  openFails = false;

  readonly open: OpenSegmentFile = async (path) => {
    if (this.openFails) throw failure('ENOSPC', 'open');
    const file = await openSegmentFile(path);
    return {
      write: async (bytes, position) => {
        if (this.roomBytes <= 0) throw failure('ENOSPC', 'write');
        const written = await file.write(bytes.subarray(0, Math.min(bytes.length, this.roomBytes)), position);
        this.roomBytes -= written;
        return written;
      },
      sync: async () => {
        if (this.syncFails) throw failure('EIO', 'fdatasync');
        await file.sync();
      },
      truncate: async (length) => {
        if (this.truncateFails) throw failure('EIO', 'ftruncate');
        await file.truncate(length);
      },
      close: () => file.close(),
    };
  };
}

function failure(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: the test's disk fails, ${call}`), { code });
}
