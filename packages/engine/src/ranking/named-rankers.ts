/**
 * Rankers that placements ask for by name, beside the one that serves all others: published as models `ranker:NAME`, and tried out by
 * experiments. `untrained` is always there: the features' prior slopes.
 */
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { RankerModel } from './ranker.ts';

const UNTRAINED = 'untrained';
const PREFIX = 'ranker:';
const MODEL_NAME = /^ranker:[\w.-]{1,64}$/;

/** The name of the ranker that a model's name stands for; undefined where it is none of its own. */
export function rankerNameOf(model: string): string | undefined {
  const name = MODEL_NAME.test(model) ? model.slice(PREFIX.length) : undefined;
  return name === UNTRAINED ? undefined : name;
}

export class NamedRankers implements Part {
  readonly #models = new Map<string, RankerModel>([[UNTRAINED, new RankerModel()]]);

  get names(): readonly string[] {
    return [...this.#models.keys()];
  }

  find(name: string): RankerModel | undefined {
    return this.#models.get(name);
  }

  /** Throws `bad-model`; what had the name before stays. */
  replace(name: string, bytes: Uint8Array): void {
    const model = new RankerModel();
    model.replace(bytes);
    this.#models.set(name, model);
  }

  save(out: SnapshotWriter): void {
    out.json('rankers.names', this.names.slice(1));
    for (const name of this.names.slice(1)) this.#models.get(name)!.save(out, `rankers.${name}`);
  }

  load(from: SnapshotReader): void {
    for (const name of from.json<string[]>('rankers.names')) {
      const model = new RankerModel();
      model.load(from, `rankers.${name}`);
      this.#models.set(name, model);
    }
  }
}
