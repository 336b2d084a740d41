/**
 * Optimised cost per click: the bid of a campaign for sales whose seller bids by hand, lowered where a click seldom ends in a purchase and
 * raised where it often does, so that the same money buys more sales.
 *
 *     m   = pCVR / r, at least 1/2 and at most 2           bid = the seller's × m
 *     r  += r (m − 1) / n                                  at each charged click; n counts them, up to MEMORY
 *
 * Without the bounds r is the average pCVR of the campaign's clicks; with them it settles where m is 1 on average all the same. So
 * over the clicks that it pays for, a campaign bids what its seller asked for. After Zhu et al., "Optimized cost per click in Taobao display
 * advertising" (KDD 2017), who bound the bid likewise. Not for campaigns that name a goal and no bid: those are `autobid.ts`.
 *
 * State: r and n of each campaign, folded from its charged clicks.
 */
import { float64Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

const FACTOR_MIN = 0.5;
const FACTOR_MAX = 2;
/** Clicks after which older ones begin to count less. */
const MEMORY = 500;

export class OptimisedCpc implements Part {
  // Columns, both [campaigns]. A reference of 0 stands for a campaign that has paid for no click.
  readonly #reference = float64Column();
  readonly #clicks = float64Column();

  /** m: what the seller's bid is multiplied with for a click that is bought from so often. */
  factor(campaign: number, conversionRate: number): number {
    const reference = campaign < this.#reference.length ? this.#reference.data[campaign]! : 0;
    return reference > 0 ? Math.min(FACTOR_MAX, Math.max(FACTOR_MIN, conversionRate / reference)) : 1;
  }

  /** A click was charged that was expected to be bought from so often. */
  clicked(campaign: number, conversionRate: number): void {
    if (!(conversionRate > 0)) return;
    this.#reference.resize(campaign + 1);
    this.#clicks.resize(campaign + 1);
    const reference = this.#reference.data[campaign]! || conversionRate;
    const clicks = Math.min(MEMORY, this.#clicks.data[campaign]! + 1);
    this.#clicks.data[campaign] = clicks;
    this.#reference.data[campaign] = reference;
    this.#reference.data[campaign]! += (reference * (this.factor(campaign, conversionRate) - 1)) / clicks;
  }

  save(out: SnapshotWriter): void {
    this.#reference.save(out, 'optimised-cpc.reference');
    this.#clicks.save(out, 'optimised-cpc.clicks');
  }

  load(from: SnapshotReader): void {
    this.#reference.load(from, 'optimised-cpc.reference');
    this.#clicks.load(from, 'optimised-cpc.clicks');
  }
}
