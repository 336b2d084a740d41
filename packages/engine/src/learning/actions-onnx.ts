/**
 * The heads of the ranker (action-model.ts) as one ONNX graph: what they share, hinges of the features and the network over embeddings, is there
 * once, and each action has two outputs, its log-odds and its probability at the first position.
 *
 *     features [rows × features], own [rows × 1], identities [rows × identities]
 *         →  ACTION_logit [rows × 1], ACTION [rows × 1] = σ(ACTION_logit), for each action
 *
 * Identities are numbered as `actionIdentities` says; 0 is what no head knows. A placement is one of them, for the network and for the heads' intercepts.
 */
import type { ActionModel, ActionModels } from './action-model.ts';
import type { ActionNetwork } from './action-network.ts';
import { additiveGraph } from './additive-onnx.ts';
import { categoryOf } from './examples.ts';
import { headParts, type NetworkPart, type OnnxParts, onnxNode, rowsByNumber, sharedParts } from './network-onnx.ts';
import { type OnnxNode, type OnnxPort, type Tensor, writeOnnx } from './onnx-file.ts';

/** The identity that intercepts are by. */
const PLACEMENT_IDENTITY = 'placement';

/** Of each identity that a head reads, the values by number, from 1 on: those that a network knows, and placements with an intercept. */
export type ActionIdentities = ReadonlyMap<string, readonly number[]>;

export function actionIdentities(actions: ActionModels): ActionIdentities {
  const found = new Map<string, Set<number>>();
  const at = (identity: string): Set<number> => {
    const values = found.get(identity) ?? new Set<number>();
    found.set(identity, values);
    return values;
  };
  for (const { model, known } of networksOf(actions))
    for (const identity of model.schema.categories.slice(1))
      for (const value of known[identity]!) at(identity).add(value);
  for (const { intercepts } of actions.values())
    for (const placement of intercepts.keys()) at(PLACEMENT_IDENTITY).add(categoryOf(placement));
  at(PLACEMENT_IDENTITY);
  return new Map(Array.from(found, ([identity, values]) => [identity, [...values].sort((a, b) => a - b)]));
}

const networksOf = (actions: ActionModels): readonly ActionNetwork[] => [
  ...new Set([...actions.values()].flatMap(({ network }) => (network === undefined ? [] : [network.shared]))),
];

/** `features` names those of all heads. At least one action. */
export function actionsOnnx(actions: ActionModels, features: readonly string[]): Uint8Array {
  const identities = actionIdentities(actions);
  const nodes = new Map<string, OnnxNode>();
  const weights: Record<string, Tensor> = {};
  const add = (parts: OnnxParts): void => {
    for (const node of parts.nodes) nodes.set(node.outputs[0]!, node);
    Object.assign(weights, parts.weights);
  };
  const networks = new Map(
    networksOf(actions).map((shared, i) => [shared, partOf(shared, identities, `network_${i}_`)]),
  );
  for (const part of networks.values()) add(sharedParts(part));
  for (const [action, head] of actions) {
    add(additiveHead(head, action));
    add(rowsByNumber(interceptsOf(head, identities), `${action}_intercept`));
    const logit = `${action}_logit`;
    const known = networks.get(head.network?.shared as ActionNetwork);
    const [base, last] = [`${action}_additive`, known === undefined ? logit : `${action}_placed`];
    add({ nodes: [onnxNode('Add', [base, `${action}_intercept`], last)], weights: {} });
    if (known !== undefined) {
      const number = known.network.options.heads.indexOf(action);
      add(headParts(known, number, head.network!.scale, { base: last, output: logit }));
    }
    add({ nodes: [onnxNode('Sigmoid', [logit], action)], weights: {} });
  }
  const port = (name: string, width: number): OnnxPort => ({ name, shape: [0, width] });
  return writeOnnx({
    nodes: [...nodes.values()],
    weights,
    inputs: [port('features', features.length), port('own', 1), port('identities', identities.size)],
    outputs: [...actions.keys()].flatMap((action) => [port(action, 1), port(`${action}_logit`, 1)]),
  });
}

/** Numbers mean the same to all networks; what one of them does not know is 0 to it. */
function partOf({ model, known }: ActionNetwork, identities: ActionIdentities, prefix: string): NetworkPart {
  const values = Array.from(identities, ([identity, numbered]) => {
    const own = new Set(known[identity] ?? []);
    return [identity, numbered.map((value) => (own.has(value) ? value : 0))] as const;
  });
  return { network: model, values: new Map(values), prefix };
}

/** What of an additive head's graph is the same in all of them, and its output. */
const SHARED = new Set(['features', 'own', 'spread', 'shift', 'one', 'both', 'shifted', 'hinges', 'fresh', 'gate']);

function additiveHead({ model }: ActionModel, action: string) {
  const { nodes, weights } = additiveGraph(model);
  const own = (name: string): string =>
    SHARED.has(name) ? name : name === 'score' ? `${action}_additive` : `${action}_${name}`;
  return {
    nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(own), outputs: node.outputs.map(own) })),
    weights: Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [own(name), tensor])),
  };
}

function interceptsOf({ intercepts }: ActionModel, identities: ActionIdentities) {
  const names = [...identities.keys()];
  const byValue = new Map(Array.from(intercepts, ([placement, intercept]) => [categoryOf(placement), intercept]));
  const numbered = identities.get(PLACEMENT_IDENTITY)!;
  const data = Float32Array.from([0, ...numbered.map((value) => byValue.get(value) ?? 0)]);
  const table: Tensor = { shape: [data.length, 1], data };
  return { column: names.indexOf(PLACEMENT_IDENTITY), width: names.length, table };
}
