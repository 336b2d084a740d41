/**
 * The book of an experiment whose variants a bandit deals. A unit is dealt once, by its hash, and stays (`sticky`); the log keeps how likely each
 * variant was. Its reward, 0 or 1, counts once its window is over, so that slow units are not taken for losses. Every so often, by the log's
 * time, Thompson sampling makes new probabilities of the rewards so far, from a seed of the experiment and that moment: a fold of the
 * log, the same whenever it is folded. What it dealt is analysed by `policies/adaptive-inference.ts`, not by plain means.
 */
import type { Experiment } from '@rialto/sdk';
import { float64Column, uint8Column } from '../base/column.ts';
import { hash32, hashPair, hashUnit } from '../base/hash.ts';
import { Interner } from '../base/interner.ts';
import { Rng } from '../base/rng.ts';
import { copyPart, type Part, type SnapshotReader, type SnapshotWriter } from '../base/snapshot.ts';
import { ThompsonBandit } from '../statistics/thompson.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const MINUTES_DEFAULT = 60;
/** Matured units of each arm before its rewards say anything. */
const UNITS_MIN = 20;

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
  readonly #units = new Interner('units');
  // In the order in which units were dealt.
  readonly #arm = uint8Column(); // [units]
  readonly #dealtAt = float64Column(); // [units]
  readonly #rewarded = uint8Column(); // [units]
  readonly #counts: Float64Array; // matured, [variants]
  readonly #ones: Float64Array; // [variants]
  /** The first unit whose window is not over. */
  #next = 0;
  /** When the probabilities were made, by the log's time. */
  #madeAt = 0;

  constructor({ id, seed = id, unit, variants, bandit }: BanditExperiment) {
    const { reward, windowHours, floor, everyMinutes = MINUTES_DEFAULT } = bandit;
    this.key = JSON.stringify([id, seed, unit, variants.map(({ name }) => name), reward, windowHours]);
    this.reward = reward;
    this.unit = unit;
    this.#seed = hash32(`${seed}/bandit`);
    this.#floor = floor;
    this.#windowMs = windowHours * HOUR_MS;
    this.#everyMs = everyMinutes * MINUTE_MS;
    this.probabilities = Float64Array.from(variants, ({ weight }) => weight);
    this.#counts = new Float64Array(variants.length);
    this.#ones = new Float64Array(variants.length);
  }

  /** The variant of a unit that is dealt now. */
  deal(unit: string | number): number {
    let left = hashUnit(this.#seed, String(unit));
    let arm = 0;
    while (arm < this.probabilities.length - 1 && left >= this.probabilities[arm]!) left -= this.probabilities[arm++]!;
    return arm;
  }

  /** The unit was dealt an arm. The first time counts. */
  dealt(unit: string, arm: number, at: number): void {
    const row = this.#units.intern(unit);
    if (row < this.#arm.length) return;
    this.#arm.push(arm);
    this.#dealtAt.push(at);
    this.#rewarded.push(0);
  }

  /** What is rewarded happened; too late, or of a unit that was not dealt, it changes nothing. */
  rewarded(unit: string | undefined, at: number): void {
    const row = unit === undefined ? -1 : this.#units.find(unit);
    if (row < this.#next) return;
    const since = this.#dealtAt.data[row]!;
    if (at >= since && at < since + this.#windowMs) this.#rewarded.data[row] = 1;
  }

  /** Takes note of the log's time. */
  advance(at: number): void {
    while (this.#next < this.#arm.length && this.#dealtAt.data[this.#next]! + this.#windowMs <= at) {
      const arm = this.#arm.data[this.#next]!;
      this.#counts[arm]!++;
      this.#ones[arm]! += this.#rewarded.data[this.#next++]!;
    }
    const epoch = Math.floor(at / this.#everyMs);
    if (epoch <= Math.floor(this.#madeAt / this.#everyMs)) return;
    this.#madeAt = at;
    if (this.#counts.some((count) => count < UNITS_MIN)) return;
    const bandit = ThompsonBandit.ofCounts(this.#counts, this.#ones);
    this.probabilities.set(bandit.probabilities(this.#floor, new Rng(hashPair(this.#seed, epoch))));
  }

  save(out: SnapshotWriter): void {
    out.json('book', [this.#next, this.#madeAt, [...this.#counts], [...this.#ones], [...this.probabilities]]);
    this.#units.save(out);
    this.#arm.save(out, 'arm');
    this.#dealtAt.save(out, 'dealt-at');
    this.#rewarded.save(out, 'rewarded');
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
    this.#arm.load(from, 'arm');
    this.#dealtAt.load(from, 'dealt-at');
    this.#rewarded.load(from, 'rewarded');
  }
}

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
