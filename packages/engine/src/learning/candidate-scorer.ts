/**
 * Scores the candidates of one request by a network over embeddings. What all candidates share (buyer, place, time) is worked out
 * once: with S, P and y as sums over fields, those of an example are those of its two parts,
 *
 *     S = S₁ + S₂,   P = P₁ + P₂ + ⟨S₁, S₂⟩,   y = y₁ + y₂
 *
 * so that a candidate costs only its own fields. The result is that of the whole but for rounding.
 */
import { RialtoError } from '../base/errors.ts';
import type { DeepModel } from './deep-clicks.ts';
import { WIDTH } from './embedding-kernels.ts';
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
  readonly #shift: Float32Array; // [columns]
  readonly #sharedSums = new Float32Array(WIDTH);

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
    this.#shift = new Float32Array(model.network.columns);
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
    const ofRequest = this.#project(this.#shared, 0, request, { from: 0, count: 1 });
    for (let column = 0; column < network.columns; column++)
      this.#shift[column] = ofRequest.y[column]! + network.biases[column]!;
    this.#sharedSums.set(ofRequest.s.subarray(0, WIDTH));
    const sharedPairs = ofRequest.pairs[0]! + ofRequest.pairs[1]! + ofRequest.pairs[2]! + ofRequest.pairs[3]!;
    const first = this.#shared.fields.length;
    for (let from = 0; from < candidates.rows; from += SHARD_ROWS) {
      const count = Math.min(SHARD_ROWS, candidates.rows - from);
      const { s, pairs } = this.#project(this.#own, first, candidates, { from, count });
      this.#joinPairs(s, pairs, count, sharedPairs);
      network.readOutAll(0, count, this.#shift, out, from * network.shape.heads);
    }
  }

  #project(part: Part, first: number, examples: Examples, { from, count }: { from: number; count: number }) {
    const { slots, network } = this.#model;
    const fields = part.fields.length;
    const span = { from, count, fields, base: network.tableAddress, numbersAt: part.numbersAt };
    addressRows(slots, examples, span, network.rowsOf(0));
    return network.projectPart(count, first, fields);
  }

  #joinPairs(s: Float32Array, pairs: Float32Array, count: number, sharedPairs: number): void {
    for (let i = 0; i < count; i++) {
      let across = sharedPairs;
      for (let k = 1; k < WIDTH; k++) across += s[i * WIDTH + k]! * this.#sharedSums[k]!;
      pairs[4 * i]! += across;
    }
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
