/**
 * What buyers do with listings that they are shown, as probabilities: for each action an additive model (additive-model.ts) over the
 * features that all of them share, with an intercept of the placement,
 *
 *     p(action | listing, placement) = σ(score(features) + intercept[placement])
 *
 * Intercepts are drawn towards 0, so a placement that is new has what is usual. Actions with too few examples are left out: whoever serves the
 * model falls back to priors for them.
 */
import { RialtoError } from '../base/errors.ts';
import { type AdditiveModel, GATES, KNOTS } from './additive-model.ts';
import { packModel, unpackModel } from './model-file.ts';

const KIND = 'actions';
const VERSION = 1;

export interface ActionModel {
  readonly model: AdditiveModel;
  /** By placement, in log-odds. */
  readonly intercepts: ReadonlyMap<string, number>;
}

export type ActionModels = ReadonlyMap<string, ActionModel>;

interface Info {
  readonly features: readonly string[];
  readonly intercepts: Readonly<Record<string, readonly (readonly [placement: string, intercept: number])[]>>;
}

export function packActions(actions: ActionModels, features: readonly string[]): Uint8Array {
  const named = [...actions];
  const info: Info = {
    features,
    intercepts: Object.fromEntries(named.map(([action, { intercepts }]) => [action, [...intercepts]])),
  };
  const arrays = named.flatMap(([action, { model }]) => [
    [`${action}.bias`, model.bias] as const,
    [`${action}.lines`, model.lines] as const,
  ]);
  return packModel({ kind: KIND, version: VERSION, info: { ...info }, arrays: Object.fromEntries(arrays) });
}

/** Throws `bad-model` where the bytes are no such model, or one of other features, or a weight is not finite. */
export function unpackActions(bytes: Uint8Array, features: readonly string[]): ActionModels {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const { features: trained, intercepts } = info as unknown as Info;
  if (trained.join() !== features.join()) {
    throw new RialtoError(
      'bad-model',
      `the model was trained on the features ${trained.join(', ')}, but this version has ${features.join(', ')}`,
    );
  }
  return new Map(
    Object.entries(intercepts).map(([action, pairs]) => {
      const bias = arrays[`${action}.bias`];
      const lines = arrays[`${action}.lines`];
      const whole =
        bias instanceof Float32Array &&
        lines instanceof Float32Array &&
        bias.length === GATES &&
        lines.length === GATES * features.length * KNOTS;
      if (
        !whole ||
        !bias.every(Number.isFinite) ||
        !lines.every(Number.isFinite) ||
        !pairs.every(([, x]) => Number.isFinite(x))
      )
        throw new RialtoError('bad-model', `the model lacks weights of ${action}, or holds some that are no numbers`);
      return [action, { model: { features, bias, lines }, intercepts: new Map(pairs) }];
    }),
  );
}
