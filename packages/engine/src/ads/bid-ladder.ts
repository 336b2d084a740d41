/**
 * What one entrant could have had in an auction, bid by bid: the ladder of its slots against the others.
 *
 *     T_k      = max(score of who has slot k without it, floor_k, reserve × weight + bonus)
 *     least bid for slot k  = (T_k − bonus) / weight
 *     cost     GSP: that bid;  VCG: (Σ_(j ≥ k) T_j (α_j − α_(j+1)) / α_k − bonus) / weight;  first price: whatever is bid
 *
 * with the names of `auction.ts`, and costs rounded up to a coin as there. Other ads of the entrant's shop count as others: they
 * would take the slot, even if they do not set its price. Estimates: floats, not money.
 */
import type { AuctionFormat } from '@rialto/sdk';

export interface Rivals {
  readonly format: AuctionFormat;
  /** [slots] */
  readonly slotEffects: Float64Array;
  /** Score of who has the slot without the entrant, or what the slot is worth without an ad; 0 where neither. [slots] */
  readonly toBeat: Float64Array;
}

export interface LadderEntrant {
  readonly weight: number;
  readonly bonus: number;
  readonly reserveMicros: number;
  readonly coinMicros: number;
  /** It pays its bid, whatever the format. */
  readonly paysBid: boolean;
}

export interface BidLadder {
  /** The least bid for each slot, the best slot first, never rising. [slots] */
  readonly bidsMicros: Float64Array;
  /** What is paid there; the bid itself where `paysBid`. [slots] */
  readonly costsMicros: Float64Array;
  readonly paysBid: boolean;
}

export function bidLadder({ format, slotEffects, toBeat }: Rivals, entrant: LadderEntrant): BidLadder {
  const { weight, bonus, reserveMicros, coinMicros } = entrant;
  const slots = toBeat.length;
  const bidsMicros = new Float64Array(slots);
  const costsMicros = new Float64Array(slots);
  const reserve = reserveMicros * weight + bonus;
  const bidOf = (score: number): number => Math.max(reserveMicros, (score - bonus) / weight);
  const rounded = (bid: number): number => Math.max(reserveMicros, Math.ceil(bid / coinMicros - 1e-9) * coinMicros);
  let below = 0;
  for (let slot = slots - 1; slot >= 0; slot--) {
    const score = Math.max(reserve, toBeat[slot]!);
    bidsMicros[slot] = bidOf(score);
    below += score * (slotEffects[slot]! - (slotEffects[slot + 1] ?? 0));
    costsMicros[slot] = rounded(format === 'vcg' ? bidOf(below / slotEffects[slot]!) : bidsMicros[slot]!);
  }
  return { bidsMicros, costsMicros, paysBid: entrant.paysBid || format === 'first-price' };
}
