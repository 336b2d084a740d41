/** Entities on their way into the engine: checked against their schema, saved in batches, several at a time. */
import type { z } from 'zod';
import type { EntityKind, EntityOf } from '../log/record.ts';
import { validateItems } from '../wire/validate.ts';
import { InFlight } from './in-flight.ts';
import { IMPORTED_BY, type IntakeContext } from './intake-engine.ts';
import { Refusal } from './refusal.ts';
import type { Row } from './row.ts';

const BATCH = 1_000;
const IN_FLIGHT = 4;

type Origin = Pick<Row, 'line' | 'cells' | 'raw'>;

export class EntitySink<K extends EntityKind> {
  readonly #kind: K;
  readonly #schema: z.ZodType<EntityOf[K]>;
  readonly #context: IntakeContext;
  readonly #running = new InFlight(IN_FLIGHT);
  #entities: EntityOf[K][] = [];
  #origins: Origin[] = [];

  constructor(kind: K, schema: z.ZodType<EntityOf[K]>, context: IntakeContext) {
    this.#kind = kind;
    this.#schema = schema;
    this.#context = context;
  }

  add(entity: EntityOf[K], origin: Origin): Promise<void> | undefined {
    this.#entities.push(entity);
    this.#origins.push(origin);
    return this.#entities.length < BATCH ? undefined : this.#running.start(this.#send());
  }

  async finish(): Promise<void> {
    if (this.#entities.length > 0) await this.#running.start(this.#send());
    await this.#running.drain();
  }

  async #send(): Promise<void> {
    const { counts, engine, rejects } = this.#context;
    const origins = this.#origins;
    const { good, goodIndexes, bad } = validateItems(this.#schema, this.#entities);
    this.#entities = [];
    this.#origins = [];
    for (const { index, message } of bad) rejects.add(origins[index]!, new Refusal(`bad-${this.#kind}`, message));
    if (good.length === 0) return;
    const result = await engine.save(this.#kind, good, IMPORTED_BY);
    counts.saved += result.saved;
    counts.unchanged += result.unchanged;
    for (const { index, code, message } of result.rejected) {
      rejects.add(origins[goodIndexes?.[index] ?? index]!, new Refusal(code, message));
    }
  }
}
