/**
 * The variants that units stay in: of experiments that are `sticky`, that of every unit which has been exposed. Another seed
 * deals units anew, so it is part of the key. People who are not heard of for long are forgotten, and dealt anew if they come back.
 */
import { int32Column } from '../base/column.ts';
import { Interner } from '../base/interner.ts';
import { KeyTable } from '../base/key-table.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { millis } from '../base/units.ts';
import { type IdleBefore, LastSeen } from '../market/last-seen.ts';
import { type CompiledExperiment, NO_VARIANT } from './compiled-experiment.ts';

const dealOf = ({ experiment: { id, seed = id } }: CompiledExperiment): string => `${id}\n${seed}`;
const keyOf = (experiment: CompiledExperiment, unit: string | number): string => `${dealOf(experiment)}\n${unit}`;

export class StickyBuckets implements Part {
  readonly #units = new KeyTable('experiments.sticky.units');
  /** Experiments and seeds that people were dealt by. */
  readonly #deals = {
    buyer: new Interner('experiments.sticky.buyers'),
    session: new Interner('experiments.sticky.sessions'),
  };
  readonly #names = new Interner('experiments.sticky.variants');
  readonly #variant = int32Column(); // [units]
  /** Of units that are people. */
  readonly #lastSeen = new LastSeen('experiments.sticky');

  /** The unit's variant, or `NO_VARIANT`, also where the experiment has no such variant any more. */
  find(experiment: CompiledExperiment, unit: string | number): number {
    const row = this.#units.find(keyOf(experiment, unit));
    if (row < 0) return NO_VARIANT;
    return experiment.variantOf.get(this.#names.text(this.#variant.data[row]!)) ?? NO_VARIANT;
  }

  /** The first exposure decides. */
  keep(experiment: CompiledExperiment, unit: string, variant: string, at: number): void {
    const key = keyOf(experiment, unit);
    const { unit: kind } = experiment.experiment;
    const ofPeople = kind === 'buyer' || kind === 'session';
    const known = this.#units.find(key);
    if (known >= 0) {
      if (ofPeople) this.#lastSeen.note(known, millis(at));
      return;
    }
    const row = this.#units.intern(key);
    this.#variant.resize(row + 1);
    this.#variant.data[row] = this.#names.intern(variant);
    if (!ofPeople) return;
    this.#deals[kind].intern(dealOf(experiment));
    this.#lastSeen.begin(row, kind === 'session', millis(at));
  }

  /** Looks at so many units, and forgets those that are idle. */
  forgetIdle(steps: number, before: IdleBefore): void {
    for (let left = steps; ; left--) {
      left -= this.#lastSeen.seekIdle(left, before);
      if (left <= 0) return;
      this.#forget(this.#lastSeen.hand);
    }
  }

  #forget(row: number): void {
    this.#units.remove(row);
    this.#units.release(row);
    this.#lastSeen.end(row);
  }

  /** Somebody is dealt anew by every experiment. */
  erase(kind: 'buyer' | 'session', unit: string): void {
    const deals = this.#deals[kind];
    for (let deal = 0; deal < deals.size; deal++) {
      const row = this.#units.find(`${deals.text(deal)}\n${unit}`);
      if (row >= 0) this.#forget(row);
    }
  }

  save(out: SnapshotWriter): void {
    this.#units.save(out);
    for (const part of [this.#names, this.#deals.buyer, this.#deals.session, this.#lastSeen]) part.save(out);
    this.#variant.save(out, 'experiments.sticky.variant');
  }

  load(from: SnapshotReader): void {
    this.#units.load(from);
    for (const part of [this.#names, this.#deals.buyer, this.#deals.session, this.#lastSeen]) part.load(from);
    this.#variant.load(from, 'experiments.sticky.variant');
  }
}
