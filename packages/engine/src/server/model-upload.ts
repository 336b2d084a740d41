/**
 * Models that arrive over HTTP: a form of a `manifest` and the bytes of each model. The body goes to a file as it comes, which a thread of its own takes
 * apart and checks, so that decisions wait for neither. What does not come whole leaves nothing behind; what a kill leaves is removed at the next start.
 */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RialtoError } from '../base/errors.ts';
import { workerUrl } from '../base/worker-url.ts';
import { inWorker } from '../delivery/in-worker.ts';
import { remember } from '../delivery/model-bytes.ts';
import type { UploadedModels } from './model-form.ts';

const SUFFIX = '.upload';

export interface ModelUploadOptions {
  readonly directory: string;
  /** Of the whole body. */
  readonly limitBytes: number;
  /** Whose rows an embedding names. */
  readonly listings: () => number;
}

export class ModelUploads {
  readonly #options: ModelUploadOptions;
  #busy = false;

  constructor(options: ModelUploadOptions) {
    this.#options = options;
  }

  /** Removes what an earlier process left when it was killed. */
  async clean(): Promise<void> {
    const { directory } = this.#options;
    const left = await readdir(directory).catch(() => []);
    for (const name of left) if (name.endsWith(SUFFIX)) await rm(join(directory, name), { force: true });
  }

  /**
   * The models of a request's body, each of the digest that it is said to have and of a form that this version serves. Throws `body-too-large`, `bad-request`,
   * `bad-json`, `bad-model`, `data-unusable`, and `overloaded` while another upload is under way.
   */
  async take(body: IncomingMessage): Promise<UploadedModels> {
    if (this.#busy) throw new RialtoError('overloaded', 'another model is being uploaded: one is taken in at a time');
    this.#busy = true;
    const path = join(this.#options.directory, `${randomUUID()}${SUFFIX}`);
    try {
      await this.#store(body, path);
      const uploaded = await inWorker<UploadedModels>(workerUrl(import.meta.url, './model-upload-worker.ts'), {
        path,
        contentType: body.headers['content-type'],
        listings: this.#options.listings(),
      });
      uploaded.read.forEach((read, i) => {
        remember(uploaded.bytes[i]!, read);
      });
      return uploaded;
    } finally {
      this.#busy = false;
      await rm(path, { force: true });
    }
  }

  async #store(body: IncomingMessage, path: string): Promise<void> {
    const { directory, limitBytes } = this.#options;
    if (Number(body.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
    let received = 0;
    const limit = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        received += chunk.length;
        if (received > limitBytes) done(tooLarge(limitBytes));
        else done(null, chunk);
      },
    });
    try {
      await mkdir(directory, { recursive: true });
      // The body is not destroyed with the file: the answer goes over the same socket.
      await pipeline(bytesOf(body), limit, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      const { code, syscall, message } = error as NodeJS.ErrnoException;
      if (syscall === undefined || code === undefined) throw error;
      throw new RialtoError('data-unusable', `the model could not be kept in ${directory}: ${message}`);
    }
  }
}

async function* bytesOf(body: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch (error) {
    throw new RialtoError('bad-request', `the body ended before it was whole: ${(error as Error).message}`);
  }
}

const tooLarge = (limitBytes: number): RialtoError =>
  new RialtoError(
    'body-too-large',
    `the models are larger than the limit of ${limitBytes} bytes: raise it with \`rialto serve --model-limit\``,
  );
