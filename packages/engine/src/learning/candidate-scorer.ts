/**
 * Scores the candidates of one request by a network over embeddings. All that a score is made of are sums over fields, so those of what
 * all candidates share (buyer, place, time) are worked out once, and a candidate's begin with them: it costs only its own fields, and
 * of these a value that several candidates have only once. The result is that of the whole but for rounding.
 */
import { RialtoError } from '../base/errors.ts';
import type { DeepModel } from './deep-clicks.ts';
import type { Examples } from './examples.ts';
import { addressRows } from './field-slots.ts';
import { requireSchema, type Schema, schemaOf } from './learner.ts';
import { SHARD_ROWS } from './network-layout.ts';

/** Some of a model's columns, numbers first. */
interface Part {
  readonly schema: Schema;
  /** Places of the numbers among the model's. */
  readonly numbersAt: readonly number[];
  /** Places of all columns among the model's fields. */
  readonly fields: readonly number[];
}

export class CandidateScorer {
  readonly #model: DeepModel;
  readonly #shared: Part;
  readonly #own: Part;

  /** `own`: names of the columns that differ by candidate. Throws `bad-model` where the model has none of that name. */
  constructor(model: DeepModel, own: readonly string[]) {
    const { numbers, categories, sparse } = model.schema;
    if (sparse)
      throw new RialtoError('bad-model', 'a model of sparse features scores whole examples only, not candidates apart');
    const unknown = own.find((name) => !numbers.includes(name) && !categories.includes(name));
    if (unknown !== undefined)
      throw new RialtoError('bad-model', `the model has no feature ${JSON.stringify(unknown)}`);
    this.#model = model;
    this.#own = partOf(model.schema, (name) => own.includes(name));
    this.#shared = partOf(model.schema, (name) => !own.includes(name));
    if (this.#own.fields.length === 0 || this.#shared.fields.length === 0)
      throw new RialtoError('bad-model', 'a request and its candidates must both have features of their own');
  }

  /**
   * Log-odds by candidate and head. The scorer's model must not be used by another thread meanwhile.
   * request: one row; out: [candidates × heads]
   */
  score(request: Examples, candidates: Examples, out: Float64Array): void {
    requireSchema(this.#shared.schema, schemaOf(request));
    requireSchema(this.#own.schema, schemaOf(candidates));
    const { network } = this.#model;
    network.reorder([...this.#shared.fields, ...this.#own.fields]);
    this.#address(this.#shared, request, { from: 0, count: 1 });
    const shared = this.#shared.fields.length;
    network.shareFirst(shared);
    for (let from = 0; from < candidates.rows; from += SHARD_ROWS) {
      const count = Math.min(SHARD_ROWS, candidates.rows - from);
      this.#address(this.#own, candidates, { from, count });
      network.forwardRest(count, shared, out, from * network.shape.heads);
    }
  }

  #address(part: Part, examples: Examples, { from, count }: { readonly from: number; readonly count: number }): void {
    const { slots, network } = this.#model;
    const span = { from, count, fields: part.fields.length, base: network.tableAddress, numbersAt: part.numbersAt };
    addressRows(slots, examples, span, network.rowsOf(0));
  }
}

function partOf({ numbers, categories }: Schema, has: (name: string) => boolean): Part {
  const places = (names: readonly string[], offset: number): number[] =>
    names.flatMap((name, i) => (has(name) ? [offset + i] : []));
  const numbersAt = places(numbers, 0);
  return {
    schema: { numbers: numbers.filter(has), categories: categories.filter(has), sparse: false },
    numbersAt,
    fields: [...numbersAt, ...places(categories, numbers.length)],
  };
}
