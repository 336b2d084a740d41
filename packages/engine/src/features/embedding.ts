/**
 * The trained embedding of listings that serves now: a unit vector a listing and its nearest neighbours, found at training.
 * It arrives as a model record; listings that came later have none, and other signals speak for them.
 */
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { packModel, unpackModel } from '../learning/model-file.ts';

const KIND = 'embedding';
const VERSION = 1;

export class Embedding {
  dimensions = 0;
  neighboursPerListing = 0;
  vectors: Float32Array = new Float32Array(0); // [listings × dimensions]
  /** Rows of listings, nearest first, -1 where there are fewer. */
  neighbours: Int32Array = new Int32Array(0); // [listings × neighboursPerListing]
  /** Cosine similarities. */
  similarities: Float32Array = new Float32Array(0); // [listings × neighboursPerListing]

  /** How many listings, from row 0, it knows. */
  get size(): number {
    return this.dimensions === 0 ? 0 : this.vectors.length / this.dimensions;
  }

  pack(): Uint8Array {
    const { dimensions, neighboursPerListing, vectors, neighbours, similarities } = this;
    return packModel({
      kind: KIND,
      version: VERSION,
      info: { dimensions, neighboursPerListing },
      arrays: { vectors, neighbours, similarities },
    });
  }

  /** Throws `bad-model`; what served before stays. */
  unpack(bytes: Uint8Array): void {
    const { info, arrays } = unpackModel(bytes, KIND, VERSION);
    this.dimensions = info['dimensions'] as number;
    this.neighboursPerListing = info['neighboursPerListing'] as number;
    this.vectors = arrays['vectors'] as Float32Array;
    this.neighbours = arrays['neighbours'] as Int32Array;
    this.similarities = arrays['similarities'] as Float32Array;
  }

  save(out: SnapshotWriter): void {
    out.json('embedding.shape', [this.dimensions, this.neighboursPerListing]);
    out.array('embedding.vectors', this.vectors);
    out.array('embedding.neighbours', this.neighbours);
    out.array('embedding.similarities', this.similarities);
  }

  load(from: SnapshotReader): void {
    [this.dimensions, this.neighboursPerListing] = from.json<[number, number]>('embedding.shape');
    this.vectors = from.array('embedding.vectors', Float32Array);
    this.neighbours = from.array('embedding.neighbours', Int32Array);
    this.similarities = from.array('embedding.similarities', Float32Array);
  }
}
