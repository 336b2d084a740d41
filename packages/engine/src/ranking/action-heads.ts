/**
 * The heads of the ranker: what is predicted of each action, from the features that it has filled already, and by a network that they share, from
 * which listing it is, on which placement, and so on. The canonical ones serve every ranker that names no model; a team's own are published as models `actions:NAME` beside its `ranker:NAME`.
 *
 * An action that no head was trained for has its prior, which is monotone in the ranker's score s and puts the best candidate at the rate
 *
 *     p = σ(logit(rate) + slope · (s − max s))
 */
import { RialtoError } from '../base/errors.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import type { FeatureInput } from '../features/feature.ts';
import {
  CANDIDATE_IDENTITIES,
  Identities,
  PAGE_IDENTITIES,
  pageValues,
  REQUEST_IDENTITIES,
} from '../features/identities.ts';
import { type ActionColumns, type ActionModel, type ActionModels, unpackActions } from '../learning/action-model.ts';
import type { ActionNetwork } from '../learning/action-network.ts';
import { type AdditiveModel, explainRow } from '../learning/additive-model.ts';
import { OWN_IDENTITY } from '../learning/deep-ranking.ts';
import { logitOf, sigmoid } from '../learning/logistic.ts';
import { AdditiveRanker } from './additive-ranker.ts';
import type { FeatureMatrix } from './feature-matrix.ts';
import { NetworkEffects } from './network-effects.ts';
import { NetworkScores } from './network-scores.ts';
import { ACTIONS, type Action } from './value-expression.ts';

/** Of the best candidate, while nothing has been learned: what shops usually see. Nobody hides one listing rather than another. */
const ACTION_PRIORS: Readonly<Record<Action, { readonly rate: number; readonly slope: number }>> = {
  click: { rate: 0.05, slope: 0.5 },
  cart: { rate: 0.01, slope: 0.75 },
  purchase: { rate: 0.005, slope: 1 },
  hide: { rate: 0.001, slope: 0 },
};

const CANONICAL = 'actions';
const PREFIX = `${CANONICAL}:`;
const MODEL_NAME = /^actions(:[\w.-]{1,64})?$/;

/** The name of the heads that a model's name stands for, '' for the canonical ones; undefined where it stands for none. */
export function headsNameOf(model: string): string | undefined {
  return MODEL_NAME.test(model) ? model.slice(PREFIX.length) : undefined;
}

/** What heads are trained on. */
export const ACTION_COLUMNS: ActionColumns = {
  featureNames: FEATURE_NAMES,
  identityNames: [...CANDIDATE_IDENTITIES, ...REQUEST_IDENTITIES, ...PAGE_IDENTITIES].map(({ name }) => name),
};

interface Head {
  readonly model: AdditiveModel;
  readonly scorer: AdditiveRanker;
  readonly intercepts: ReadonlyMap<string, number>;
  readonly network: { readonly shared: SharedNetwork; readonly head: number; readonly scale: number } | undefined;
}

/** A network ready to serve; made ready once for all actions of a placement. */
class SharedNetwork {
  readonly #scores: NetworkScores;
  readonly #effects: NetworkEffects;
  /** By the network's fields after the features. */
  readonly #names: readonly string[];
  readonly #known: ReadonlyMap<string, ReadonlySet<number>>;
  readonly #page: [number, number] = [0, 0];

  constructor({ model, known }: ActionNetwork) {
    this.#known = new Map(Object.entries(known).map(([name, values]) => [name, new Set(values)]));
    const identities = new Identities((identity, value) => this.#valueOf(identity, value));
    this.#scores = new NetworkScores(model, identities);
    this.#effects = new NetworkEffects(model, identities);
    this.#names = model.schema.categories;
  }

  #valueOf(identity: string, value: number): number {
    return this.#known.get(identity)!.has(value) ? value : 0;
  }

  #pageOf({ placement, features }: PredictInput): readonly number[] {
    const values = pageValues(placement, features.moment.device);
    for (let i = 0; i < PAGE_IDENTITIES.length; i++)
      this.#page[i] = this.#valueOf(PAGE_IDENTITIES[i]!.name, values[i]!);
    return this.#page;
  }

  project(input: PredictInput): void {
    this.#scores.project(input.matrix, input.features, this.#pageOf(input));
  }

  /** By field, of each candidate. */
  effects(head: number, scale: number, input: PredictInput): Record<string, number>[] {
    const { matrix, features } = input;
    const fields = [...FEATURE_NAMES, ...this.#names];
    return this.#effects
      .of(matrix, features, { head, page: this.#pageOf(input) })
      .map((effects) => Object.fromEntries(fields.map((field, i) => [field, scale * effects[i]!])));
  }

  addTo(head: number, scale: number, out: Float64Array, rows: number): void {
    this.#scores.addHead(head, scale, out, rows);
  }
}

export interface PredictInput {
  readonly placement: string;
  /** Filled with the personal features. */
  readonly matrix: FeatureMatrix;
  readonly features: FeatureInput;
}

export class Heads {
  readonly bytes: Uint8Array | undefined;
  readonly models: ActionModels;
  /** By index in ACTIONS; undefined where the prior holds. */
  readonly #heads: readonly (Head | undefined)[];

  /** Throws `bad-model`. Priors where there are no bytes. */
  constructor(bytes?: Uint8Array) {
    this.bytes = bytes;
    this.models = bytes === undefined ? new Map() : unpackActions(bytes, ACTION_COLUMNS);
    const networks = new Map<ActionNetwork, SharedNetwork>();
    this.#heads = ACTIONS.map((action) => {
      const known = this.models.get(action);
      return known && headOf(action, known, networks);
    });
  }

  isTrained(action: number): boolean {
    return this.#heads[action] !== undefined;
  }

  /** What its log-odds are made of, by field, but for the placement's intercept, for people. [candidates] */
  effects(action: number, input: PredictInput): readonly Readonly<Record<string, number>>[] {
    return effectsOf(this.#heads[action]!, input);
  }

  /**
   * The probability of each of these actions, of each candidate, into `out` at the action. Their scores are the ranker's where the head is a prior.
   * out: [ACTIONS][candidates]
   */
  predict(actions: readonly number[], input: PredictInput, out: readonly Float64Array[]): void {
    let projected: SharedNetwork | undefined;
    for (const action of actions) {
      const head = this.#heads[action];
      const { candidates } = input.features;
      if (head === undefined) {
        predictPrior(ACTIONS[action]!, candidates.score, candidates.size, out[action]!);
        continue;
      }
      const { network } = head;
      if (network !== undefined && network.shared !== projected) {
        network.shared.project(input);
        projected = network.shared;
      }
      predictBy(head, input, out[action]!);
    }
  }
}

/** The log-odds of a trained action less its intercept, as a sum by field. [candidates] */
function effectsOf({ model, network }: Head, input: PredictInput): Record<string, number>[] {
  const whole = input.matrix.whole();
  const added = network?.shared.effects(network.head, network.scale, input);
  return Array.from({ length: whole.rows }, (_, row) => {
    const effects: Record<string, number> = { ...added?.[row] };
    for (const [field, effect] of Object.entries(explainRow(model, whole, row)))
      effects[field] = (effects[field] ?? 0) + effect;
    effects[OWN_IDENTITY] = (effects[OWN_IDENTITY] ?? 0) + model.bias[whole.gates[row]!]!;
    return effects;
  });
}

function headOf(
  action: Action,
  { model, intercepts, network }: ActionModel,
  networks: Map<ActionNetwork, SharedNetwork>,
): Head {
  const scorer = new AdditiveRanker(model);
  if (network === undefined) return { model, scorer, intercepts, network };
  const shared = networks.get(network.shared) ?? new SharedNetwork(network.shared);
  networks.set(network.shared, shared);
  const head = network.shared.model.options.heads.indexOf(action);
  if (head < 0) throw new RialtoError('bad-model', `the network that ${action} shares has no head for it`);
  return { model, scorer, intercepts, network: { shared, head, scale: network.scale } };
}

function predictBy(
  { scorer, intercepts, network }: Head,
  { placement, matrix, features }: PredictInput,
  out: Float64Array,
): void {
  const { size } = features.candidates;
  scorer.score(matrix, features, out);
  network?.shared.addTo(network.head, network.scale, out, size);
  const intercept = intercepts.get(placement) ?? 0;
  for (let row = 0; row < size; row++) out[row] = sigmoid(out[row]! + intercept);
}

/** What a step of the ranker's score is in the log-odds of an action that no head was trained for. */
export const priorSlope = (action: Action): number => ACTION_PRIORS[action].slope;

/** The log-odds of an action that no head was trained for. */
export function priorLogit(action: Action, score: number, best: number): number {
  const { rate, slope } = ACTION_PRIORS[action];
  return logitOf(rate) + slope * (score - best);
}

function predictPrior(action: Action, scores: Float64Array, rows: number, out: Float64Array): void {
  let best = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) best = Math.max(best, scores[row]!);
  for (let row = 0; row < rows; row++) out[row] = sigmoid(priorLogit(action, scores[row]!, best));
}

const NOTHING_LEARNED = new Heads();

/** All heads that have been published, as a part of the state. */
export class ActionHeads implements Part {
  readonly #heads = new Map<string, Heads>();

  /** Those of a model by name, '' for the canonical ones; priors where there are none. */
  of(name: string): Heads {
    return this.#heads.get(name) ?? NOTHING_LEARNED;
  }

  /** Throws `bad-model`; what had the name before stays. */
  replace(name: string, bytes: Uint8Array): void {
    this.#heads.set(name, new Heads(bytes));
  }

  /** Back to the priors. */
  remove(name: string): void {
    this.#heads.delete(name);
  }

  save(out: SnapshotWriter): void {
    const names = [...this.#heads.keys()];
    out.json('action-heads.names', names);
    names.forEach((name, i) => {
      out.array(`action-heads.${i}`, this.#heads.get(name)!.bytes!);
    });
  }

  load(from: SnapshotReader): void {
    this.#heads.clear();
    from.json<string[]>('action-heads.names').forEach((name, i) => {
      this.replace(name, from.array(`action-heads.${i}`, Uint8Array));
    });
  }
}
