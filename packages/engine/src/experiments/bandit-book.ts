/**
 * The book of an experiment whose variants a bandit deals. A unit is dealt once, by its hash, and stays (`sticky`); the log keeps how likely each
 * variant was. Its reward, 0 or 1, counts once its window is over, so that slow units are not taken for losses; then the book forgets the unit, for
 * whoever is sticky is not dealt again. Every so often, by the log's
 * time, Thompson sampling makes new probabilities of the rewards so far, from a seed of the experiment and that moment: a fold of the
 * log, the same whenever it is folded. With `by`, each segment of contexts has probabilities of its own, learned from its units upon what all
 * units say of an arm: that counts as so many units of each segment. What it dealt is analysed by `policies/adaptive-inference.ts`, not by plain means.
 */

import type { Experiment } from '@rialto/sdk';
import { float64Column, int32Column, uint8Column } from '../base/column.ts';
import { hash32, hashPair, hashUnit } from '../base/hash.ts';
import { Interner } from '../base/interner.ts';
import { KeyTable } from '../base/key-table.ts';
import { Rng } from '../base/rng.ts';
import { copyPart, type Part, type SnapshotReader, type SnapshotWriter } from '../base/snapshot.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import { ThompsonBandit } from '../statistics/thompson.ts';

const MINUTE_MS = 60_000;
const MINUTES_DEFAULT = 60;
/** Matured units of each arm before its rewards say anything. */
const UNITS_MIN = 20;
/** What all units say of an arm counts as so many of a segment. */
const SHARED_UNITS = 20;
/** Further ones are dealt, and counted, as no segment. */
const SEGMENTS_MAX = 200;
const NO_SEGMENT = -1;

type BanditExperiment = Experiment & Required<Pick<Experiment, 'bandit'>>;

export class BanditBook implements Part {
  /** Another key begins anew. */
  readonly key: string;
  readonly reward: BanditExperiment['bandit']['reward'];
  readonly unit: Experiment['unit'];
  /** Of the next unit. [variants] */
  readonly probabilities: Float64Array;
  readonly #seed: number;
  readonly #floor: number;
  readonly #windowMs: number;
  readonly #everyMs: number;
  readonly #by: readonly (readonly string[])[];
  readonly #segments = new Interner('segments');
  /** Of each segment: matured units, those rewarded, and probabilities, [3][variants] each. */
  readonly #ofSegment: SegmentCounts[] = [];
  readonly #segment = int32Column(); // [units]
  /** Those whose window is not over. */
  readonly #units = new KeyTable('units');
  readonly #arm = uint8Column(); // [units]
  readonly #dealtAt = float64Column(); // [units]
  readonly #rewarded = uint8Column(); // [units]
  readonly #counts: Float64Array; // matured, [variants]
  readonly #ones: Float64Array; // [variants]
  /** Units in the order in which they were dealt. */
  readonly #order = int32Column();
  /** Of them, the first whose window is not over. */
  #next = 0;
  /** When the probabilities were made, by the log's time. */
  #madeAt = 0;

  constructor({ id, seed = id, unit, variants, bandit }: BanditExperiment) {
    const { reward, windowHours, floor, everyMinutes = MINUTES_DEFAULT, by = [] } = bandit;
    this.key = JSON.stringify([id, seed, unit, variants.map(({ name }) => name), reward, windowHours, by]);
    this.#by = by.map((path) => path.split('.'));
    this.reward = reward;
    this.unit = unit;
    this.#seed = hash32(`${seed}/bandit`);
    this.#floor = floor;
    this.#windowMs = windowHours * MILLIS_PER_HOUR;
    this.#everyMs = everyMinutes * MINUTE_MS;
    this.probabilities = Float64Array.from(variants, ({ weight }) => weight);
    this.#counts = new Float64Array(variants.length);
    this.#ones = new Float64Array(variants.length);
  }

  /** The segment of a request; undefined where it learns by none. */
  segmentOf(attributes: Readonly<Record<string, unknown>>): string | undefined {
    if (this.#by.length === 0) return undefined;
    return this.#by.map((path) => String(path.reduce(valueAt, attributes as unknown) ?? '')).join('|');
  }

  /** Of the next unit of a segment. [variants] */
  probabilitiesOf(segment: string | undefined): Float64Array {
    const row = segment === undefined ? -1 : this.#segments.find(segment);
    return row < 0 ? this.probabilities : this.#ofSegment[row]!.probabilities;
  }

  /** Those that it has met, with the probabilities of the next unit. */
  segments(): { readonly segment: string; readonly probabilities: readonly number[] }[] {
    return this.#ofSegment.map(({ probabilities }, row) => {
      return { segment: this.#segments.text(row), probabilities: [...probabilities] };
    });
  }

  /** The variant of a unit that is dealt now. */
  deal(unit: string | number, segment: string | undefined): number {
    const probabilities = this.probabilitiesOf(segment);
    let left = hashUnit(this.#seed, String(unit));
    let arm = 0;
    while (arm < probabilities.length - 1 && left >= probabilities[arm]!) left -= probabilities[arm++]!;
    return arm;
  }

  /** The unit was dealt an arm. The first time counts. */
  dealt(unit: string, arm: number, at: number, segment?: string): void {
    if (this.#units.find(unit) >= 0) return;
    const row = this.#units.intern(unit);
    for (const column of [this.#arm, this.#dealtAt, this.#rewarded, this.#segment]) column.resize(row + 1);
    this.#arm.data[row] = arm;
    this.#dealtAt.data[row] = at;
    this.#rewarded.data[row] = 0;
    this.#segment.data[row] = segment === undefined || this.#by.length === 0 ? NO_SEGMENT : this.#segmentRow(segment);
    this.#order.push(row);
  }

  #segmentRow(segment: string): number {
    const known = this.#segments.find(segment);
    if (known >= 0) return known;
    if (this.#segments.size === SEGMENTS_MAX) return NO_SEGMENT;
    const arms = this.probabilities.length;
    this.#ofSegment.push({
      counts: new Float64Array(arms),
      ones: new Float64Array(arms),
      probabilities: this.probabilities.slice(),
    });
    return this.#segments.intern(segment);
  }

  /** What is rewarded happened; too late, or of a unit that was not dealt, it changes nothing. */
  rewarded(unit: string | undefined, at: number): void {
    const row = unit === undefined ? -1 : this.#units.find(unit);
    if (row < 0) return;
    const since = this.#dealtAt.data[row]!;
    if (at >= since && at < since + this.#windowMs) this.#rewarded.data[row] = 1;
  }

  /** The unit is nobody's any more, and would be dealt anew. That somebody was dealt the arm, and what came of it, stays. */
  erase(unit: string): void {
    const row = this.#units.find(unit);
    if (row >= 0) this.#units.remove(row);
  }

  /** Takes note of the log's time. */
  advance(at: number): void {
    while (this.#next < this.#order.length && this.#isOver(this.#order.data[this.#next]!, at))
      this.#count(this.#order.data[this.#next++]!);
    // What is behind is given up once it is the greater part.
    if (2 * this.#next > this.#order.length) {
      this.#order.shift(this.#next);
      this.#next = 0;
    }
    const epoch = Math.floor(at / this.#everyMs);
    if (epoch <= Math.floor(this.#madeAt / this.#everyMs)) return;
    this.#madeAt = at;
    if (this.#counts.some((count) => count < UNITS_MIN)) return;
    const bandit = ThompsonBandit.ofCounts(this.#counts, this.#ones);
    this.probabilities.set(bandit.probabilities(this.#floor, new Rng(hashPair(this.#seed, epoch))));
    this.#ofSegment.forEach((segment, row) => {
      const rng = new Rng(hashPair(hashPair(this.#seed, epoch), row + 1));
      segment.probabilities.set(this.#informed(segment).probabilities(this.#floor, rng));
    });
  }

  #isOver(row: number, at: number): boolean {
    return this.#dealtAt.data[row]! + this.#windowMs <= at;
  }

  /** The unit's window is over. */
  #count(row: number): void {
    const arm = this.#arm.data[row]!;
    const reward = this.#rewarded.data[row]!;
    const segment = this.#ofSegment[this.#segment.data[row]!];
    this.#counts[arm]!++;
    this.#ones[arm]! += reward;
    if (segment !== undefined) {
      segment.counts[arm]!++;
      segment.ones[arm]! += reward;
    }
    if (this.#units.has(row)) this.#units.remove(row);
    this.#units.release(row);
  }

  /** A segment's own units, upon what all say of each arm. */
  #informed({ counts, ones }: SegmentCounts): ThompsonBandit {
    const shared = this.#counts.map((count) => Math.min(SHARED_UNITS, count));
    return ThompsonBandit.ofCounts(
      counts.map((count, arm) => count + shared[arm]!),
      ones.map((one, arm) => one + (shared[arm]! * this.#ones[arm]!) / this.#counts[arm]!),
    );
  }

  save(out: SnapshotWriter): void {
    out.json('book', [this.#next, this.#madeAt, [...this.#counts], [...this.#ones], [...this.probabilities]]);
    this.#units.save(out);
    this.#order.save(out, 'order');
    this.#arm.save(out, 'arm');
    this.#dealtAt.save(out, 'dealt-at');
    this.#rewarded.save(out, 'rewarded');
    this.#segments.save(out);
    this.#segment.save(out, 'segment');
    const kept = this.#ofSegment.map((one) => [[...one.counts], [...one.ones], [...one.probabilities]]);
    out.json('segment-counts', kept);
  }

  load(from: SnapshotReader): void {
    const [next, madeAt, counts, ones, probabilities] =
      from.json<[number, number, number[], number[], number[]]>('book');
    this.#next = next;
    this.#madeAt = madeAt;
    this.#counts.set(counts);
    this.#ones.set(ones);
    this.probabilities.set(probabilities);
    this.#units.load(from);
    this.#order.load(from, 'order');
    this.#arm.load(from, 'arm');
    this.#dealtAt.load(from, 'dealt-at');
    this.#rewarded.load(from, 'rewarded');
    this.#segments.load(from);
    this.#segment.load(from, 'segment');
    this.#ofSegment.length = 0;
    for (const [own, rewarded, drawn] of from.json<[number[], number[], number[]][]>('segment-counts'))
      this.#ofSegment.push({
        counts: Float64Array.from(own),
        ones: Float64Array.from(rewarded),
        probabilities: Float64Array.from(drawn),
      });
  }
}

interface SegmentCounts {
  readonly counts: Float64Array; // matured, [variants]
  readonly ones: Float64Array; // [variants]
  readonly probabilities: Float64Array; // [variants]
}

const valueAt = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** The books of all experiments that have one, by id. */
export class BanditBooks implements Part {
  readonly #books = new Map<string, BanditBook>();
  readonly #experiments = new Map<string, BanditExperiment>();

  of(experiment: string): BanditBook | undefined {
    return this.#books.get(experiment);
  }

  /** To be called for each experiment's record. */
  put(experiment: Experiment): void {
    const { id, bandit } = experiment;
    if (bandit === undefined) {
      this.#books.delete(id);
      this.#experiments.delete(id);
      return;
    }
    const dealt = { ...experiment, bandit };
    const book = new BanditBook(dealt);
    const known = this.#books.get(id);
    // A changed floor or pace holds from now on; what was learned stays.
    this.#books.set(id, known?.key === book.key ? copyPart(known, book) : book);
    this.#experiments.set(id, dealt);
  }

  happened(type: string, { buyer, session }: { readonly buyer?: string; readonly session?: string }, at: number): void {
    if (this.#books.size === 0) return;
    for (const book of this.#books.values())
      if (book.reward === type) book.rewarded(book.unit === 'session' ? session : buyer, at);
  }

  erase(kind: 'buyer' | 'session', unit: string): void {
    for (const book of this.#books.values()) if (book.unit === kind) book.erase(unit);
  }

  advance(at: number): void {
    if (this.#books.size === 0) return;
    for (const book of this.#books.values()) book.advance(at);
  }

  save(out: SnapshotWriter): void {
    out.json('bandits', [...this.#experiments.values()]);
    let i = 0;
    for (const book of this.#books.values()) out.under(`bandits.${i++}`, book);
  }

  load(from: SnapshotReader): void {
    from.json<BanditExperiment[]>('bandits').forEach((experiment, i) => {
      const book = new BanditBook(experiment);
      book.load(from.under(`bandits.${i}`));
      this.#books.set(experiment.id, book);
      this.#experiments.set(experiment.id, experiment);
    });
  }
}
