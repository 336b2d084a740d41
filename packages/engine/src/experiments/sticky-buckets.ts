/**
 * The variants that units stay in: of experiments that are `sticky`, that of every unit which has been exposed. Another seed
 * deals units anew, so it is part of the key.
 */
import { int32Column } from '../base/column.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { type CompiledExperiment, NO_VARIANT } from './compiled-experiment.ts';

const keyOf = ({ experiment: { id, seed = id } }: CompiledExperiment, unit: string | number): string =>
  `${id}\n${seed}\n${unit}`;

export class StickyBuckets implements Part {
  readonly #units = new Interner('experiments.sticky.units');
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
    const size = this.#units.size;
    const row = this.#units.intern(keyOf(experiment, unit));
    if (row < size) return;
    this.#variant.resize(row + 1);
    this.#variant.data[row] = this.#names.intern(variant);
  }

  save(out: SnapshotWriter): void {
    this.#units.save(out);
    this.#names.save(out);
    this.#variant.save(out, 'experiments.sticky.variant');
  }

  load(from: SnapshotReader): void {
    this.#units.load(from);
    this.#names.load(from);
    this.#variant.load(from, 'experiments.sticky.variant');
  }
}
