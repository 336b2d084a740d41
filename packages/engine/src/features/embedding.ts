/**
 * The trained embedding of listings that serves now: a unit vector a listing and its nearest neighbours, found at training, and beside it the graph of
 * what leads to what that a recommender has learned (training/train-graph.ts), for the source that asks for it. It arrives as a model record; listings that came later have none, and other signals speak for them.
 */
import { RialtoError } from '../base/errors.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { TypedArray } from '../base/typed-array.ts';
import { packModel, unpackModel } from '../learning/model-file.ts';

const KIND = 'embedding';
const VERSION = 1;

/** What each listing leads to, strongest first. */
export interface ListingGraph {
  readonly edgesPerListing: number;
  /** Rows of listings, -1 where there are fewer. [listings × edgesPerListing] */
  readonly targets: Int32Array;
  /** Above 0. [listings × edgesPerListing] */
  readonly weights: Float32Array;
}

const NO_GRAPH: ListingGraph = { edgesPerListing: 0, targets: new Int32Array(0), weights: new Float32Array(0) };

export class Embedding {
  dimensions = 0;
  neighboursPerListing = 0;
  vectors: Float32Array = new Float32Array(0); // [listings × dimensions]
  /** Rows of listings, nearest first, -1 where there are fewer. */
  neighbours: Int32Array = new Int32Array(0); // [listings × neighboursPerListing]
  /** Cosine similarities. */
  similarities: Float32Array = new Float32Array(0); // [listings × neighboursPerListing]

  graph: ListingGraph = NO_GRAPH;

  /** How many listings, from row 0, it knows. */
  get size(): number {
    return this.dimensions === 0 ? 0 : this.vectors.length / this.dimensions;
  }

  pack(): Uint8Array {
    const { dimensions, neighboursPerListing, vectors, neighbours, similarities } = this;
    const { edgesPerListing, targets, weights } = this.graph;
    return packModel({
      kind: KIND,
      version: VERSION,
      info: { dimensions, neighboursPerListing, edgesPerListing },
      arrays: { vectors, neighbours, similarities, ...(edgesPerListing > 0 && { targets, weights }) },
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
    const graph = graphIn(info['edgesPerListing'] ?? 0, arrays, size);
    Object.assign(this, { dimensions, neighboursPerListing, vectors, neighbours, similarities, graph });
  }

  save(out: SnapshotWriter): void {
    out.json('embedding.shape', [this.dimensions, this.neighboursPerListing]);
    out.array('embedding.vectors', this.vectors);
    out.array('embedding.neighbours', this.neighbours);
    out.array('embedding.similarities', this.similarities);
    out.json('embedding.edges', this.graph.edgesPerListing);
    out.array('embedding.targets', this.graph.targets);
    out.array('embedding.weights', this.graph.weights);
  }

  load(from: SnapshotReader): void {
    [this.dimensions, this.neighboursPerListing] = from.json<[number, number]>('embedding.shape');
    this.vectors = from.array('embedding.vectors', Float32Array);
    this.neighbours = from.array('embedding.neighbours', Int32Array);
    this.similarities = from.array('embedding.similarities', Float32Array);
    this.graph = {
      edgesPerListing: from.json<number>('embedding.edges'),
      targets: from.array('embedding.targets', Int32Array),
      weights: from.array('embedding.weights', Float32Array),
    };
  }
}

/** Throws `bad-model`; none where the model has none. */
function graphIn(edges: unknown, arrays: Readonly<Record<string, TypedArray>>, listings: number): ListingGraph {
  if (edges === 0) return NO_GRAPH;
  const { targets, weights } = arrays;
  const whole =
    targets instanceof Int32Array &&
    weights instanceof Float32Array &&
    targets.length === listings * (edges as number) &&
    weights.length === targets.length;
  if (!whole || targets.some((row, i) => row < -1 || row >= listings || (row >= 0 && !(weights[i]! > 0))))
    throw new RialtoError('bad-model', `the graph of listings does not fit the embedding's ${listings} listings`);
  return { edgesPerListing: edges as number, targets, weights };
}
