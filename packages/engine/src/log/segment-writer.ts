/**
 * Writes groups of frames to the newest segment, and starts the next segment where one is full. A group lies in one segment.
 *
 * What fails to become durable is cut off again, durably, before anything else is written: otherwise a frame that was
 * refused could be taken for a good one after a crash. While even that fails, every group is refused.
 */
import { unlink } from 'node:fs/promises';
import { RialtoError } from '../base/errors.ts';
import { digestOfFrames } from './digest.ts';
import type { Offset } from './log.ts';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, Segment } from './segment.ts';
import { type OpenSegmentFile, type SegmentFile, syncDirectory } from './segment-file.ts';

export interface SegmentWriterOptions {
  readonly directory: string;
  /** From where on a segment takes no more groups. */
  readonly segmentBytes: number;
  readonly openFile: OpenSegmentFile;
}

export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  readonly #segments: Segment[];
  /** Of all durable records. */
  #digest: number;
  #file: SegmentFile | undefined;
  #cutNeeded = false;

  /** `segments` are the durable ones, oldest first; the writer adds to them. `digest` is that of their records. */
  constructor(options: SegmentWriterOptions, segments: Segment[], digest: number) {
    this.#options = options;
    this.#segments = segments;
    this.#digest = digest;
  }

  /** Makes a group's bytes durable, the first record of which has the offset `first`; or keeps nothing and throws `log-full`. */
  async write(bytes: Buffer, first: Offset): Promise<void> {
    try {
      if (this.#cutNeeded) await this.#cut();
      const { file, segment } = await this.#writable(bytes.length, first);
      this.#cutNeeded = true;
      await writeFully(file, bytes, segment.bytes);
      await file.sync();
      this.#cutNeeded = false;
      segment.mark({ position: segment.bytes, offset: first, digest: this.#digest });
      segment.bytes += bytes.length;
      this.#digest = digestOfFrames(this.#digest, bytes);
    } catch (error) {
      if (this.#cutNeeded) await this.#cut().catch(() => {}); // tried again before the next group
      throw logFull(this.#options.directory, error as NodeJS.ErrnoException);
    }
  }

  async #cut(): Promise<void> {
    await this.#file!.truncate(this.#last!.bytes);
    await this.#file!.sync();
    this.#cutNeeded = false;
  }

  get #last(): Segment | undefined {
    return this.#segments[this.#segments.length - 1];
  }

  /** The newest segment, or a new one where it is full. */
  async #writable(bytes: number, first: Offset): Promise<{ file: SegmentFile; segment: Segment }> {
    const last = this.#last;
    const fits = last && (last.bytes + bytes <= this.#options.segmentBytes || last.bytes === SEGMENT_HEADER_BYTES);
    if (!fits) return this.#start(first, last);
    this.#file ??= await this.#options.openFile(last.path);
    return { file: this.#file, segment: last };
  }

  async #start(first: Offset, before: Segment | undefined): Promise<{ file: SegmentFile; segment: Segment }> {
    const { directory, openFile } = this.#options;
    const segment = new Segment(directory, first, { bytes: SEGMENT_HEADER_BYTES, digest: this.#digest });
    const file = await openFile(segment.path);
    try {
      await writeFully(file, encodeSegmentHeader(first, this.#digest, before), 0);
      await file.sync();
      await syncDirectory(directory);
    } catch (error) {
      await file.close();
      await unlink(segment.path);
      // Or it could come back after a power cut, behind records that a smaller group added to the segment before.
      await syncDirectory(directory);
      throw error;
    }
    await this.#file?.close();
    this.#file = file;
    this.#segments.push(segment);
    return { file, segment };
  }

  async close(): Promise<void> {
    if (this.#cutNeeded) await this.#cut().catch(() => {}); // recovery cuts it at the next start
    await this.#file?.close();
    this.#file = undefined;
  }
}

async function writeFully(file: SegmentFile, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const count = await file.write(bytes.subarray(written), position + written);
    if (count === 0) throw new Error(`nothing was written of ${bytes.length - written} bytes`);
    written += count;
  }
}

function logFull(directory: string, cause: NodeJS.ErrnoException): RialtoError {
  const message = `the log in ${directory} cannot be written: ${cause.message}. Nothing of this append was kept; free disk space, and later appends are tried again by themselves.`;
  return new RialtoError('log-full', message, { directory, cause: cause.code ?? 'unknown' });
}
