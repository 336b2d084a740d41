/** Events on their way into the engine: checked against their schema, ingested in batches, several at a time. */
import type { Listing } from '@rialto/sdk';
import { buyerEventSchema } from '../wire/event-schema.ts';
import { listingSchema } from '../wire/listing-schema.ts';
import { validateItems } from '../wire/validate.ts';
import { InFlight } from './in-flight.ts';
import { IMPORTED_BY, type ImportedEvent, type IntakeContext } from './intake-engine.ts';
import { quoted, Refusal } from './refusal.ts';
import type { Row } from './row.ts';

const BATCH = 1_000;
const IN_FLIGHT = 8;

export class EventSink {
  readonly #context: IntakeContext;
  readonly #running = new InFlight(IN_FLIGHT);
  #events: ImportedEvent[] = [];
  #rows: Row[] = [];
  readonly #known = new Set<string>();
  #newListings: Listing[] = [];
  #listingsSaved: Promise<void> | undefined;

  constructor(context: IntakeContext) {
    this.#context = context;
  }

  /**
   * Nothing where the listing exists. Where it does not, it is made from what the row says of it if that was asked for, and
   * refused if not.
   */
  refuseUnknown(
    id: string,
    facts: { title: string | undefined; priceMicros: number | undefined },
  ): Refusal | undefined {
    if (this.#known.has(id)) return undefined;
    if (this.#context.engine.read('listing', id) === undefined) {
      if (!this.#context.createListings) {
        const message = `there is no listing ${quoted(id)}; import listings first, or use --create-listings`;
        return new Refusal('unknown-listing', message);
      }
      const listing = { id, title: facts.title ?? id, priceMicros: facts.priceMicros ?? 0 };
      const [bad] = validateItems(listingSchema, [listing]).bad;
      if (bad !== undefined) return new Refusal('bad-listing', bad.message);
      if (facts.title === undefined) this.#context.counts.untitled++;
      this.#newListings.push(listing);
    }
    this.#known.add(id);
    return undefined;
  }

  add(event: ImportedEvent, row: Row): Promise<void> | undefined {
    this.#events.push(event);
    this.#rows.push(row);
    return this.#events.length < BATCH ? undefined : this.#running.start(this.#send());
  }

  async finish(): Promise<void> {
    if (this.#events.length > 0) await this.#running.start(this.#send());
    await this.#running.drain();
  }

  async #send(): Promise<void> {
    const { counts, engine, rejects } = this.#context;
    const rows = this.#rows;
    const { good, goodIndexes, bad } = validateItems(buyerEventSchema, this.#events);
    this.#events = [];
    this.#rows = [];
    if (this.#newListings.length > 0) this.#listingsSaved = this.#saveListings(this.#listingsSaved);
    for (const { index, message } of bad) rejects.add(rows[index]!, new Refusal('bad-event', message));
    if (this.#listingsSaved !== undefined) await this.#listingsSaved;
    if (good.length === 0) return;
    const response = await engine.ingest(good, { imported: true });
    counts.saved += response.accepted;
    counts.duplicates += response.duplicates;
    for (const { index, reason, message } of response.rejected) {
      rejects.add(rows[goodIndexes?.[index] ?? index]!, new Refusal(reason, message));
    }
  }

  /** One after the other, so that whoever waits for the last has all of them. */
  async #saveListings(before: Promise<void> | undefined): Promise<void> {
    const listings = this.#newListings;
    this.#newListings = [];
    await before;
    const result = await this.#context.engine.save('listing', listings, IMPORTED_BY);
    this.#context.counts.created += result.saved;
  }
}
