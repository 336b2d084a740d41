/**
 * The trained embedding of listings that serves now: a unit vector a listing and its nearest neighbours, found at training, and beside it the graphs of
 * what leads to what that recommenders have learned (training/train-graph.ts), for the source that asks for them. It arrives as a model record; listings
 * that came later have none, and other signals speak for them.
 */
import { RialtoError } from '../base/errors.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { TypedArray } from '../base/typed-array.ts';
import { packModel, unpackModel } from '../learning/model-file.ts';

const KIND = 'embedding';
/** Version 1 had one graph for all. */
const VERSION = 2;
const VERSION_BEFORE = 1;

/** What each listing leads to, strongest first. */
export interface ListingGraph {
  readonly edgesPerListing: number;
  /** What each listing of a past says of what the one after it says; at most 1. */
  readonly fade: number;
  /** Rows of listings, -1 where there are fewer. [listings × edgesPerListing] */
  readonly targets: Int32Array;
  /** Above 0. [listings × edgesPerListing] */
  readonly weights: Float32Array;
}

const NO_GRAPH: ListingGraph = {
  edgesPerListing: 0,
  fade: 1,
  targets: new Int32Array(0),
  weights: new Float32Array(0),
};

export class Embedding {
  dimensions = 0;
  neighboursPerListing = 0;
  vectors: Float32Array = new Float32Array(0); // [listings × dimensions]
  /** Rows of listings, nearest first, -1 where there are fewer. */
  neighbours: Int32Array = new Int32Array(0); // [listings × neighboursPerListing]
  /** Cosine similarities. */
  similarities: Float32Array = new Float32Array(0); // [listings × neighboursPerListing]

  /** For who comes with a past; `pageGraph` for who stands on a listing's page or has a cart. */
  graph: ListingGraph = NO_GRAPH;
  pageGraph: ListingGraph = NO_GRAPH;

  /** How many listings, from row 0, it knows. */
  get size(): number {
    return this.dimensions === 0 ? 0 : this.vectors.length / this.dimensions;
  }

  pack(): Uint8Array {
    const { dimensions, neighboursPerListing, vectors, neighbours, similarities } = this;
    const { graph, pageGraph } = this;
    return packModel({
      kind: KIND,
      version: VERSION,
      info: { dimensions, neighboursPerListing, graph: shapeOf(graph), page: shapeOf(pageGraph) },
      arrays: { vectors, neighbours, similarities, ...packedGraph(graph, ''), ...packedGraph(pageGraph, 'page-') },
    });
  }

  /** Throws `bad-model`, also where it names rows that a market of `listings` has not; what served before stays. */
  unpack(bytes: Uint8Array, listings: number): void {
    const { info, arrays, version } = unpackModel(bytes, KIND, [VERSION_BEFORE, VERSION]);
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
    const graphs = version === VERSION_BEFORE ? oldGraphs(info, arrays, size) : graphsIn(info, arrays, size);
    Object.assign(this, { dimensions, neighboursPerListing, vectors, neighbours, similarities, ...graphs });
  }

  save(out: SnapshotWriter): void {
    out.json('embedding.shape', [this.dimensions, this.neighboursPerListing]);
    out.array('embedding.vectors', this.vectors);
    out.array('embedding.neighbours', this.neighbours);
    out.array('embedding.similarities', this.similarities);
    saveGraph(out, 'embedding.graph', this.graph);
    saveGraph(out, 'embedding.page-graph', this.pageGraph);
  }

  load(from: SnapshotReader): void {
    [this.dimensions, this.neighboursPerListing] = from.json<[number, number]>('embedding.shape');
    this.vectors = from.array('embedding.vectors', Float32Array);
    this.neighbours = from.array('embedding.neighbours', Int32Array);
    this.similarities = from.array('embedding.similarities', Float32Array);
    this.graph = loadedGraph(from, 'embedding.graph');
    this.pageGraph = loadedGraph(from, 'embedding.page-graph');
  }
}

type GraphShape = Pick<ListingGraph, 'edgesPerListing' | 'fade'>;
type Graphs = Pick<Embedding, 'graph' | 'pageGraph'>;
type Arrays = Readonly<Record<string, TypedArray>>;

const shapeOf = ({ edgesPerListing, fade }: ListingGraph): GraphShape => ({ edgesPerListing, fade });

/** Of the listings that lead anywhere: most may not. */
function packedGraph({ edgesPerListing, targets, weights }: ListingGraph, prefix: string): Arrays {
  if (edgesPerListing === 0) return {};
  const all = Array.from({ length: targets.length / edgesPerListing }, (_, row) => row);
  const sources = Int32Array.from(all.filter((row) => targets[row * edgesPerListing]! >= 0));
  const at = (i: number): number => sources[Math.floor(i / edgesPerListing)]! * edgesPerListing + (i % edgesPerListing);
  const length = sources.length * edgesPerListing;
  return {
    [`${prefix}sources`]: sources,
    [`${prefix}targets`]: Int32Array.from({ length }, (_, i) => targets[at(i)]!),
    [`${prefix}weights`]: Float32Array.from({ length }, (_, i) => weights[at(i)]!),
  };
}

function graphsIn(info: Readonly<Record<string, unknown>>, arrays: Arrays, listings: number): Graphs {
  const read = (shape: unknown, prefix: string): ListingGraph => {
    const { edgesPerListing, fade } = shape as GraphShape;
    if (edgesPerListing === 0) return NO_GRAPH;
    const sources = arrays[`${prefix}sources`];
    const [targets, weights] = [arrays[`${prefix}targets`], arrays[`${prefix}weights`]];
    if (!(sources instanceof Int32Array) || sources.some((row) => row < 0 || row >= listings)) throw misfit(listings);
    return checkedGraph({ edgesPerListing, fade, sources, targets, weights }, listings);
  };
  return { graph: read(info['graph'], ''), pageGraph: read(info['page'], 'page-') };
}

/** One graph, with a row for each listing, which serves both. */
function oldGraphs(info: Readonly<Record<string, unknown>>, arrays: Arrays, listings: number): Graphs {
  const edgesPerListing = (info['edgesPerListing'] ?? 0) as number;
  const sources = Int32Array.from({ length: listings }, (_, row) => row);
  const { targets, weights } = arrays;
  const graph =
    edgesPerListing === 0 ? NO_GRAPH : checkedGraph({ edgesPerListing, fade: 1, sources, targets, weights }, listings);
  return { graph, pageGraph: graph };
}

interface GraphColumns extends GraphShape {
  /** Listings that the rows are of. [rows] */
  readonly sources: Int32Array;
  readonly targets: TypedArray | undefined; // [rows × edgesPerListing]
  readonly weights: TypedArray | undefined; // [rows × edgesPerListing]
}

/** Throws `bad-model`. */
function checkedGraph(columns: GraphColumns, listings: number): ListingGraph {
  const { edgesPerListing, fade, sources, targets: led, weights: strengths } = columns;
  const whole =
    led instanceof Int32Array &&
    strengths instanceof Float32Array &&
    led.length === sources.length * edgesPerListing &&
    strengths.length === led.length;
  if (!whole || !(fade > 0 && fade <= 1)) throw misfit(listings);
  if (led.some((row, i) => row < -1 || row >= listings || (row >= 0 && !(strengths[i]! > 0)))) throw misfit(listings);
  const targets = new Int32Array(listings * edgesPerListing).fill(-1);
  const weights = new Float32Array(listings * edgesPerListing);
  sources.forEach((row, i) => {
    targets.set(led.subarray(i * edgesPerListing, (i + 1) * edgesPerListing), row * edgesPerListing);
    weights.set(strengths.subarray(i * edgesPerListing, (i + 1) * edgesPerListing), row * edgesPerListing);
  });
  return { edgesPerListing, fade, targets, weights };
}

const misfit = (listings: number): RialtoError =>
  new RialtoError('bad-model', `the graph of listings does not fit the embedding's ${listings} listings`);

function saveGraph(out: SnapshotWriter, name: string, graph: ListingGraph): void {
  out.json(`${name}.shape`, shapeOf(graph));
  out.array(`${name}.targets`, graph.targets);
  out.array(`${name}.weights`, graph.weights);
}

const loadedGraph = (from: SnapshotReader, name: string): ListingGraph => ({
  ...from.json<GraphShape>(`${name}.shape`),
  targets: from.array(`${name}.targets`, Int32Array),
  weights: from.array(`${name}.weights`, Float32Array),
});
