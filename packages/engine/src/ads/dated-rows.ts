/**
 * Rows of numbers by period (a day, a week) and campaign, for the latest periods in which anything happened; older ones are
 * dropped, so memory does not grow with time.
 *
 * Periods are dropped by their number, not by the clock: one jump ahead and back must not lose the day that money is being
 * spent on. A period that was dropped is closed for good: it gets no row again, so nothing can be spent on it twice.
 */
import { assert } from '../base/assert.ts';
import { float64Column, int32Column } from '../base/column.ts';
import { PairIndex } from '../base/pair-index.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

export interface DatedRowsOptions {
  /** Of the snapshot's sections. */
  readonly name: string;
  /** Cells of a row, in `sums` and in `counts`. */
  readonly sums: number;
  readonly counts: number;
  /** How many periods stay. */
  readonly kept: number;
}

interface Period {
  readonly index: PairIndex; // (campaign, 0) → row
  readonly rows: ReturnType<typeof int32Column>;
}

export class DatedRows implements Part {
  readonly #options: DatedRowsOptions;
  readonly #periods = new Map<number, Period>();
  /** Rows whose period was dropped. */
  readonly #free = int32Column();
  readonly #campaigns = int32Column(); // [rows]
  readonly #sums = float64Column(); // [rows × sums]
  readonly #counts = int32Column(); // [rows × counts]
  #closedThrough = -1;
  /** The period that was looked for last, and what was found: mostly the same is looked for again. */
  #lookedFor = -1;
  #found: Period | undefined;

  constructor(options: DatedRowsOptions) {
    this.#options = options;
  }

  /** Replaced when rows are added: read it after `rowFor`. [rows × sums] */
  get sums(): Float64Array {
    return this.#sums.data;
  }

  /** The same. [rows × counts] */
  get counts(): Int32Array {
    return this.#counts.data;
  }

  isClosed(period: number): boolean {
    return period <= this.#closedThrough && !this.#periods.has(period);
  }

  /** The row, or -1. */
  find(campaign: number, period: number): number {
    return this.#periodOf(period)?.index.find(campaign, 0) ?? -1;
  }

  #periodOf(period: number): Period | undefined {
    if (period !== this.#lookedFor) {
      this.#lookedFor = period;
      this.#found = this.#periods.get(period);
    }
    return this.#found;
  }

  #forgetLookedFor(): void {
    this.#lookedFor = -1;
    this.#found = undefined;
  }

  /** The row, made if new; -1 where the period is closed. */
  rowFor(campaign: number, period: number): number {
    assert(
      campaign >= 0 && period >= 0,
      'the books need a campaign row and a day since 1970',
      `${campaign}, ${period}`,
    );
    const known = this.#periods.get(period);
    const found = known?.index.find(campaign, 0) ?? -1;
    if (found >= 0) return found;
    if (known === undefined && period <= this.#closedThrough) return -1;
    const { index, rows } = known ?? this.#open(period);
    const row = this.#take(campaign);
    index.add(campaign, 0, row);
    rows.push(row);
    return row;
  }

  #open(period: number): Period {
    const opened = { index: new PairIndex(), rows: int32Column() };
    this.#forgetLookedFor();
    this.#periods.set(period, opened);
    if (this.#periods.size > this.#options.kept) {
      let oldest = Number.POSITIVE_INFINITY;
      for (const other of this.#periods.keys()) if (other !== period && other < oldest) oldest = other;
      for (const row of this.#periods.get(oldest)!.rows.view()) this.#free.push(row);
      this.#periods.delete(oldest);
      this.#closedThrough = Math.max(this.#closedThrough, oldest);
    }
    return opened;
  }

  #take(campaign: number): number {
    const { sums, counts } = this.#options;
    let row = this.#campaigns.length;
    if (this.#free.length > 0) row = this.#free.data[--this.#free.length]!;
    else this.#campaigns.resize(row + 1);
    this.#sums.resize((row + 1) * sums);
    this.#counts.resize((row + 1) * counts);
    this.#sums.data.fill(0, row * sums, (row + 1) * sums);
    this.#counts.data.fill(0, row * counts, (row + 1) * counts);
    this.#campaigns.data[row] = campaign;
    return row;
  }

  /** Every row that is kept: by period in the order in which they were opened, then in the order of first use. */
  *entries(): Generator<{ readonly campaign: number; readonly period: number; readonly row: number }> {
    for (const [period, { rows }] of this.#periods)
      for (const row of rows.view()) yield { campaign: this.#campaigns.data[row]!, period, row };
  }

  save(out: SnapshotWriter): void {
    const { name } = this.#options;
    out.json(`${name}.periods`, [this.#closedThrough, ...this.#periods.keys()]);
    for (const [period, { index, rows }] of this.#periods) {
      index.save(out, `${name}.${period}.index`);
      rows.save(out, `${name}.${period}.rows`);
    }
    for (const [column, data] of this.#columns()) data.save(out, `${name}.${column}`);
  }

  load(from: SnapshotReader): void {
    const { name } = this.#options;
    const [closed, ...periods] = from.json<number[]>(`${name}.periods`);
    this.#closedThrough = closed!;
    this.#forgetLookedFor();
    for (const period of periods) {
      const loaded = { index: new PairIndex(), rows: int32Column() };
      loaded.index.load(from, `${name}.${period}.index`);
      loaded.rows.load(from, `${name}.${period}.rows`);
      this.#periods.set(period, loaded);
    }
    for (const [column, data] of this.#columns()) data.load(from, `${name}.${column}`);
  }

  #columns() {
    return [
      ['free', this.#free],
      ['campaigns', this.#campaigns],
      ['sums', this.#sums],
      ['counts', this.#counts],
    ] as const;
  }
}
