/**
 * Entities from a stream of JSON lines into the engine, a thousand at a time: the stream is read no faster than they are
 * saved. Sending the same lines again changes nothing.
 */
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { type ErrorCode, RialtoError } from '../base/errors.ts';
import type { EntityKind, EntityOf } from '../log/record.ts';
import { entitySchemas } from '../wire/entity-schema.ts';
import { validateItems } from '../wire/validate.ts';
import { type JsonLine, jsonLines } from './ndjson.ts';
import type { ServerContext } from './server-context.ts';

const BATCH = 1_000;
/** Beyond this many, rejected lines are only counted. */
const REJECTED_KEPT = 1_000;

const rejectedEntitySchema = z
  .strictObject({
    /** `index` is one less. */
    line: z.int().min(1),
    index: z.int().min(0),
    id: z.string().exactOptional(),
    code: z.string(),
    message: z.string(),
  })
  .meta({ id: 'RejectedEntity' });

export const bulkAnswerSchema = z
  .strictObject({
    saved: z.int().min(0),
    unchanged: z.int().min(0),
    /** The first 1,000 of them. */
    rejected: z.array(rejectedEntitySchema),
    rejectedTotal: z.int().min(0),
  })
  .meta({ id: 'BulkResult' });

type BulkAnswer = z.infer<typeof bulkAnswerSchema>;

interface Refusal {
  readonly id?: string;
  readonly code: ErrorCode;
  readonly message: string;
}

class BulkSave<K extends EntityKind> {
  readonly #context: ServerContext;
  readonly #kind: K;
  readonly #by: string;
  readonly answer: BulkAnswer = { saved: 0, unchanged: 0, rejected: [], rejectedTotal: 0 };

  constructor(context: ServerContext, kind: K, by: string) {
    this.#context = context;
    this.#kind = kind;
    this.#by = by;
  }

  #reject(line: number, { id, code, message }: Refusal): void {
    this.answer.rejectedTotal++;
    if (this.answer.rejected.length >= REJECTED_KEPT) return;
    this.answer.rejected.push({ line, index: line - 1, ...(id === undefined ? {} : { id }), code, message });
  }

  async save(lines: readonly JsonLine[]): Promise<void> {
    for (const { line, problem } of lines) {
      if (problem) this.#reject(line, problem);
    }
    const read = lines.filter((line) => line.problem === undefined);
    const { good, goodIndexes, bad } = validateItems(
      entitySchemas[this.#kind],
      read.map((line) => line.value),
    );
    const lineOf = (index: number): number => read[index]!.line;
    for (const { index, reason, ...rest } of bad) this.#reject(lineOf(index), { ...rest, code: reason });
    if (good.length === 0) return;
    const result = await this.#context.engine.save(this.#kind, good as readonly EntityOf[K][], this.#by);
    if (result.saved > 0) this.#context.readiness.wrote();
    this.answer.saved += result.saved;
    this.answer.unchanged += result.unchanged;
    for (const refusal of result.rejected) this.#reject(lineOf(goodIndexes?.[refusal.index] ?? refusal.index), refusal);
  }
}

export interface BulkBody {
  readonly body: Readable;
  readonly encoding: 'gzip' | 'identity';
  readonly by: string;
}

/** The bytes as they were before compression. Damage shows when they are read. */
function inflated({ body, encoding }: BulkBody): Readable {
  if (encoding === 'identity') return body;
  const gunzip = createGunzip();
  // Not a pipeline: that would hang up on damaged bytes, and no answer could be sent.
  body.on('error', (error) => gunzip.destroy(error));
  return body.pipe(gunzip);
}

function unreadable(error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code.startsWith('Z_') ? new RialtoError('bad-file', 'the body is not valid gzip') : error;
}

/** Saves every good line. Rejects where the engine refuses to write; what was saved before stays saved. */
export async function saveLines(context: ServerContext, kind: EntityKind, source: BulkBody): Promise<BulkAnswer> {
  const bulk = new BulkSave(context, kind, source.by);
  let waiting: JsonLine[] = [];
  try {
    for await (const lines of jsonLines(inflated(source), context.limits.lineBytes)) {
      for (const line of lines) {
        waiting.push(line);
        if (waiting.length < BATCH) continue;
        await bulk.save(waiting);
        waiting = [];
      }
    }
    await bulk.save(waiting);
  } catch (error) {
    // The rest is read and dropped: a sender that is still busy sending would not see the answer.
    source.body.unpipe().resume();
    throw unreadable(error);
  }
  bulk.answer.rejected.sort((a, b) => a.line - b.line);
  return bulk.answer;
}
