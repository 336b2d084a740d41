/**
 * The reserves that placements learn from bids, made again each hour from the campaigns that run then.
 *
 * No shop's bids touch its own reserve: shops are in two groups by a hash of their id, and each group's reserve comes from the
 * other's bids (Goldberg, Hartline and Wright 2001), the best bid of each shop. So a seller gains nothing by bidding lower to
 * bring the reserve down.
 */
import type { Placement } from '@rialto/sdk';
import { float64Column, uint8Column } from '../base/column.ts';
import { hash32 } from '../base/hash.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { MICROS_PER_CENT, MILLIS_PER_HOUR, type Millis } from '../base/units.ts';
import type { Market } from '../market/market.ts';
import { CLICK } from './entrants.ts';
import { learnReserve } from './reserve.ts';

const SHOPS_MIN = 100;
const GROUPS = 2;
/** Keeps the groups apart from other hashes of ids. */
const GROUP_SEED = 0x5e7e;

export class LearnedReserves implements Part {
  /** 0 where nothing is learned. [placements × GROUPS] */
  readonly #reserves = float64Column();
  #hour = -1;
  /** 1 + the shop's group, 0 where it was not asked for yet. Made again on load. [shops] */
  readonly #group = uint8Column();

  /** The least price of a click on what the shop advertises there, 0 where none was learned. Rows. */
  of(placement: number, shop: number, { listings }: Market): number {
    const cell = placement * GROUPS + this.#groupOf(shop, listings);
    return cell < this.#reserves.length ? this.#reserves.data[cell]! : 0;
  }

  /** Learns again once an hour has passed. */
  advance(at: Millis, market: Market): void {
    const hour = Math.floor(at / MILLIS_PER_HOUR);
    if (hour <= this.#hour) return;
    this.#hour = hour;
    const { placements } = market;
    for (let row = 0; row < placements.size; row++) {
      const placement = placements.at(row);
      if (placement.auction?.reserve?.learned === undefined) continue;
      this.#reserves.resize((row + 1) * GROUPS);
      this.#learn(row, placement, market, at);
    }
  }

  #learn(
    row: number,
    { id, adSlots = [], auction, reserveMicros = MICROS_PER_CENT }: Placement,
    market: Market,
    at: Millis,
  ): void {
    const { shopsMin = SHOPS_MIN, reserveMicrosMax = Number.POSITIVE_INFINITY } = auction!.reserve!.learned!;
    const best = bestBids(id, market, at);
    const bids: number[][] = Array.from({ length: GROUPS }, () => []);
    for (const [shop, bid] of best) bids[this.#groupOf(shop, market.listings)]!.push(bid);
    for (let group = 0; group < GROUPS; group++) {
      const others = bids.filter((_, other) => other !== group).flat();
      const enough = best.size >= shopsMin && adSlots.length > 0;
      const learned = enough ? learnReserve(others, { slots: adSlots.length, floorMicros: reserveMicros }) : 0;
      this.#reserves.data[row * GROUPS + group] = Math.min(learned, reserveMicrosMax);
    }
  }

  #groupOf(shop: number, { shopIds }: Market['listings']): number {
    this.#group.resize(shop + 1);
    if (this.#group.data[shop] === 0) this.#group.data[shop] = 1 + (hash32(shopIds.text(shop), GROUP_SEED) % GROUPS);
    return this.#group.data[shop]! - 1;
  }

  save(out: SnapshotWriter): void {
    this.#reserves.save(out, 'reserves.learned');
    out.json('reserves.hour', this.#hour);
  }

  load(from: SnapshotReader): void {
    this.#reserves.load(from, 'reserves.learned');
    this.#hour = from.json<number>('reserves.hour');
  }
}

/** The highest bid for a click of each shop with a campaign that runs on the placement at the time. By row of the shop. */
function bestBids(placement: string, { campaigns }: Market, at: Millis): Map<number, number> {
  const best = new Map<number, number>();
  for (let row = 0; row < campaigns.size; row++) {
    const bid = campaigns.bidMicros.data[row]!;
    if (campaigns.billing.data[row] !== CLICK || !Number.isFinite(bid)) continue;
    const runs =
      campaigns.active.data[row] === 1 && at >= campaigns.startsAt.data[row]! && at < campaigns.endsAt.data[row]!;
    if (!runs || !campaigns.targets.allowsPlacement(row, placement)) continue;
    const shop = campaigns.shop.data[row]!;
    best.set(shop, Math.max(best.get(shop) ?? 0, bid));
  }
  return best;
}
