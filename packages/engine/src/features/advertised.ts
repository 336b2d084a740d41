/**
 * Listings that campaigns advertise wherever they suit, by how often they are clicked: the sponsored source reads the tops, and
 * draws from all. On boards over all and per category, sorted by a level of the smoothed click rate,
 *
 *     rate  = (clicks + 2) / (impressions + 100)
 *     level = 1 + round(4 · log2(rate / 0.0005)), from 1 to 45: steps of 19 %
 *
 * which moves by a step or two for an event, so each costs O(1).
 */
import { int32Column, uint8Column } from '../base/column.ts';
import { IntLists } from '../base/int-lists.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Campaigns } from '../market/campaigns.ts';
import { Leaderboard } from './leaderboard.ts';
import { CLICKS, IMPRESSIONS, type ListingCounters } from './listing-counters.ts';

const PRIOR_CLICKS = 2;
const PRIOR_IMPRESSIONS = 100;
/** Of a listing that nobody has seen yet. */
export const USUAL_CLICK_RATE = PRIOR_CLICKS / PRIOR_IMPRESSIONS;
const LEVELS_PER_OCTAVE = 4;
const RATE_MIN = 0.0005;
/** Row of `#lists` and board of all listings. */
const ALL = 0;

/** Clicks per impression, smoothed towards what is usual: what an ad's click is promised with. */
export function clickRate(counters: ListingCounters, listing: number): number {
  const clicks = counters.get(listing, CLICKS);
  const impressions = counters.get(listing, IMPRESSIONS);
  return (clicks + PRIOR_CLICKS) / (Math.max(impressions, clicks) + PRIOR_IMPRESSIONS);
}

const levelOf = (rate: number): number => 1 + Math.round(LEVELS_PER_OCTAVE * Math.max(0, Math.log2(rate / RATE_MIN)));

export class Advertised implements Part {
  readonly #overall = new Leaderboard();
  readonly #ofCategory = new Leaderboard();
  /** [1 + categories]: listings in no order, of which one can be drawn. */
  readonly #lists = new IntLists();
  /** 0 for what is not here. [listings] */
  readonly #level = uint8Column();
  /** Row of `#lists`, -1 without a category. [listings] */
  readonly #shelf = int32Column(-1);
  readonly #placeInAll = int32Column(-1);
  readonly #placeOnShelf = int32Column(-1);

  /** [campaigns] */
  readonly #favourite = int32Column(-1);

  has(listing: number): boolean {
    return listing < this.#level.length && this.#level.data[listing]! > 0;
  }

  /** Takes a listing in, moves it, or takes it out. `category` is -1 where it has none. */
  put(
    listing: number,
    is: { readonly advertised: boolean; readonly category: number },
    counters: ListingCounters,
  ): void {
    const shelf = is.category < 0 ? -1 : is.category + 1;
    if (this.has(listing) && (!is.advertised || this.#shelf.data[listing] !== shelf)) this.#takeOut(listing);
    if (!is.advertised) return;
    if (!this.has(listing)) this.#takeIn(listing, shelf);
    this.count(listing, counters);
  }

  /** Follows the counts of a listing that is here. */
  count(listing: number, counters: ListingCounters): void {
    if (this.has(listing)) this.#moveTo(listing, levelOf(clickRate(counters, listing)));
  }

  #takeIn(listing: number, shelf: number): void {
    for (const column of [this.#level, this.#shelf, this.#placeInAll, this.#placeOnShelf]) column.resize(listing + 1);
    this.#shelf.data[listing] = shelf;
    this.#placeInAll.data[listing] = this.#append(ALL, listing);
    this.#placeOnShelf.data[listing] = shelf < 0 ? -1 : this.#append(shelf, listing);
    this.#moveTo(listing, 1);
  }

  #append(list: number, listing: number): number {
    if (list >= this.#lists.rows) this.#lists.reserve(list + 1);
    this.#lists.push(list, listing);
    return this.#lists.lengths[list]! - 1;
  }

  #takeOut(listing: number): void {
    this.#moveTo(listing, 0);
    this.#removeAt(ALL, this.#placeInAll.data[listing]!, this.#placeInAll.data);
    const shelf = this.#shelf.data[listing]!;
    if (shelf >= 0) this.#removeAt(shelf, this.#placeOnShelf.data[listing]!, this.#placeOnShelf.data);
  }

  /** The last of the list takes the place. */
  #removeAt(list: number, place: number, places: Int32Array): void {
    const { cells, starts, lengths } = this.#lists;
    const end = lengths[list]! - 1;
    const last = cells[starts[list]! + end]!;
    cells[starts[list]! + place] = last;
    places[last] = place;
    this.#lists.truncate(list, end);
  }

  #moveTo(listing: number, level: number): void {
    const shelf = this.#shelf.data[listing]!;
    for (; this.#level.data[listing]! < level; this.#level.data[listing]!++) {
      this.#overall.increment(listing, ALL);
      if (shelf >= 0) this.#ofCategory.increment(listing, shelf);
    }
    for (; this.#level.data[listing]! > level; this.#level.data[listing]!--) {
      this.#overall.decrement(listing);
      if (shelf >= 0) this.#ofCategory.decrement(listing);
    }
  }

  /** A click on a listing, counted already: perhaps it is its campaigns' favourite now. */
  clicked(listing: number, campaigns: Campaigns, counters: ListingCounters): void {
    const rate = clickRate(counters, listing);
    for (const campaign of campaigns.ofListing(listing)) {
      this.#favourite.resize(campaign + 1);
      const before = this.favourite(campaign, campaigns);
      if (before < 0 || rate > clickRate(counters, before)) this.#favourite.data[campaign] = listing;
    }
  }

  /** The listing of the campaign with the highest click rate when it was clicked last; -1 where nobody clicked. */
  favourite(campaign: number, campaigns: Campaigns): number {
    const listing = campaign < this.#favourite.length ? this.#favourite.data[campaign]! : -1;
    if (listing < 0) return -1;
    // The campaign may have dropped it since.
    const at = campaigns.advertisers.lowerBound(listing, campaign);
    return campaigns.ofListing(listing)[at] === campaign ? listing : -1;
  }

  /** How many there are; of a category where it is not -1. */
  size(category: number): number {
    return category + 1 < this.#lists.rows ? this.#lists.lengths[category + 1]! : 0;
  }

  /** Those with the highest click rates into `out`, best first; of a category where it is not -1. Returns how many. */
  top(category: number, limit: number, out: Int32Array): number {
    return category < 0 ? this.#overall.top(ALL, limit, out) : this.#ofCategory.top(category + 1, limit, out);
  }

  /** One of them, by `draw` in [0, 1); -1 where there is none. */
  draw(category: number, draw: number): number {
    const size = this.size(category);
    return size === 0 ? -1 : this.#lists.cells[this.#lists.starts[category + 1]! + Math.floor(draw * size)]!;
  }

  save(out: SnapshotWriter): void {
    this.#overall.save(out, 'advertised.overall');
    this.#ofCategory.save(out, 'advertised.of-category');
    this.#lists.save(out, 'advertised.lists');
    for (const [name, column] of this.#columns()) column.save(out, `advertised.${name}`);
  }

  load(from: SnapshotReader): void {
    this.#overall.load(from, 'advertised.overall');
    this.#ofCategory.load(from, 'advertised.of-category');
    this.#lists.load(from, 'advertised.lists');
    for (const [name, column] of this.#columns()) column.load(from, `advertised.${name}`);
  }

  #columns() {
    return [
      ['level', this.#level],
      ['shelf', this.#shelf],
      ['place-in-all', this.#placeInAll],
      ['place-on-shelf', this.#placeOnShelf],
      ['favourite', this.#favourite],
    ] as const;
  }
}
