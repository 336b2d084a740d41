/**
 * A placement's auction as its document configures it, made ready once for all its decisions: which positions ads may take, how
 * likely each is looked at, and the fixed reserve of each category.
 *
 *     effect of position p = log2(2 + p_1) / log2(2 + p)       where none are given; p_1 is the first ad slot's position, 0-based
 *
 * which is the discount of DCG (Järvelin and Kekäläinen 2002): a usual shape of attention down a list, to be replaced by measured
 * effects where there are any. GSP and first price do not depend on it.
 */
import type { AuctionFormat, Placement } from '@rialto/sdk';
import { MICROS_PER_CENT } from '../base/units.ts';

const CATEGORY_SEPARATOR = ' > ';

export interface CompiledAuction {
  readonly placement: string;
  readonly format: AuctionFormat;
  readonly squashing: number;
  /** Positions in the order in which they are sold. [slots] */
  readonly positions: Int32Array;
  /** [slots] */
  readonly slotEffects: Float64Array;
  readonly coinMicros: number;
  readonly qualityMin: number;
  readonly adsPerPageMax: number;
  /** Whether `organicBetweenMin` binds also where organic items run short. */
  readonly keepsGaps: boolean;
  /** 0: ads are not weighed against organic items. */
  readonly relevanceValueMicros: number;
  readonly reserveMicros: number;
  readonly reserveOfCategory: ReadonlyMap<string, number>;
  readonly learnsReserve: boolean;
  readonly learnsEffects: boolean;
}

export function compileAuction({
  id,
  adSlots = [],
  reserveMicros = MICROS_PER_CENT,
  auction = {},
}: Placement): CompiledAuction {
  const { adsMax = adSlots.length, organicBetweenMin = 0, slotEffects } = auction;
  const kept = spaced(adSlots, organicBetweenMin).slice(0, adsMax);
  return {
    placement: id,
    format: auction.format ?? 'gsp',
    squashing: auction.squashing ?? 1,
    positions: Int32Array.from(kept, (slot) => adSlots[slot]!),
    slotEffects: Array.isArray(slotEffects)
      ? Float64Array.from(kept, (slot) => slotEffects[slot]!)
      : usualEffects(kept.map((slot) => adSlots[slot]!)),
    coinMicros: auction.coinMicros ?? MICROS_PER_CENT,
    qualityMin: auction.qualityMin ?? 0,
    adsPerPageMax: auction.adsPerPageMax ?? Number.POSITIVE_INFINITY,
    keepsGaps: organicBetweenMin > 0,
    relevanceValueMicros: auction.relevanceValueMicros ?? 0,
    reserveMicros,
    reserveOfCategory: new Map(auction.reserve?.byCategory?.map((of) => [of.category, of.reserveMicros])),
    learnsReserve: auction.reserve?.learned !== undefined,
    learnsEffects: slotEffects === 'learned',
  };
}

/** Which ad slots remain where at least so many organic items must stand between two. */
function spaced(adSlots: readonly number[], organicBetweenMin: number): number[] {
  const kept: number[] = [];
  adSlots.forEach((position, slot) => {
    const last = kept.at(-1);
    if (last === undefined || organicBetweenMin === 0 || position - adSlots[last]! > organicBetweenMin) kept.push(slot);
  });
  return kept;
}

export function usualEffects(positions: readonly number[]): Float64Array {
  const effects = new Float64Array(positions.length);
  positions.forEach((position, slot) => {
    const effect = Math.log2(2 + positions[0]!) / Math.log2(2 + position);
    effects[slot] = Math.min(effects[slot - 1] ?? 1, effect);
  });
  return effects;
}

/** The fixed reserve of a listing in the category, '' for none; undefined where the placement's own holds. */
export function categoryReserve({ reserveOfCategory }: CompiledAuction, category: string): number | undefined {
  for (let path = category; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf(CATEGORY_SEPARATOR)))) {
    const reserve = reserveOfCategory.get(path);
    if (reserve !== undefined) return reserve;
  }
  return undefined;
}
