/** Plays a history into a new state, event by event, and stops before each basket so that it can be looked at from just before. */
import type { Placement, Source } from '@rialto/sdk';
import { millis } from '../base/units.ts';
import { applyRecord } from '../delivery/apply.ts';
import { serveModel } from '../delivery/apply-model.ts';
import { considerCandidates, decide, openPage } from '../delivery/decide.ts';
import { DEFAULT_PLACEMENTS } from '../delivery/default-placements.ts';
import { State } from '../delivery/state.ts';
import { Workspace } from '../delivery/workspace.ts';
import { resolveMoment } from '../features/moment.ts';
import type { Basket, History } from './history.ts';

const NOBODY: ReadonlySet<number> = new Set();
const PERSONAL = 'home';

export class Replay {
  readonly state = new State();
  readonly workspace = new Workspace();
  readonly history: History;
  #next = 0;

  constructor(history: History) {
    this.history = history;
    for (const record of history.entities) applyRecord(this.state, record);
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
    for (; this.#next < index; this.#next++) applyRecord(this.state, this.history.events[this.#next]!);
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
