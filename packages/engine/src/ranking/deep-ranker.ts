/**
 * A ranker with a network on top of the additive model (learning/deep-ranking.ts), ready to serve:
 *
 *     score = base + c · z
 *
 * What all candidates share (the buyer's features, country, what was turned to last) is worked out once a request, then all candidates
 * are scored in one pass over the columns that the feature matrix holds already.
 */
import { RialtoError } from '../base/errors.ts';
import { CANDIDATES_MAX } from '../features/candidates.ts';
import { FEATURE_NAMES, FEATURES } from '../features/catalogue.ts';
import type { FeatureInput } from '../features/feature.ts';
import { CANDIDATE_IDENTITIES, Identities, type Identity, REQUEST_IDENTITIES } from '../features/identities.ts';
import { type AdditiveModel, cellOf, packAdditive, unpackAdditive } from '../learning/additive-model.ts';
import { CandidateScorer } from '../learning/candidate-scorer.ts';
import { DeepAttribution } from '../learning/deep-attribution.ts';
import { type DeepModel, unpackDeep } from '../learning/deep-clicks.ts';
import { type DeepRanking, OWN_IDENTITY, type RankingColumns } from '../learning/deep-ranking.ts';
import type { Examples } from '../learning/examples.ts';
import { packModel, unpackModel } from '../learning/model-file.ts';
import { AdditiveRanker } from './additive-ranker.ts';
import type { FeatureMatrix } from './feature-matrix.ts';

export const DEEP_RANKER_KIND = 'deep-ranker';
const VERSION = 1;

const namesOf = (identities: readonly Identity[]): string[] => identities.map(({ name }) => name);

/** What a network that ranks learns from. */
export const RANKING_COLUMNS: RankingColumns = {
  features: FEATURE_NAMES,
  rowIdentities: namesOf(CANDIDATE_IDENTITIES),
  groupIdentities: namesOf(REQUEST_IDENTITIES),
};

/** The fields of the network that are no features, in its order. */
export const NETWORK_IDENTITIES: readonly Identity[] = [
  { name: OWN_IDENTITY, words: 'bought before, by what else is known' },
  ...CANDIDATE_IDENTITIES,
  ...REQUEST_IDENTITIES,
];

const CATEGORIES = namesOf(NETWORK_IDENTITIES);
const isShared = (feature: number): boolean => FEATURES[feature]!.scope === 'buyer';
const FEATURE_COLUMNS = FEATURES.map((_, feature) => feature);
const OF_REQUEST = FEATURE_COLUMNS.filter(isShared);
const OF_CANDIDATE = FEATURE_COLUMNS.filter((feature) => !isShared(feature));

export function packDeepRanker(base: AdditiveModel, { network, scale, known, fit }: DeepRanking): Uint8Array {
  return packModel({
    kind: DEEP_RANKER_KIND,
    version: VERSION,
    info: { scale, fit, known: Object.keys(known) },
    arrays: { base: plain(packAdditive(base)), network: plain(network.pack()), ...known },
  });
}

/** Arrays of a model file are told by their class, of which Node's Buffer is another. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

interface Values {
  readonly name: string;
  values: Float32Array;
}

const ZEROS = new Float32Array(CANDIDATES_MAX);

export class DeepRanker {
  readonly bytes: Uint8Array;
  readonly base: AdditiveModel;
  readonly network: DeepModel;
  readonly scale: number;
  readonly #base: AdditiveRanker;
  readonly #scorer: CandidateScorer;
  readonly #identities: Identities;
  readonly #own = new Int32Array(CANDIDATES_MAX);
  readonly #z = new Float64Array(CANDIDATES_MAX);
  readonly #requestNumbers: readonly Values[] = OF_REQUEST.map((feature) => valuesOf(feature));
  readonly #candidateNumbers: readonly Values[] = OF_CANDIDATE.map((feature) => valuesOf(feature));
  readonly #request: Examples;
  readonly #candidates: { rows: number } & Omit<Examples, 'rows'>;
  #attribution: DeepAttribution | undefined;

  /** Throws `bad-model`. */
  constructor(bytes: Uint8Array) {
    const { info, arrays } = unpackModel(bytes, DEEP_RANKER_KIND, VERSION);
    const { base, network } = arrays;
    this.bytes = bytes;
    this.scale = info['scale'] as number;
    if (!(base instanceof Uint8Array && network instanceof Uint8Array && Number.isFinite(this.scale)))
      throw new RialtoError('bad-model', 'the model lacks its base, its network or its scale');
    this.base = unpackAdditive(base, FEATURE_NAMES);
    this.network = unpackDeep(network, { numbers: FEATURE_NAMES, categories: CATEGORIES, sparse: false });
    const known = new Map(CATEGORIES.slice(1).map((name) => [name, knownOf(name, arrays[name])]));
    this.#base = new AdditiveRanker(this.base);
    this.#identities = new Identities((identity, value) => (known.get(identity)!.has(value) ? value : 0));
    const own = [...OF_CANDIDATE.map((feature) => FEATURE_NAMES[feature]!), OWN_IDENTITY];
    this.#scorer = new CandidateScorer(this.network, [...own, ...namesOf(CANDIDATE_IDENTITIES)]);
    this.#request = {
      rows: 1,
      numbers: this.#requestNumbers,
      categories: REQUEST_IDENTITIES.map(({ name }, i) => ({ name, values: this.#identities.request[i]! })),
    };
    this.#candidates = {
      rows: 0,
      numbers: this.#candidateNumbers,
      categories: [
        { name: OWN_IDENTITY, values: this.#own },
        ...CANDIDATE_IDENTITIES.map(({ name }, i) => ({ name, values: this.#identities.candidates[i]! })),
      ],
    };
  }

  /** The log-odds of each candidate, whose personal features are in `matrix`. The cheap stage is the base's alone. */
  score(matrix: FeatureMatrix, input: FeatureInput): void {
    const { candidates } = input;
    const { score, size } = candidates;
    this.#base.score(matrix, input, score);
    if (matrix.cheap || this.scale === 0 || size === 0) return;
    this.#read(matrix, input);
    this.#scorer.score(this.#request, this.#candidates, this.#z);
    for (let i = 0; i < size; i++) score[i]! += this.scale * this.#z[i]!;
  }

  #read(matrix: FeatureMatrix, input: FeatureInput): void {
    const { columns, gates, rows } = matrix.whole();
    this.#identities.fill(input);
    this.#candidates.rows = rows;
    for (let i = 0; i < OF_REQUEST.length; i++) {
      const { shape, values } = columns[OF_REQUEST[i]!]!;
      this.#requestNumbers[i]!.values = shape === 'zero' ? ZEROS : values;
    }
    for (let i = 0; i < OF_CANDIDATE.length; i++) {
      const { shape, values } = columns[OF_CANDIDATE[i]!]!;
      this.#candidateNumbers[i]!.values = shape === 'zero' ? ZEROS : values;
    }
    for (let i = 0; i < rows; i++) this.#own[i] = gates[i]! + 1;
  }

  /**
   * What the network adds for each of its fields, in log-odds, against a new listing of which nothing is known: features, then
   * NETWORK_IDENTITIES. [candidates][fields]
   */
  effects(matrix: FeatureMatrix, input: FeatureInput): readonly Float64Array[] {
    this.#attribution ??= new DeepAttribution(this.network, blank());
    this.#read(matrix, input);
    const { columns, rows } = matrix.whole();
    const { candidates, request } = this.#identities;
    const numbers = FEATURE_NAMES.map((name, feature) => ({
      name,
      values: Float32Array.from({ length: rows }, (_, row) => cellOf(columns[feature]!, row)),
    }));
    const ofCandidates = [this.#own, ...candidates].map((values) => values.subarray(0, rows));
    const ofRequest = request.map((value) => new Int32Array(rows).fill(value[0]!));
    const categories = [...ofCandidates, ...ofRequest].map((values, i) => ({ name: CATEGORIES[i]!, values }));
    return this.#attribution
      .attribute({ rows, numbers, categories })
      .map((effects) => effects.map((effect) => this.scale * effect));
  }
}

const valuesOf = (feature: number): Values => ({ name: FEATURE_NAMES[feature]!, values: ZEROS });

/** A new listing of which nothing is known. */
function blank(): Examples {
  const numbers = FEATURE_NAMES.map((name) => ({ name, values: new Float32Array(1) }));
  const categories = CATEGORIES.map((name) => ({ name, values: new Int32Array([name === OWN_IDENTITY ? 1 : 0]) }));
  return { rows: 1, numbers, categories };
}

function knownOf(name: string, values: unknown): ReadonlySet<number> {
  if (values instanceof Int32Array) return new Set(values);
  throw new RialtoError('bad-model', `the model lacks the values that it knows of ${name}`);
}
