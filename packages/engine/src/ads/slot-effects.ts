/**
 * The slot effects that placements learn from their own ads: signed impressions and clicks by position and listing, fitted again
 * each hour (position-model.ts). Counts stay for good, so a placement whose page is laid out anew should get a new id.
 */

import type { Placement } from '@rialto/sdk';
import { float64Column, int32Column } from '../base/column.ts';
import { PairIndex } from '../base/pair-index.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Millis } from '../base/units.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import type { Market } from '../market/market.ts';
import { usualEffects } from './auction-terms.ts';
import { fitPositions } from './position-model.ts';

/** Positions of a placement. */
const POSITIONS_MAX = 128;
/** Below it the usual shape is kept. */
const CLICKS_MIN = 200;

export interface SlotEvent {
  readonly placement: Placement;
  /** Rows. */
  readonly row: number;
  readonly listing: number;
  readonly position: number;
  readonly clicked: boolean;
}

export class SlotEffects implements Part {
  /** By placement × POSITIONS_MAX + position, and listing. */
  readonly #index = new PairIndex();
  // Columns, all [cells].
  readonly #place = int32Column();
  readonly #listing = int32Column();
  readonly #views = float64Column();
  readonly #clicks = float64Column();
  /** 0 where nothing is learned. [placements × POSITIONS_MAX] */
  readonly #effects = float64Column();
  #hour = -1;

  /** An ad was seen or clicked: counted where the placement learns. */
  count({ placement, row, listing, position, clicked }: SlotEvent): void {
    if (placement.auction?.slotEffects !== 'learned' || listing < 0 || position >= POSITIONS_MAX) return;
    const place = row * POSITIONS_MAX + position;
    let cell = this.#index.find(place, listing);
    if (cell < 0) {
      cell = this.#place.push(place);
      this.#listing.push(listing);
      this.#views.push(0);
      this.#clicks.push(0);
      this.#index.add(place, listing, cell);
    }
    if (clicked) this.#clicks.data[cell]!++;
    else this.#views.data[cell]!++;
  }

  /** Fills in how likely each position is looked at; leaves `into` as it is where nothing was learned. [slots] */
  fill(row: number, positions: Int32Array, into: Float64Array): void {
    const start = row * POSITIONS_MAX;
    for (let slot = 0; slot < positions.length; slot++) {
      const effect =
        start + positions[slot]! < this.#effects.length ? this.#effects.data[start + positions[slot]!]! : 0;
      if (effect === 0) return;
      into[slot] = effect;
    }
  }

  /** Learns again once an hour has passed. */
  advance(at: Millis, { placements }: Market): void {
    const hour = Math.floor(at / MILLIS_PER_HOUR);
    if (hour <= this.#hour) return;
    this.#hour = hour;
    for (let row = 0; row < placements.size; row++) {
      const placement = placements.at(row);
      if (placement.auction?.slotEffects === 'learned') this.#learn(row, placement.adSlots ?? []);
    }
  }

  #learn(row: number, adSlots: readonly number[]): void {
    const slotOf = new Int32Array(POSITIONS_MAX).fill(-1);
    adSlots.forEach((position, slot) => {
      slotOf[position] = slot;
    });
    const ads = new Map<number, number>();
    const [slots, numbers, views, clicks]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let cell = 0; cell < this.#place.length; cell++) {
      const place = this.#place.data[cell]! - row * POSITIONS_MAX;
      const slot = place >= 0 && place < POSITIONS_MAX ? slotOf[place]! : -1;
      if (slot < 0) continue;
      const listing = this.#listing.data[cell]!;
      if (!ads.has(listing)) ads.set(listing, ads.size);
      slots.push(slot);
      numbers.push(ads.get(listing)!);
      // A click without an impression was seen all the same.
      views.push(Math.max(this.#views.data[cell]!, this.#clicks.data[cell]!));
      clicks.push(this.#clicks.data[cell]!);
    }
    if (clicks.reduce((sum, count) => sum + count, 0) < CLICKS_MIN) return;
    const counts = {
      slot: Int32Array.from(slots),
      ad: Int32Array.from(numbers),
      views: Float64Array.from(views),
      clicks: Float64Array.from(clicks),
      ads: ads.size,
    };
    const effects = fitPositions(counts, usualEffects(adSlots));
    this.#effects.resize((row + 1) * POSITIONS_MAX);
    adSlots.forEach((position, slot) => {
      this.#effects.data[row * POSITIONS_MAX + position] = effects[slot]!;
    });
  }

  save(out: SnapshotWriter): void {
    this.#index.save(out, 'slot-effects.index');
    for (const [name, column] of this.#columns()) column.save(out, name);
    out.json('slot-effects.hour', this.#hour);
  }

  load(from: SnapshotReader): void {
    this.#index.load(from, 'slot-effects.index');
    for (const [name, column] of this.#columns()) column.load(from, name);
    this.#hour = from.json<number>('slot-effects.hour');
  }

  #columns() {
    return [
      ['slot-effects.place', this.#place],
      ['slot-effects.listing', this.#listing],
      ['slot-effects.views', this.#views],
      ['slot-effects.clicks', this.#clicks],
      ['slot-effects.effects', this.#effects],
    ] as const;
  }
}
