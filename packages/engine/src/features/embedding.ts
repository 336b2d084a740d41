/**
 * The trained embedding of listings that serves now: a unit vector a listing and its nearest neighbours, found at training.
 * It arrives as a model record; listings that came later have none, and other signals speak for them.
 */
import { RialtoError } from '../base/errors.ts';
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

  /** Throws `bad-model`, also where it names rows that a market of `listings` has not; what served before stays. */
  unpack(bytes: Uint8Array, listings: number): void {
    const { info, arrays } = unpackModel(bytes, KIND, VERSION);
    const dimensions = info['dimensions'] as number;
    const neighboursPerListing = info['neighboursPerListing'] as number;
    const { vectors, neighbours, similarities } = arrays as Pick<Embedding, 'vectors' | 'neighbours' | 'similarities'>;
    const size = dimensions === 0 ? 0 : vectors.length / dimensions;
    if (!Number.isInteger(size) || size > listings) {
      throw new RialtoError(
        'bad-model',
        `the embedding is of ${size} listings, but the marketplace has ${listings}: it was trained on another one`,
      );
    }
    const pairs = size * neighboursPerListing;
    const whole = neighbours.length === pairs && similarities.length === pairs;
    if (!whole || neighbours.some((row) => row < -1 || row >= size))
      throw new RialtoError('bad-model', `the embedding's neighbours do not fit its ${size} listings`);
    Object.assign(this, { dimensions, neighboursPerListing, vectors, neighbours, similarities });
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
