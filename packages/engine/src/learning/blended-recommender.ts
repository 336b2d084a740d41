/**
 * Several recommenders as one: each one's scores are brought to mean 0 and deviation 1 over the items that are new to the
 * buyer, and added with the weights that the blender learned. What nothing speaks for is ordered by popularity, and so is
 * everything for a buyer without history.
 */
import { packModel, unpackModel } from './model-file.ts';
import { knownItems, type Recommender } from './recommender.ts';
import { RECOMMENDER_KINDS, type RecommenderKind } from './recommender-kinds.ts';
import { type Moments, momentsOf } from './sparse-scores.ts';

const KIND = 'blend';
const VERSION = 1;
/** Of popularity: enough to order equals, too little to change anything else. */
export const TIE_WEIGHT = 1e-4;

export interface BlendPart {
  readonly kind: RecommenderKind;
  readonly weight: number;
  readonly model: Recommender;
}

export class BlendedRecommender implements Recommender {
  readonly itemCount: number;
  readonly parts: readonly BlendPart[];
  readonly popularity: Recommender;
  readonly #one: Float32Array; // [items]

  constructor(parts: readonly BlendPart[], popularity: Recommender) {
    this.parts = parts;
    this.itemCount = popularity.itemCount;
    this.popularity = popularity;
    this.#one = new Float32Array(this.itemCount);
  }

  static load(bytes: Uint8Array): BlendedRecommender {
    const { info, arrays } = unpackModel(bytes, KIND, VERSION);
    const { kinds, weights } = info as unknown as { kinds: RecommenderKind[]; weights: number[] };
    const part = (kind: RecommenderKind, name: string): Recommender =>
      RECOMMENDER_KINDS[kind].load(arrays[name] as Uint8Array);
    const parts = kinds.map((kind, i) => ({ kind, weight: weights[i]!, model: part(kind, `part ${i}`) }));
    return new BlendedRecommender(parts, part('popularity', 'popularity'));
  }

  score(history: Int32Array, scores: Float32Array): void {
    const known = knownItems(history, this.itemCount);
    this.popularity.score(known, scores);
    if (known.length === 0) return;
    standardise(scores, known);
    for (let item = 0; item < this.itemCount; item++) scores[item]! *= TIE_WEIGHT;
    for (const { model, weight } of this.parts) {
      model.score(known, this.#one);
      standardise(this.#one, known);
      for (let item = 0; item < this.itemCount; item++) scores[item]! += weight * this.#one[item]!;
    }
  }

  pack(): Uint8Array {
    const arrays: Record<string, Uint8Array> = { popularity: plainBytes(this.popularity.pack()) };
    this.parts.forEach(({ model }, i) => {
      arrays[`part ${i}`] = plainBytes(model.pack());
    });
    const info = { kinds: this.parts.map(({ kind }) => kind), weights: this.parts.map(({ weight }) => weight) };
    return packModel({ kind: KIND, version: VERSION, info, arrays });
  }
}

/** Not as a Buffer, which a model file does not know. */
const plainBytes = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** To mean 0 and deviation 1 over the items that are not in `history`; equal scores become 0. In place. */
function standardise(scores: Float32Array, history: Int32Array): void {
  const { mean, scale } = momentsOver(scores, history);
  for (let item = 0; item < scores.length; item++) scores[item] = (scores[item]! - mean) * scale;
}

/** Over the items that are not in `history`. */
export function momentsOver(scores: Float32Array, history: Int32Array): Moments {
  let sum = 0;
  let squares = 0;
  for (let item = 0; item < scores.length; item++) {
    const score = scores[item]!;
    sum += score;
    squares += score * score;
  }
  for (const item of history) {
    sum -= scores[item]!;
    squares -= scores[item]! ** 2;
  }
  return momentsOf(sum, squares, scores.length - history.length);
}
