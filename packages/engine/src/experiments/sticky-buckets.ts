/**
 * The variants that units stay in: of experiments that are `sticky`, that of every unit which has been exposed. Another seed
 * deals units anew, so it is part of the key.
 */
import { int32Column } from '../base/column.ts';
import { Interner } from '../base/interner.ts';
import { KeyTable } from '../base/key-table.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
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

  /** The unit's variant, or `NO_VARIANT`, also where the experiment has no such variant any more. */
  find(experiment: CompiledExperiment, unit: string | number): number {
    const row = this.#units.find(keyOf(experiment, unit));
    if (row < 0) return NO_VARIANT;
    return experiment.variantOf.get(this.#names.text(this.#variant.data[row]!)) ?? NO_VARIANT;
  }

  /** The first exposure decides. */
  keep(experiment: CompiledExperiment, unit: string, variant: string): void {
    const key = keyOf(experiment, unit);
    if (this.#units.find(key) >= 0) return;
    const row = this.#units.intern(key);
    this.#variant.resize(row + 1);
    this.#variant.data[row] = this.#names.intern(variant);
    const { unit: kind } = experiment.experiment;
    if (kind === 'buyer' || kind === 'session') this.#deals[kind].intern(dealOf(experiment));
  }

  /** Somebody is dealt anew by every experiment. */
  erase(kind: 'buyer' | 'session', unit: string): void {
    const deals = this.#deals[kind];
    for (let deal = 0; deal < deals.size; deal++) {
      const row = this.#units.find(`${deals.text(deal)}\n${unit}`);
      if (row < 0) continue;
      this.#units.remove(row);
      this.#units.release(row);
    }
  }

  save(out: SnapshotWriter): void {
    this.#units.save(out);
    for (const part of [this.#names, this.#deals.buyer, this.#deals.session]) part.save(out);
    this.#variant.save(out, 'experiments.sticky.variant');
  }

  load(from: SnapshotReader): void {
    this.#units.load(from);
    for (const part of [this.#names, this.#deals.buyer, this.#deals.session]) part.load(from);
    this.#variant.load(from, 'experiments.sticky.variant');
  }
}
