/**
 * Automatic bids: what a click on a listing is worth to a campaign that names a goal and not a bid.
 *
 *     v      1 (clicks), pCVR (conversions), or pCVR × price (value)
 *     bid  = min( cap,  c · v / v̄ · f,  w · v )
 *
 * c is what a click costs on this marketplace on average and v̄ the average v, so that a campaign without a past starts from what
 * similar listings earn; f is what pacing multiplies the bid with, which here may rise above 1: the budget's controller. w is what the cost target
 * allows for a unit of value (`cost-target-controller.ts`): one controller for each constraint, and the bid the least of what they
 * allow (Balseiro et al. 2023, "A field guide for pacing budget and ROS constraints").
 *
 * State: for each campaign with a target the multiplier of its constraint, folded from what its clicks cost and were expected to bring.
 */
import { float64Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { adjustCostTarget, allowedWorth } from './cost-target-controller.ts';

/** Clicks that are gathered before the target's controller moves. */
const CLICKS_PER_STEP = 10;
/** How fast what a step usually costs follows. It must not hang on the step itself, or cheap steps would weigh more. */
const SCALE_RATE = 0.05;

export interface ClickWorth {
  /** v: what the click is expected to bring. */
  readonly value: number;
  /** v̄ over the marketplace. */
  readonly meanValue: number;
  /** c. */
  readonly meanCostMicros: number;
}

export interface BidLimits {
  /** The most that the seller would pay; Infinity where no cap is named. */
  readonly capMicros: number;
  /** f. */
  readonly factor: number;
  /** w, in micros for a unit of value; Infinity without a target. */
  readonly allowedWorth: number;
}

/** In whole micros; 0 where nothing is worth a bid. */
export function autoBidMicros({ value, meanValue, meanCostMicros }: ClickWorth, limits: BidLimits): number {
  if (!(value > 0 && meanValue > 0)) return 0;
  const byBudget = (meanCostMicros * value * limits.factor) / meanValue;
  return Math.floor(Math.min(limits.capMicros, byBudget, limits.allowedWorth * value));
}

export class Autobid implements Part {
  // Columns, all [campaigns]. A multiplier of 0 stands for one that has not begun.
  readonly #multiplier = float64Column();
  readonly #room = float64Column();
  readonly #cost = float64Column();
  readonly #value = float64Column();
  readonly #clicks = float64Column();
  /** What a step usually costs. */
  readonly #scale = float64Column();

  /** What the target allows for a unit of value. `target` in micros for a unit of value. */
  allowedWorth(campaign: number, target: number): number {
    return allowedWorth({ target, multiplier: this.#multiplierOf(campaign, target), room: 0 });
  }

  #multiplierOf(campaign: number, target: number): number {
    const known = campaign < this.#multiplier.length ? this.#multiplier.data[campaign]! : 0;
    return known > 0 ? known : 1 / target;
  }

  /** A click was charged that was expected to bring `value`. */
  clicked(campaign: number, target: number, { value, costMicros }: { value: number; costMicros: number }): void {
    for (const [, column] of this.#columns()) column.resize(campaign + 1);
    this.#cost.data[campaign]! += costMicros;
    this.#value.data[campaign]! += value;
    if (++this.#clicks.data[campaign]! < CLICKS_PER_STEP) return;
    const spent = this.#cost.data[campaign]!;
    const scale = this.#scale.data[campaign]! || spent;
    const next = adjustCostTarget(
      { target, multiplier: this.#multiplierOf(campaign, target), room: this.#room.data[campaign]! },
      { cost: spent, value: this.#value.data[campaign]!, scale },
    );
    this.#scale.data[campaign] = scale + SCALE_RATE * (spent - scale);
    this.#clicks.data[campaign] = 0;
    this.#multiplier.data[campaign] = next.multiplier;
    this.#room.data[campaign] = next.room;
    this.#cost.data[campaign] = 0;
    this.#value.data[campaign] = 0;
  }

  save(out: SnapshotWriter): void {
    for (const [name, column] of this.#columns()) column.save(out, `autobid.${name}`);
  }

  load(from: SnapshotReader): void {
    for (const [name, column] of this.#columns()) column.load(from, `autobid.${name}`);
  }

  #columns() {
    return [
      ['multiplier', this.#multiplier],
      ['room', this.#room],
      ['cost', this.#cost],
      ['value', this.#value],
      ['clicks', this.#clicks],
      ['scale', this.#scale],
    ] as const;
  }
}
