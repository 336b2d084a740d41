/**
 * Plays a history into a new state, event by event, and stops before each basket so that it can be looked at from just before.
 *
 * A listing is there from the start, as it was known when the first event came that was not imported: history from files is older than the
 * catalogue that it names. From then on it changes when it was changed, and a review comes when it was written: prices, stock and stars
 * of later would tell what was bought meanwhile. Placements, rankers and the like are as they are now, for it is those that a model is
 * to serve.
 */
import type { Placement, Source } from '@rialto/sdk';
import { millis } from '../base/units.ts';
import { applyRecord } from '../delivery/apply.ts';
import { serveModel } from '../delivery/apply-model.ts';
import { considerCandidates, decide, openPage } from '../delivery/decide.ts';
import { DEFAULT_PLACEMENTS } from '../delivery/default-placements.ts';
import { State } from '../delivery/state.ts';
import { Workspace } from '../delivery/workspace.ts';
import { resolveMoment } from '../features/moment.ts';
import type { LogRecord } from '../log/record.ts';
import type { Basket, History } from './history.ts';

const NOBODY: ReadonlySet<number> = new Set();
const PERSONAL = 'home';

interface Change {
  readonly at: number;
  readonly record: LogRecord;
}

/** What holds from the start, and what came to be known later, in order of time. */
function changesOf({ entities, events }: History): { present: LogRecord[]; changes: Change[] } {
  const liveFrom = events.reduce((least, { at, imported }) => (imported ? least : Math.min(least, at)), Infinity);
  const known = new Set<string>();
  const present: LogRecord[] = [];
  const changes: Change[] = [];
  for (const record of entities) {
    if (record.kind === 'review') changes.push({ at: Math.min(record.at, record.entity.at ?? record.at), record });
    else if (record.kind === 'listing' && record.at > liveFrom && known.has(record.entity.id))
      changes.push({ at: record.at, record });
    else present.push(record);
    if (record.kind === 'listing') known.add(record.entity.id);
  }
  // Of one time, as logged.
  changes.sort((a, b) => a.at - b.at);
  return { present, changes };
}

export class Replay {
  readonly state = new State();
  readonly workspace = new Workspace();
  readonly history: History;
  readonly #changes: readonly Change[];
  #next = 0;
  #nextChange = 0;

  constructor(history: History) {
    this.history = history;
    const { present, changes } = changesOf(history);
    for (const record of present) applyRecord(this.state, record);
    this.#changes = changes;
  }

  /** The candidate sources of the personal page. */
  sources(): readonly Source[] {
    return (this.state.market.placements.get(PERSONAL) ?? DEFAULT_PLACEMENTS.find(({ id }) => id === PERSONAL)!)
      .sources;
  }

  /** Index of the first event that is not known yet. */
  get next(): number {
    return this.#next;
  }

  /** Applies what happened before the event at `index`. */
  upTo(index: number): void {
    const { events } = this.history;
    for (; this.#next < index; this.#next++) {
      this.#change(events[this.#next]!.event.at);
      applyRecord(this.state, events[this.#next]!);
    }
    this.#change(events[index]?.event.at ?? Number.POSITIVE_INFINITY);
  }

  #change(until: number): void {
    for (; this.#nextChange < this.#changes.length; this.#nextChange++) {
      const { at, record } = this.#changes[this.#nextChange]!;
      if (at > until) return;
      applyRecord(this.state, record);
    }
  }

  /** Lets a model serve from here on. Throws `bad-model`. */
  serve(name: string, bytes: Uint8Array): void {
    serveModel(this.state, name, bytes);
  }

  place(entity: Placement): void {
    applyRecord(this.state, { kind: 'placement', at: this.state.logTime, by: 'training', entity });
  }

  /** Leaves the scored candidates for the basket's buyer, at that moment, in the workspace. */
  consider(basket: Basket, placement: Placement): void {
    const { state, workspace } = this;
    const request = {
      buyer: basket.buyer,
      placements: [placement.id],
      ...(basket.country !== undefined && { context: { country: basket.country } }),
    };
    const moment = resolveMoment(request, millis(basket.at), state.signals.lastEventAt, state.market);
    openPage(workspace, { state, request, moment });
    considerCandidates(
      {
        state,
        workspace,
        moment,
        input: { id: basket.order, at: moment.at, request },
        excluded: NOBODY,
        shown: NOBODY,
      },
      placement,
    );
  }

  /** What the engine would show the basket's buyer at that moment: listing ids, best first. */
  decide(basket: Basket, placement: string, brownout = false): string[] {
    const request = {
      buyer: basket.buyer,
      placements: [placement],
      ...(basket.country !== undefined && { context: { country: basket.country } }),
    };
    const input = { id: basket.order, at: millis(basket.at), request, brownout };
    const { placements } = decide(this.state, input, this.workspace);
    return placements[0]!.items.map(({ listing }) => this.state.market.listings.ids.text(listing));
  }
}
