/**
 * What buyers do with listings that they are shown, as probabilities: for each action an additive model (additive-model.ts) over the
 * features that all of them share, with an intercept of the placement, and what a network adds that they share as well (action-network.ts),
 *
 *     p(action | listing, placement, …) = σ(score(features) + intercept[placement] + c · z(features, listing, placement, …))
 *
 * Intercepts are drawn towards 0, so a placement that is new has what is usual. Actions with too few examples are left out: whoever serves the
 * model falls back to priors for them.
 */
import { RialtoError } from '../base/errors.ts';
import type { TypedArray } from '../base/typed-array.ts';
import { type ActionNetwork, type IdentifiedRows, networkLogits, unpackActionNetwork } from './action-network.ts';
import { type AdditiveModel, GATES, KNOTS } from './additive-model.ts';
import { scoreRow } from './additive-rows.ts';
import { packModel, unpackModel } from './model-file.ts';

export const ACTIONS_KIND = 'actions';
const VERSION = 2;

export interface ActionModel {
  readonly model: AdditiveModel;
  /** By placement, in log-odds. */
  readonly intercepts: ReadonlyMap<string, number>;
  /** Of an action that gains by it: the network that it shares with others, and c. */
  readonly network?: { readonly shared: ActionNetwork; readonly scale: number };
}

export type ActionModels = ReadonlyMap<string, ActionModel>;

/** What models are trained on. */
export type ActionColumns = Pick<IdentifiedRows, 'featureNames' | 'identityNames'>;

interface Info {
  readonly features: readonly string[];
  readonly intercepts: Readonly<Record<string, readonly (readonly [placement: string, intercept: number])[]>>;
  /** Identities of each network. */
  readonly networks: readonly (readonly string[])[];
  readonly shares: Readonly<Record<string, { readonly network: number; readonly scale: number }>>;
}

export function packActions(actions: ActionModels, features: readonly string[]): Uint8Array {
  const named = [...actions];
  const networks = [...new Set(named.flatMap(([, { network }]) => (network === undefined ? [] : [network.shared])))];
  const shares = named.flatMap(([action, { network }]) =>
    network === undefined
      ? []
      : [[action, { network: networks.indexOf(network.shared), scale: network.scale }] as const],
  );
  const info: Info = {
    features,
    intercepts: Object.fromEntries(named.map(([action, { intercepts }]) => [action, [...intercepts]])),
    networks: networks.map(({ known }) => Object.keys(known)),
    shares: Object.fromEntries(shares),
  };
  const arrays: [string, TypedArray][] = named.flatMap(([action, { model }]) => [
    [`${action}.bias`, model.bias],
    [`${action}.lines`, model.lines],
  ]);
  networks.forEach(({ model, known }, i) => {
    arrays.push([`network.${i}`, plain(model.pack())]);
    for (const [identity, values] of Object.entries(known)) arrays.push([`network.${i}.${identity}`, values]);
  });
  return packModel({ kind: ACTIONS_KIND, version: VERSION, info: { ...info }, arrays: Object.fromEntries(arrays) });
}

/** Arrays of a model file are told by their class, of which Node's Buffer is another. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Throws `bad-model` where the bytes are no such model, or one of other features or identities, or a weight is not finite. */
export function unpackActions(bytes: Uint8Array, columns: ActionColumns): ActionModels {
  const { info, arrays } = unpackModel(bytes, ACTIONS_KIND, VERSION);
  const { features: trained, intercepts, networks, shares } = info as unknown as Info;
  const { featureNames } = columns;
  if (trained.join() !== featureNames.join()) {
    throw new RialtoError(
      'bad-model',
      `the model was trained on the features ${trained.join(', ')}, but this version has ${featureNames.join(', ')}`,
    );
  }
  const shared = networks.map((identities, i) => unpackNetwork(arrays, `network.${i}`, identities, columns));
  return new Map(
    Object.entries(intercepts).map(([action, pairs]) => {
      const model = unpackHead(arrays, action, featureNames);
      const share = shares[action];
      const numbers = [...pairs.map(([, x]) => x), ...(share === undefined ? [] : [share.scale])];
      if (!numbers.every(Number.isFinite) || (share !== undefined && shared[share.network] === undefined))
        throw lacks(action);
      const network = share && { shared: shared[share.network]!, scale: share.scale };
      return [action, { model, intercepts: new Map(pairs), ...(network && { network }) }];
    }),
  );
}

type Arrays = ReturnType<typeof unpackModel>['arrays'];

function unpackHead(arrays: Arrays, action: string, features: readonly string[]): AdditiveModel {
  const bias = arrays[`${action}.bias`];
  const lines = arrays[`${action}.lines`];
  const whole =
    bias instanceof Float32Array &&
    lines instanceof Float32Array &&
    bias.length === GATES &&
    lines.length === GATES * features.length * KNOTS;
  if (!whole || !bias.every(Number.isFinite) || !lines.every(Number.isFinite)) throw lacks(action);
  return { features, bias, lines };
}

function unpackNetwork(
  arrays: Arrays,
  name: string,
  identities: readonly string[],
  columns: ActionColumns,
): ActionNetwork {
  const bytes = arrays[name];
  const known = identities.map((identity) => [identity, arrays[`${name}.${identity}`]] as const);
  if (!(bytes instanceof Uint8Array) || !known.every(([, values]) => values instanceof Int32Array))
    throw lacks('what its actions share');
  return unpackActionNetwork(bytes, Object.fromEntries(known) as ActionNetwork['known'], columns);
}

const lacks = (what: string): RialtoError =>
  new RialtoError('bad-model', `the model lacks weights of ${what}, or holds some that are no numbers`);

/** Log-odds of an action on the rows [from, to), at the first position. [to − from] */
export function actionLogits(
  action: string,
  { model, intercepts, network }: ActionModel,
  rows: IdentifiedRows & { readonly placements: Int32Array; readonly placementNames: readonly string[] },
  span: { readonly from: number; readonly to: number },
): Float64Array {
  const { values, gates, placements, placementNames } = rows;
  const z = network && networkLogits(network.shared, rows, span).get(action);
  return Float64Array.from({ length: span.to - span.from }, (_, i) => {
    const row = span.from + i;
    const intercept = intercepts.get(placementNames[placements[row]!]!) ?? 0;
    return scoreRow(model, values, row, gates[row]!) + intercept + (z === undefined ? 0 : network!.scale * z[i]!);
  });
}
