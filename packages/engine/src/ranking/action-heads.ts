/**
 * The heads of the ranker: what is predicted of each action, from the features that it has filled already. The canonical ones serve every
 * ranker that names no model; a team's own are published as models `actions:NAME` beside its `ranker:NAME`.
 *
 * An action that no head was trained for has its prior, which is monotone in the ranker's score s and puts the best candidate at the rate
 *
 *     p = σ(logit(rate) + slope · (s − max s))
 */
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import type { FeatureInput } from '../features/feature.ts';
import { type ActionModels, packActions, unpackActions } from '../learning/action-model.ts';
import { logitOf, sigmoid } from '../learning/logistic.ts';
import { AdditiveRanker } from './additive-ranker.ts';
import type { FeatureMatrix } from './feature-matrix.ts';
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

interface Head {
  readonly scorer: AdditiveRanker;
  readonly intercepts: ReadonlyMap<string, number>;
}

export interface PredictInput {
  readonly placement: string;
  /** Filled with the personal features. */
  readonly matrix: FeatureMatrix;
  readonly features: FeatureInput;
}

export class Heads {
  readonly models: ActionModels;
  /** By index in ACTIONS; undefined where the prior holds. */
  readonly #heads: readonly (Head | undefined)[];

  constructor(models: ActionModels) {
    this.models = models;
    this.#heads = ACTIONS.map((action) => {
      const known = models.get(action);
      return known && { scorer: new AdditiveRanker(known.model), intercepts: known.intercepts };
    });
  }

  isTrained(action: number): boolean {
    return this.#heads[action] !== undefined;
  }

  /** The probability of the action, of each candidate. Their scores are the ranker's where the head is a prior. out: [candidates] */
  predict(action: number, { placement, matrix, features }: PredictInput, out: Float64Array): void {
    const head = this.#heads[action];
    const { candidates } = features;
    if (head === undefined) predictPrior(ACTIONS[action]!, candidates.score, candidates.size, out);
    else {
      head.scorer.score(matrix, features, out);
      const intercept = head.intercepts.get(placement) ?? 0;
      for (let row = 0; row < candidates.size; row++) out[row] = sigmoid(out[row]! + intercept);
    }
  }
}

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

const NOTHING_LEARNED = new Heads(new Map());

/** All heads that have been published, as a part of the state. */
export class ActionHeads implements Part {
  readonly #heads = new Map<string, Heads>();

  /** Those of a model by name, '' for the canonical ones; priors where there are none. */
  of(name: string): Heads {
    return this.#heads.get(name) ?? NOTHING_LEARNED;
  }

  /** Throws `bad-model`; what had the name before stays. */
  replace(name: string, bytes: Uint8Array): void {
    this.#heads.set(name, new Heads(unpackActions(bytes, FEATURE_NAMES)));
  }

  /** Back to the priors. */
  remove(name: string): void {
    this.#heads.delete(name);
  }

  save(out: SnapshotWriter): void {
    const names = [...this.#heads.keys()];
    out.json('action-heads.names', names);
    names.forEach((name, i) => {
      out.array(`action-heads.${i}`, packActions(this.#heads.get(name)!.models, FEATURE_NAMES));
    });
  }

  load(from: SnapshotReader): void {
    this.#heads.clear();
    from.json<string[]>('action-heads.names').forEach((name, i) => {
      this.replace(name, from.array(`action-heads.${i}`, Uint8Array));
    });
  }
}
