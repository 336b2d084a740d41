/**
 * What was served and will still be billed: by campaign, price × how often what it serves is billed, fading with the mean delay of billing.
 *
 *     rate(c) = (bills_c + K m) / (serves_c + K)        m: of all campaigns that pay for the same; K: PRIOR serves, in which one bill is expected
 *
 * Views are billed within seconds and nearly always, clicks within a minute and seldom, orders after days and very seldom. So each
 * kind has its own mean rate and delay, or a campaign that pays by view would tell the others that most of what they serve is billed.
 */
import { float64Column, uint8Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { BILLINGS } from '../market/campaigns.ts';

/** By `BILLINGS`: view, click, order. */
const KINDS = BILLINGS.length;
const CLICK = BILLINGS.indexOf('click');
const ORDER = BILLINGS.indexOf('order');
/** Before anything was served: one of so many is billed. */
const SERVES_A_BILL = [2, 20, 1_000];
/** Serves of the average campaign that a campaign's own are mixed with. */
const PRIOR_SERVES = [50, 50, 1_000];
/** Older serves count half once there are twice as many. */
const SERVES_MEMORY = [4_000, 4_000, 200_000];
const DAY_MS = 86_400_000;
const DELAY_MS_START = [30_000, 30_000, DAY_MS];
const DELAY_MS_MAX = [3_600_000, 3_600_000, 30 * DAY_MS];
const DELAY_MEMORY = 1_000;

export class InFlightSpend implements Part {
  // Columns, all [campaigns].
  readonly #kind = uint8Column(CLICK);
  readonly #micros = float64Column();
  readonly #at = float64Column();
  readonly #serves = float64Column();
  readonly #bills = float64Column();
  // Of all campaigns. [KINDS]
  #allServes = new Array<number>(KINDS).fill(0);
  #allBills = new Array<number>(KINDS).fill(0);
  #delayMs = [...DELAY_MS_START];

  grow(size: number): void {
    if (size <= this.#kind.length) return;
    for (const [, column] of this.#columns()) column.resize(size);
  }

  /** A billing event of what was served would cost the price. Returns what is expected of it. */
  served(campaign: number, priceMicros: number, kind: number, at: number): number {
    this.grow(campaign + 1);
    this.#kind.data[campaign] = kind;
    const expected = priceMicros * this.billingRate(campaign);
    this.#fade(campaign, at);
    this.#micros.data[campaign]! += expected;
    this.#allServes[kind]!++;
    if (++this.#serves.data[campaign]! >= SERVES_MEMORY[kind]!) {
      this.#serves.data[campaign]! /= 2;
      this.#bills.data[campaign]! /= 2;
    }
    return expected;
  }

  /** A billing event, so long after it was served. */
  billed(campaign: number, delayMs: number): void {
    this.grow(campaign + 1);
    const kind = this.#kind.data[campaign]!;
    this.#bills.data[campaign]!++;
    const bills = ++this.#allBills[kind]!;
    const delay = Math.min(DELAY_MS_MAX[kind]!, Math.max(0, delayMs));
    this.#delayMs[kind]! += (delay - this.#delayMs[kind]!) / Math.min(DELAY_MEMORY, bills + 10);
  }

  /** Of what is served, how much is billed. */
  billingRate(campaign: number): number {
    const known = campaign < this.#kind.length;
    const kind = known ? this.#kind.data[campaign]! : CLICK;
    const average = (this.#allBills[kind]! + 1) / (this.#allServes[kind]! + SERVES_A_BILL[kind]!);
    if (!known) return Math.min(1, average);
    const prior = PRIOR_SERVES[kind]!;
    return Math.min(1, (this.#bills.data[campaign]! + prior * average) / (this.#serves.data[campaign]! + prior));
  }

  #fade(campaign: number, at: number): void {
    const passed = at - this.#at.data[campaign]!;
    if (passed <= 0) return;
    this.#micros.data[campaign]! *= Math.exp(-passed / Math.max(1, this.#delayMs[this.#kind.data[campaign]!]!));
    this.#at.data[campaign] = at;
  }

  /** What was served last pays for orders. */
  isOfOrders(campaign: number): boolean {
    return campaign < this.#kind.length && this.#kind.data[campaign] === ORDER;
  }

  micros(campaign: number): number {
    return campaign < this.#micros.length ? this.#micros.data[campaign]! : 0;
  }

  /** Of what is on its way at `at`, what will be billed within `withinMs`. */
  dueMicros(campaign: number, at: number, withinMs: number): number {
    this.grow(campaign + 1);
    this.#fade(campaign, at);
    const delay = Math.max(1, this.#delayMs[this.#kind.data[campaign]!]!);
    return this.#micros.data[campaign]! * (1 - Math.exp(-withinMs / delay));
  }

  /** Nothing is on its way any more; what was learned stays. */
  clear(): void {
    this.#micros.data.fill(0, 0, this.#micros.length);
  }

  save(out: SnapshotWriter): void {
    for (const [name, column] of this.#columns()) column.save(out, `in-flight.${name}`);
    out.json('in-flight', [this.#allServes, this.#allBills, this.#delayMs]);
  }

  load(from: SnapshotReader): void {
    for (const [name, column] of this.#columns()) column.load(from, `in-flight.${name}`);
    [this.#allServes, this.#allBills, this.#delayMs] = from.json<[number[], number[], number[]]>('in-flight');
  }

  #columns() {
    return [
      ['kind', this.#kind],
      ['micros', this.#micros],
      ['at', this.#at],
      ['serves', this.#serves],
      ['bills', this.#bills],
    ] as const;
  }
}
