/**
 * How soon a new listing is shown: one that nobody has seen is put into the catalogue, like another but for a word of its title, and a
 * second later a page of that other is decided. It is taken out again before the next one comes. By turns the visitor is one that nobody
 * knows, and one of those who ordered most often: they have much that the new one must stand before.
 */
import type { Listing, Placement } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { Rng } from '../base/rng.ts';
import { millis } from '../base/units.ts';
import { applyRecord } from '../delivery/apply.ts';
import { decide } from '../delivery/decide.ts';
import { readEntity } from '../delivery/entities.ts';
import type { State } from '../delivery/state.ts';
import { Workspace } from '../delivery/workspace.ts';
import { PURCHASES } from '../features/listing-counters.ts';
import { isAnonymous } from '../market/buyers.ts';

/** Titles of fewer words say too little for one of them to be another. */
const WORDS_MIN = 4;
/** Visitors that are known, for each that nobody knows. */
const KNOWN_VISITORS = 4;
const SECOND_MS = 1_000;
const PLACES = 100;

/** A module of a listing's page. */
const MODULE: Placement = {
  id: 'rialto-new-listings',
  slots: PLACES,
  sources: [
    { source: 'together', limit: 200 },
    { source: 'viewed-together', limit: 100 },
    { source: 'neighbours', limit: 100 },
    { source: 'popular', limit: 110 },
    { source: 'similar', limit: 60 },
  ],
};

export interface NewListingOptions {
  /** How many are put in, one after the other; fewer where there are not so many to be like. */
  readonly listings: number;
  readonly k: number;
  readonly seed: number;
  /** Where they are to be shown; a module over all sources that know listings where absent. */
  readonly placement?: string;
  readonly onProgress?: (done: number, all: number) => void;
}

export interface NewListingFigures {
  /** The share of pages that had the new listing among the first k. */
  readonly shown: number;
  readonly shownToStrangers: number;
  /** From 1; absent where half of the pages or more did not have it at all. */
  readonly medianPlace?: number;
  /** The share of pages that did not have it at all. */
  readonly absent: number;
}

export interface NewListingQuality extends NewListingFigures {
  readonly listings: number;
  readonly k: number;
  readonly placement: string;
  /** The same with the rule "not what the buyer already bought". */
  readonly newOnly: NewListingFigures;
}

/** Changes the state. Throws `unknown-placement`, and `no-data` where no listing has a title to be like. */
export function evaluateNewListings(state: State, options: NewListingOptions): NewListingQuality {
  const { listings: count, k, seed, placement: wanted, onProgress } = options;
  const rng = new Rng(seed);
  const models = drawn(rng, state, count);
  const [placement, newOnly] = placements(state, wanted);
  const visitors = mostFaithful(state, KNOWN_VISITORS);
  const trial = new Trial(state, rng, models);
  const [mixed, fresh]: [Seen[], Seen[]] = [[], []];
  models.forEach((model, i) => {
    const turn = i % (1 + visitors.length);
    const buyer = turn === 0 ? undefined : visitors[turn - 1];
    const id = trial.putIn(model, i);
    mixed.push({ place: trial.placeOf(id, model.id, placement, buyer), stranger: buyer === undefined });
    fresh.push({ place: trial.placeOf(id, model.id, newOnly, buyer), stranger: buyer === undefined });
    trial.takeOut(id);
    onProgress?.(i + 1, models.length);
  });
  return {
    ...figures(mixed, k),
    listings: models.length,
    k,
    placement: wanted ?? MODULE.id,
    newOnly: figures(fresh, k),
  };
}

/** As it is, and with the rule. */
function placements(state: State, wanted: string | undefined): readonly [string, string] {
  const placement = wanted === undefined ? MODULE : state.market.placements.get(wanted);
  if (placement === undefined)
    throw new RialtoError('unknown-placement', `there is no placement ${JSON.stringify(wanted)}`);
  const newOnly: Placement = {
    ...placement,
    id: `${MODULE.id}-new-only`,
    rules: [...(placement.rules ?? []), { rule: 'not-bought' }],
  };
  for (const entity of [placement, newOnly])
    applyRecord(state, { kind: 'placement', at: state.logTime, by: 'evaluation', entity });
  return [placement.id, newOnly.id];
}

const wordsOf = (title: string): string[] => title.split(/\s+/).filter((word) => word !== '');

/** Listings to be like: each as often as it was bought, since so often its page is opened, but once at most; then those never bought. */
function drawn(rng: Rng, { market: { listings }, signals }: State, count: number): Listing[] {
  const { counters } = signals.statistics;
  const rows: { readonly listing: Listing; readonly due: number }[] = [];
  for (let row = 0; row < listings.size; row++) {
    const listing = listings.has(row) ? listings.document(row) : undefined;
    if (listing === undefined || listing.availability === 'removed' || wordsOf(listing.title).length < WORDS_MIN)
      continue;
    // The first to come of exponential times with these rates: a weighted sample without repetition (Efraimidis and Spirakis, 2006).
    rows.push({ listing, due: rng.exponential() / counters.get(row, PURCHASES) });
  }
  if (rows.length === 0)
    throw new RialtoError(
      'no-data',
      `no listing has a title of ${WORDS_MIN} words or more: import a catalogue with titles`,
    );
  rows.sort((a, b) => (a.due === b.due ? 0 : a.due - b.due));
  return rows.slice(0, count).map(({ listing }) => listing);
}

/** Ids of the signed-in buyers who ordered most often. */
function mostFaithful({ market: { buyers } }: State, count: number): string[] {
  const { keys, orders } = buyers;
  const rows = Array.from({ length: keys.rows }, (_, row) => row).filter(
    (row) => keys.has(row) && orders.data[row]! > 0,
  );
  const signedIn = rows.filter((row) => !isAnonymous(keys.text(row)));
  signedIn.sort((a, b) => orders.data[b]! - orders.data[a]! || a - b);
  return signedIn.slice(0, count).map((row) => keys.text(row));
}

class Trial {
  readonly #state: State;
  readonly #rng: Rng;
  readonly #models: readonly Listing[];
  readonly #workspace = new Workspace();
  #decisions = 0;

  constructor(state: State, rng: Rng, models: readonly Listing[]) {
    this.#state = state;
    this.#rng = rng;
    this.#models = models;
  }

  /** Returns its id. */
  putIn(model: Listing, number: number): string {
    const id = `${MODULE.id}-${number}`;
    const words = wordsOf(model.title);
    words[this.#rng.below(words.length)] = this.#anyWord();
    this.#save({ ...model, id, title: words.join(' '), availability: 'in-stock' });
    return id;
  }

  takeOut(id: string): void {
    this.#save({ ...readEntity(this.#state.market, 'listing', id)!, availability: 'removed' });
  }

  /** Of somebody else's title. */
  #anyWord(): string {
    const other = this.#models[this.#rng.below(this.#models.length)]!;
    const words = wordsOf(other.title);
    return words[this.#rng.below(words.length)]!;
  }

  #save(entity: Listing): void {
    applyRecord(this.#state, { kind: 'listing', at: this.#state.logTime, by: 'evaluation', entity });
  }

  /** From 1; infinite where the page does not have it. */
  placeOf(id: string, page: string, placement: string, buyer: string | undefined): number {
    const request = { ...(buyer !== undefined && { buyer }), placements: [placement], context: { listing: page } };
    const at = millis(this.#state.logTime + SECOND_MS);
    const decision = decide(this.#state, { id: `page-${this.#decisions++}`, at, request }, this.#workspace);
    const row = this.#state.market.listings.ids.find(id);
    const index = decision.placements[0]!.items.findIndex(({ listing }) => listing === row);
    return index < 0 ? Number.POSITIVE_INFINITY : 1 + index;
  }
}

interface Seen {
  readonly place: number;
  readonly stranger: boolean;
}

function figures(seen: readonly Seen[], k: number): NewListingFigures {
  const among = (pages: readonly Seen[]): number => pages.filter(({ place }) => place <= k).length / pages.length;
  const places = seen.map(({ place }) => place).sort((a, b) => a - b);
  const medianPlace = places[places.length >> 1]!;
  return {
    shown: among(seen),
    shownToStrangers: among(seen.filter(({ stranger }) => stranger)),
    ...(Number.isFinite(medianPlace) && { medianPlace }),
    absent: places.filter((place) => !Number.isFinite(place)).length / places.length,
  };
}
