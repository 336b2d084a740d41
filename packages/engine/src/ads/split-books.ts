/**
 * The books of budgets that an experiment splits: what each arm has spent, and what its part still holds. With L a limit of a day, a
 * week or a life, S all that was charged under it, and s_a what was charged to arm a since the split began,
 *
 *     left_a = ⌊share_a · (L − U)⌋ − s_a,      U = S − Σ s_a: what came off before the split, and is nobody's
 *
 * so the parts add up to what is left of the whole, whenever the split began, and no arm takes another's. The same holds for the money of a
 * shop's wallet, of which payments and refunds fall to the arms by share. That no charge exceeds the whole stays the ledger's promise.
 *
 * Ads that were shown before the split began are charged to the whole; so are all once it has ended: then the parts are one again. A
 * part of the state, and of the lake's books.
 */
import type { Experiment } from '@rialto/sdk';
import { float64Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { type Day, dayOf, type Millis } from '../base/units.ts';
import { BudgetShares } from '../experiments/budget-shares.ts';
import { DatedRows } from './dated-rows.ts';
import type { Ledger } from './ledger.ts';
import { dayLimitMicros, type Limits, weekOf } from './limits.ts';
import { type AdClaims, decidedAt } from './token.ts';

const DAYS_KEPT = 62;
const WEEKS_KEPT = 12;
/** As the ledger has it: no day costs more. */
const DAY_MICROS_MAX = 2 ** 50;

export interface ArmAccount {
  readonly arm: number;
  readonly campaign: number;
  /** The shop that pays. */
  readonly shop: number;
  readonly at: Millis;
}

export class SplitBooks implements Part {
  #shares: BudgetShares | undefined;
  /** The log's time at which the arms began to have parts of their own. */
  #since = 0;
  // Rows of (campaign · arms + arm) in each period.
  #days = days();
  #weeks = weeks();
  readonly #campaigns = float64Column(); // [campaigns × arms]
  readonly #shops = float64Column(); // [shops × arms]

  /** To be called for each experiment's record, with the log's time. */
  put(experiment: Experiment, at: number): void {
    const { id, splitsBudgets, status } = experiment;
    const known = this.#shares;
    if (splitsBudgets !== true || status !== 'running') {
      if (known?.experiment.id === id) this.#shares = undefined;
      return;
    }
    const shares = new BudgetShares(experiment);
    if (known?.key !== shares.key) this.#begin(at);
    this.#shares = shares;
  }

  #begin(at: number): void {
    this.#since = at;
    this.#days = days();
    this.#weeks = weeks();
    this.#campaigns.clear();
    this.#shops.clear();
  }

  /** The split in force; undefined where there is none. */
  at(at: number): BudgetShares | undefined {
    return this.#shares?.isLive(at) ? this.#shares : undefined;
  }

  /** The arm that pays for an ad; -1 where the whole does. */
  armOf(claims: AdClaims, at: number): number {
    const { arm = -1 } = claims;
    return arm >= 0 && this.#isOwn(arm, decidedAt(claims), at) ? arm : -1;
  }

  /** The same of an ad that was clicked then. */
  armOfTouch(arm: number, takenAt: number, at: number): number {
    return arm >= 0 && this.#isOwn(arm, takenAt, at) ? arm : -1;
  }

  #isOwn(arm: number, shownAt: number, at: number): boolean {
    const shares = this.at(at);
    return shares !== undefined && arm < shares.arms && shownAt >= this.#since;
  }

  /** What may still be charged to the arm, where a split is in force. The whole may hold less. */
  leftMicros({ arm, campaign, shop, at }: ArmAccount, limits: Limits, ledger: Ledger): number {
    const shares = this.#shares!;
    const share = shares.at(at)[arm]!;
    const row = campaign * shares.arms;
    const part = (limit: number, inAll: number, spent: (row: number) => number): number => {
      let split = 0;
      for (let i = 0; i < shares.arms; i++) split += spent(row + i);
      return Math.floor(share * (limit - (inAll - split))) - spent(row + arm);
    };
    const day = dayOf(at);
    const dayLimit = Math.min(dayLimitMicros(limits), DAY_MICROS_MAX);
    let left = part(dayLimit, ledger.spentMicros(campaign, day), (account) => this.#onDay(account, day));
    const { weeklyBudgetMicros, lifetimeBudgetMicros, creditLimitMicros } = limits;
    if (weeklyBudgetMicros !== Number.POSITIVE_INFINITY) {
      const spent = (account: number): number => rowSum(this.#weeks, account, weekOf(day));
      left = Math.min(left, part(weeklyBudgetMicros, ledger.spentInWeekMicros(campaign, day), spent));
    }
    if (lifetimeBudgetMicros !== Number.POSITIVE_INFINITY) {
      const spent = (account: number): number => cell(this.#campaigns, account);
      left = Math.min(left, part(lifetimeBudgetMicros, ledger.spentInAllMicros(campaign), spent));
    }
    if (creditLimitMicros !== Number.POSITIVE_INFINITY)
      left = Math.min(left, this.#ofWallet(shop, arm, creditLimitMicros + ledger.balanceMicros(shop), share));
    return Math.max(0, left);
  }

  #ofWallet(shop: number, arm: number, heldMicros: number, share: number): number {
    const { arms } = this.#shares!;
    let split = 0;
    for (let i = 0; i < arms; i++) split += cell(this.#shops, shop * arms + i);
    return Math.floor(share * (heldMicros + split)) - cell(this.#shops, shop * arms + arm);
  }

  #onDay(account: number, day: Day): number {
    return rowSum(this.#days, account, day);
  }

  /** What the arm was charged for the campaign on the day. */
  spentMicros(arm: number, campaign: number, day: Day): number {
    return this.#shares === undefined ? 0 : this.#onDay(campaign * this.#shares.arms + arm, day);
  }

  /** The arm was charged, where a split is in force. */
  charged({ arm, campaign, shop, at }: ArmAccount, chargedMicros: number): void {
    if (chargedMicros === 0) return;
    const { arms } = this.#shares!;
    const account = campaign * arms + arm;
    const day = dayOf(at);
    const onDay = this.#days.rowFor(account, day); // first: a new row may replace the columns' arrays
    if (onDay >= 0) this.#days.sums[onDay]! += chargedMicros;
    const inWeek = this.#weeks.rowFor(account, weekOf(day));
    if (inWeek >= 0) this.#weeks.sums[inWeek]! += chargedMicros;
    this.#campaigns.resize((campaign + 1) * arms);
    this.#campaigns.data[account]! += chargedMicros;
    this.#shops.resize((shop + 1) * arms);
    this.#shops.data[shop * arms + arm]! += chargedMicros;
  }

  save(out: SnapshotWriter): void {
    out.json('split', [this.#since, this.#shares?.experiment ?? null]);
    this.#days.save(out);
    this.#weeks.save(out);
    this.#campaigns.save(out, 'split.campaigns');
    this.#shops.save(out, 'split.shops');
  }

  load(from: SnapshotReader): void {
    const [since, experiment] = from.json<[number, Experiment | null]>('split');
    this.#since = since;
    this.#shares = experiment === null ? undefined : new BudgetShares(experiment);
    this.#days.load(from);
    this.#weeks.load(from);
    this.#campaigns.load(from, 'split.campaigns');
    this.#shops.load(from, 'split.shops');
  }
}

const days = (): DatedRows => new DatedRows({ name: 'split.days', sums: 1, counts: 0, kept: DAYS_KEPT });
const weeks = (): DatedRows => new DatedRows({ name: 'split.weeks', sums: 1, counts: 0, kept: WEEKS_KEPT });

const cell = ({ data, length }: { readonly data: Float64Array; readonly length: number }, at: number): number =>
  at < length ? data[at]! : 0;

function rowSum(rows: DatedRows, account: number, period: number): number {
  const row = rows.find(account, period);
  return row < 0 ? 0 : rows.sums[row]!;
}
