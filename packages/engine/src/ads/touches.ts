/**
 * Touches: the ads that buyers were shown or clicked lately, newest first by buyer, by session and by decision. What invalid
 * traffic is recognised by, what orders are attributed to, and what a refund of one charge finds.
 *
 * A ring of rows in the order of the log. Each row knows how far back the one before it in its hash bucket lies, so a walk costs
 * what it visits, and leaving costs nothing: a row that the ring has passed is simply no longer there. The ring grows by
 * doubling up to its limit and forgets what is older than `keptMs`; beyond the limit the oldest go first.
 */
import { type Hash64, hash64, hashPair } from '../base/hash.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

export interface Touch {
  /** When it happened, as the sender says. */
  readonly at: number;
  /** When the engine took it in. */
  readonly takenAt: number;
  /** Whoever can be told apart: see `buyerKey`. */
  readonly buyer: string;
  readonly session: string | undefined;
  readonly claims: TouchedItem & {
    /** Of ads that pay by order. */
    readonly commissionBasisPoints?: number;
    readonly arm?: number;
  };
  // Rows.
  readonly campaign: number;
  readonly listing: number;
  readonly shop: number;
}

/** What tells an item of a decision apart. */
export interface TouchedItem {
  readonly decisionId: string;
  readonly placement: string;
  readonly listing: string;
  readonly position: number;
}

export const BY_BUYER = 0;
export const BY_SESSION = 1;
export const BY_DECISION = 2;
type Chain = typeof BY_BUYER | typeof BY_SESSION | typeof BY_DECISION;
const CHAINS = 3;

// Cells of `#numbers`.
const AT = 0;
const TAKEN_AT = 1;
const CHARGED = 2;
const REFUNDED = 3;
const NUMBERS = 4;
// Cells of `#integers`: for each chain the distance to the row before and the hash, then the rest.
const BACK = 0;
const HIGH = 1;
const LOW = 2;
const CHAIN_CELLS = 3;
const CAMPAIGN = CHAINS * CHAIN_CELLS;
const LISTING = CAMPAIGN + 1;
const SHOP = CAMPAIGN + 2;
const SLOT = CAMPAIGN + 3;
const COMMISSION = CAMPAIGN + 4;
const ORDER_HIGH = CAMPAIGN + 5;
const ORDER_LOW = CAMPAIGN + 6;
const INVALID = CAMPAIGN + 7;
/** 1 + the arm whose part of the budget pays; 0 where budgets were not split. */
const ARM = CAMPAIGN + 8;
const INTEGERS = CAMPAIGN + 9;

const CAPACITY_MIN = 256;
/** Rows that one walk looks at, so that no buyer costs more than so much. */
const WALK_MAX = 512;
/** More than 1, so that the ring shrinks; few, so that a clock that jumps ahead once does not empty it. */
const LEFT_PER_PUSH = 3;
const hash: Hash64 = { high: 0, low: 0 };

export class Touches implements Part {
  readonly #name: string;
  readonly #capacityMax: number;
  readonly #keptMs: number;
  #capacity = CAPACITY_MIN;
  #numbers = new Float64Array(CAPACITY_MIN * NUMBERS);
  #integers = new Int32Array(CAPACITY_MIN * INTEGERS);
  /** The newest row of a bucket, -1 where there is none. [chains × capacity] */
  #heads = new Float64Array(CAPACITY_MIN * CHAINS).fill(-1);
  /** Rows are counted for ever; those in [first, end) are there. */
  #first = 0;
  #end = 0;
  #steps = 0;

  /** `capacityMax` is a power of two. */
  constructor({ name, capacityMax, keptMs }: { name: string; capacityMax: number; keptMs: number }) {
    this.#name = name;
    this.#capacityMax = capacityMax;
    this.#keptMs = keptMs;
  }

  get size(): number {
    return this.#end - this.#first;
  }

  /** Keeps a touch, with what was charged for it, and returns its row. */
  push(touch: Touch, chargedMicros: number): number {
    this.#makeRoom(touch.takenAt);
    const row = this.#end++;
    const n = (row % this.#capacity) * NUMBERS;
    this.#numbers[n + AT] = touch.at;
    this.#numbers[n + TAKEN_AT] = touch.takenAt;
    this.#numbers[n + CHARGED] = chargedMicros;
    this.#numbers[n + REFUNDED] = 0;
    const i = (row % this.#capacity) * INTEGERS;
    this.#integers.fill(0, i, i + INTEGERS);
    this.#integers[i + CAMPAIGN] = touch.campaign;
    this.#integers[i + LISTING] = touch.listing;
    this.#integers[i + SHOP] = touch.shop;
    this.#integers[i + SLOT] = slotOf(touch.claims);
    this.#integers[i + COMMISSION] = touch.claims.commissionBasisPoints ?? 0;
    this.#integers[i + ARM] = 1 + (touch.claims.arm ?? -1);
    this.#chain(row, BY_BUYER, touch.buyer);
    if (touch.session !== undefined) this.#chain(row, BY_SESSION, touch.session);
    this.#chain(row, BY_DECISION, touch.claims.decisionId);
    return row;
  }

  #makeRoom(now: number): void {
    for (let i = 0; i < LEFT_PER_PUSH && this.#isOld(now); i++) this.#first++;
    if (this.size < this.#capacity) return;
    if (this.#capacity < this.#capacityMax) this.#grow();
    else this.#first++;
  }

  #isOld(now: number): boolean {
    return this.#first < this.#end && this.#number(this.#first, TAKEN_AT) < now - this.#keptMs;
  }

  #grow(): void {
    const [capacity, numbers, integers] = [this.#capacity, this.#numbers, this.#integers];
    this.#capacity = 2 * capacity;
    this.#numbers = new Float64Array(2 * numbers.length);
    this.#integers = new Int32Array(2 * integers.length);
    this.#heads = new Float64Array(2 * this.#heads.length).fill(-1);
    for (let row = this.#first; row < this.#end; row++) {
      const [from, to] = [row % capacity, row % this.#capacity];
      this.#numbers.set(numbers.subarray(from * NUMBERS, (from + 1) * NUMBERS), to * NUMBERS);
      this.#integers.set(integers.subarray(from * INTEGERS, (from + 1) * INTEGERS), to * INTEGERS);
    }
    for (let row = this.#first; row < this.#end; row++)
      for (let chain = 0; chain < CHAINS; chain++) this.#link(row, chain);
  }

  #chain(row: number, chain: number, key: string): void {
    hash64(key, hash);
    const at = (row % this.#capacity) * INTEGERS + chain * CHAIN_CELLS;
    this.#integers[at + HIGH] = hash.high;
    this.#integers[at + LOW] = hash.low || 1; // both zero: not in this chain
    this.#link(row, chain);
  }

  #link(row: number, chain: number): void {
    const at = (row % this.#capacity) * INTEGERS + chain * CHAIN_CELLS;
    if (this.#integers[at + LOW] === 0 && this.#integers[at + HIGH] === 0) return;
    const bucket = this.#bucket(chain, this.#integers[at + HIGH]!, this.#integers[at + LOW]!);
    const before = this.#heads[bucket]!;
    this.#integers[at + BACK] = before < this.#first ? 0 : row - before;
    this.#heads[bucket] = row;
  }

  #bucket(chain: number, high: number, low: number): number {
    return chain * this.#capacity + (hashPair(high, low) & (this.#capacity - 1));
  }

  /** The newest row of who or what is named, or -1. Begins a walk: one at a time. */
  newest(chain: Chain, key: string): number {
    hash64(key, hash);
    const [high, low] = [hash.high | 0, hash.low | 0 || 1];
    this.#steps = 0;
    return this.#matching(this.#heads[this.#bucket(chain, high, low)]!, chain, high, low);
  }

  /** The row before `row` of the same chain and key, or -1. */
  older(chain: Chain, row: number): number {
    const at = (row % this.#capacity) * INTEGERS + chain * CHAIN_CELLS;
    const [high, low] = [this.#integers[at + HIGH]!, this.#integers[at + LOW]!];
    return this.#matching(this.#before(chain, row), chain, high, low);
  }

  #before(chain: number, row: number): number {
    const back = this.#integers[(row % this.#capacity) * INTEGERS + chain * CHAIN_CELLS + BACK]!;
    return back === 0 ? -1 : row - back;
  }

  #matching(from: number, chain: Chain, high: number, low: number): number {
    for (let row = from; row >= this.#first && this.#steps < WALK_MAX; row = this.#before(chain, row)) {
      this.#steps++;
      const at = (row % this.#capacity) * INTEGERS + chain * CHAIN_CELLS;
      if (this.#integers[at + HIGH] === high && this.#integers[at + LOW] === low) return row;
    }
    return -1;
  }

  #number(row: number, cell: number): number {
    return this.#numbers[(row % this.#capacity) * NUMBERS + cell]!;
  }

  #integer(row: number, cell: number): number {
    return this.#integers[(row % this.#capacity) * INTEGERS + cell]!;
  }

  at(row: number): number {
    return this.#number(row, AT);
  }

  takenAt(row: number): number {
    return this.#number(row, TAKEN_AT);
  }

  campaign(row: number): number {
    return this.#integer(row, CAMPAIGN);
  }

  listing(row: number): number {
    return this.#integer(row, LISTING);
  }

  shop(row: number): number {
    return this.#integer(row, SHOP);
  }

  /** Whose part of a split budget pays; -1 where budgets were not split. */
  arm(row: number): number {
    return this.#integer(row, ARM) - 1;
  }

  commissionBasisPoints(row: number): number {
    return this.#integer(row, COMMISSION);
  }

  /** Whether it was of the token that says so: of the same decision and place. */
  isOf(row: number, item: TouchedItem): boolean {
    const at = (row % this.#capacity) * INTEGERS + BY_DECISION * CHAIN_CELLS;
    hash64(item.decisionId, hash);
    if (this.#integers[at + HIGH] !== (hash.high | 0) || this.#integers[at + LOW] !== (hash.low | 0 || 1)) return false;
    return this.#integer(row, SLOT) === slotOf(item);
  }

  /** What of its charge has not been given back. */
  leftMicros(row: number): number {
    return this.#number(row, CHARGED) - this.#number(row, REFUNDED);
  }

  giveBack(row: number, amountMicros: number): void {
    this.#numbers[(row % this.#capacity) * NUMBERS + REFUNDED]! += amountMicros;
  }

  isInvalid(row: number): boolean {
    return this.#integer(row, INVALID) !== 0;
  }

  /** Found invalid after the fact: nothing is attributed to it any more. */
  invalidate(row: number): void {
    this.#integers[(row % this.#capacity) * INTEGERS + INVALID] = 1;
  }

  /** Takes note that the touch pays for the order; false where it pays for another one already. */
  claimFor(row: number, order: string): boolean {
    hash64(order, hash);
    const [high, low] = [hash.high | 0, hash.low | 0 || 1];
    const at = (row % this.#capacity) * INTEGERS;
    if (this.#integers[at + ORDER_LOW] === 0 && this.#integers[at + ORDER_HIGH] === 0) {
      this.#integers[at + ORDER_HIGH] = high;
      this.#integers[at + ORDER_LOW] = low;
      return true;
    }
    return this.#integers[at + ORDER_HIGH] === high && this.#integers[at + ORDER_LOW] === low;
  }

  save(out: SnapshotWriter): void {
    out.json(this.#name, [this.#capacity, this.#first, this.#end]);
    out.array(`${this.#name}.numbers`, this.#numbers);
    out.array(`${this.#name}.integers`, this.#integers);
    out.array(`${this.#name}.heads`, this.#heads);
  }

  load(from: SnapshotReader): void {
    [this.#capacity, this.#first, this.#end] = from.json<[number, number, number]>(this.#name);
    this.#numbers = from.array(`${this.#name}.numbers`, Float64Array) as Float64Array<ArrayBuffer>;
    this.#integers = from.array(`${this.#name}.integers`, Int32Array) as Int32Array<ArrayBuffer>;
    this.#heads = from.array(`${this.#name}.heads`, Float64Array) as Float64Array<ArrayBuffer>;
  }
}

function slotOf({ placement, listing, position }: TouchedItem): number {
  hash64(JSON.stringify([placement, listing]), hash, position);
  return hash.low | 0;
}
