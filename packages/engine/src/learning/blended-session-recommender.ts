/**
 * Several recommenders for sessions as one: each one's scores are brought to sum 1, as if they were the probability of the next click, and
 * mixed with the weights that the blender learned.
 */
import { packModel, unpackModel } from './model-file.ts';
import { SESSION_KINDS, type SessionKind } from './session-kinds.ts';
import type { SessionRecommender } from './session-recommender.ts';

const KIND = 'session-blend';
const VERSION = 1;

export interface SessionBlendPart {
  readonly kind: SessionKind;
  readonly weight: number;
  readonly model: SessionRecommender;
}

export class BlendedSessionRecommender implements SessionRecommender {
  readonly itemCount: number;
  readonly #parts: readonly SessionBlendPart[];
  readonly #one: Float32Array; // [items]

  /** At least one part. */
  constructor(parts: readonly SessionBlendPart[]) {
    this.#parts = parts;
    this.itemCount = parts[0]!.model.itemCount;
    this.#one = new Float32Array(this.itemCount);
  }

  static load(bytes: Uint8Array): BlendedSessionRecommender {
    const { info, arrays } = unpackModel(bytes, KIND, VERSION);
    const { kinds, weights } = info as unknown as { kinds: SessionKind[]; weights: number[] };
    return new BlendedSessionRecommender(
      kinds.map((kind, i) => ({
        kind,
        weight: weights[i]!,
        model: SESSION_KINDS[kind].load(arrays[`part ${i}`] as Uint8Array),
      })),
    );
  }

  score(clicks: Int32Array, at: number, scores: Float32Array): void {
    scores.fill(0);
    for (const { model, weight } of this.#parts) {
      model.score(clicks, at, this.#one);
      const scale = weight / sumOf(this.#one);
      for (let item = 0; item < this.itemCount; item++) scores[item]! += scale * this.#one[item]!;
    }
  }

  add(clicks: Int32Array, time: number): void {
    for (const { model } of this.#parts) model.add(clicks, time);
  }

  pack(): Uint8Array {
    const arrays: Record<string, Uint8Array> = {};
    this.#parts.forEach(({ model }, i) => {
      const { buffer, byteOffset, byteLength } = model.pack();
      arrays[`part ${i}`] = new Uint8Array(buffer, byteOffset, byteLength);
    });
    const info = { kinds: this.#parts.map(({ kind }) => kind), weights: this.#parts.map(({ weight }) => weight) };
    return packModel({ kind: KIND, version: VERSION, info, arrays });
  }
}

/** 1 where all are 0, so that it can be divided by. */
export function sumOf(scores: Float32Array): number {
  let sum = 0;
  for (const score of scores) sum += score;
  return sum > 0 ? sum : 1;
}
