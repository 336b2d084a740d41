/**
 * A ranker with a network on top of the additive model (learning/deep-ranking.ts), ready to serve:
 *
 *     score = base + c · z
 *
 * All candidates of a request are scored together from the columns that the feature matrix holds already (network-scores.ts).
 */
import { RialtoError } from '../base/errors.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import type { FeatureInput } from '../features/feature.ts';
import { CANDIDATE_IDENTITIES, Identities, type Identity, REQUEST_IDENTITIES } from '../features/identities.ts';
import { type AdditiveModel, packAdditive, unpackAdditive } from '../learning/additive-model.ts';
import { type DeepModel, unpackDeep } from '../learning/deep-clicks.ts';
import { type DeepRanking, OWN_IDENTITY, type RankingColumns } from '../learning/deep-ranking.ts';
import { packModel, unpackModel } from '../learning/model-file.ts';
import { AdditiveRanker } from './additive-ranker.ts';
import type { FeatureMatrix } from './feature-matrix.ts';
import { NetworkEffects } from './network-effects.ts';
import { NetworkScores } from './network-scores.ts';

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

export class DeepRanker {
  readonly bytes: Uint8Array;
  readonly base: AdditiveModel;
  readonly network: DeepModel;
  readonly scale: number;
  /** Values that the network knows, rising, by identity. */
  readonly known: Readonly<Record<string, Int32Array>>;
  readonly #base: AdditiveRanker;
  readonly #scores: NetworkScores;
  readonly #effects: NetworkEffects;

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
    this.known = Object.fromEntries(CATEGORIES.slice(1).map((name) => [name, knownOf(name, arrays[name])]));
    const known = new Map(Object.entries(this.known).map(([name, values]) => [name, new Set(values)]));
    this.#base = new AdditiveRanker(this.base);
    const identities = new Identities((identity, value) => (known.get(identity)!.has(value) ? value : 0));
    this.#scores = new NetworkScores(this.network, identities);
    this.#effects = new NetworkEffects(this.network, identities);
  }

  /** The log-odds of each candidate, whose personal features are in `matrix`. The cheap stage is the base's alone. */
  score(matrix: FeatureMatrix, input: FeatureInput): void {
    const { candidates } = input;
    const { score, size } = candidates;
    this.#base.score(matrix, input, score);
    if (matrix.cheap || this.scale === 0 || size === 0) return;
    this.#scores.addTo(matrix, input, this.scale, score);
  }

  /**
   * What the network adds for each of its fields, in log-odds, against a new listing of which nothing is known: features, then
   * NETWORK_IDENTITIES. [candidates][fields]
   */
  effects(matrix: FeatureMatrix, input: FeatureInput): readonly Float64Array[] {
    return this.#effects.of(matrix, input).map((effects) => effects.map((effect) => this.scale * effect));
  }
}

function knownOf(name: string, values: unknown): Int32Array {
  if (values instanceof Int32Array) return values;
  throw new RialtoError('bad-model', `the model lacks the values that it knows of ${name}`);
}
