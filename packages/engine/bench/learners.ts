/**
 * What a decision costs with each learner's ranker, by turns on the same requests: the additive one, with a network and with trees on top; and with a
 * declared ranker that values three actions, by additive heads (`valued`) and by heads that share a network (`valuedShared`).
 * They are trained on choices made up for the purpose: only what they cost is looked at here, not how well they rank.
 */
import type { Placement } from '@rialto/sdk';
import { Rng } from '../src/base/rng.ts';
import { millis } from '../src/base/units.ts';
import { applyRecord } from '../src/delivery/apply.ts';
import { decide } from '../src/delivery/decide.ts';
import type { Engine } from '../src/delivery/engine.ts';
import { Workspace } from '../src/delivery/workspace.ts';
import { FEATURE_NAMES } from '../src/features/catalogue.ts';
import { Identities } from '../src/features/identities.ts';
import { packActions } from '../src/learning/action-model.ts';
import { type IdentifiedRows, trainActionNetwork } from '../src/learning/action-network.ts';
import { cellOf, packAdditive } from '../src/learning/additive-model.ts';
import { DEFAULT_DEEP_RANKING, type IdentifiedExamples, trainDeepRanking } from '../src/learning/deep-ranking.ts';
import { DEFAULT_TREE_RANKING, trainTreeRanking } from '../src/learning/tree-ranking.ts';
import { ACTION_COLUMNS } from '../src/ranking/action-heads.ts';
import { packDeepRanker, RANKING_COLUMNS } from '../src/ranking/deep-ranker.ts';
import { PRIOR_MODEL } from '../src/ranking/ranker.ts';
import { packTreeRanker } from '../src/ranking/tree-ranker.ts';
import { ACTIONS } from '../src/ranking/value-expression.ts';
import type { Bench } from './bench.ts';
import { cpuMicros, machineFacts, median, rounded } from './figures.ts';
import { fillEngine } from './filled-engine.ts';
import { Marketplace, marketplaceOf } from './marketplace.ts';
import { drawRequest } from './page-requests.ts';

const ENDS_AT = Date.UTC(2026, 0, 1);
const PAGE = 'home';
const TREES = 60;

export const learnersBench: Bench = async ({ small, listings, say }) => {
  const marketplace = new Marketplace(marketplaceOf(listings ?? (small ? 500 : 20_000), ENDS_AT));
  say('folding a marketplace');
  const engine = await fillEngine(marketplace);
  const rng = marketplace.rng(6);
  const buyers = Array.from({ length: small ? 40 : 600 }, () => drawRequest(marketplace, rng).buyer!);
  const workspace = new Workspace();
  say('training');
  const trained = train(engine, buyers, workspace, small);
  const home = engine.state.market.placements.get(PAGE)!;
  for (const [learner, bytes] of Object.entries(trained)) {
    engine.state.rankers.replace(learner, bytes);
    const entity = { ...home, id: learner, ranker: learner };
    applyRecord(engine.state, { kind: 'placement', at: ENDS_AT, by: 'bench', entity });
  }
  declareValued(engine, home, trained.additive, madeUpChoices(engine, buyers, workspace));
  const micros = new Map([...Object.keys(trained), ...VALUED].map((learner) => [learner, [] as number[]]));
  let candidates = 0;
  const rounds = small ? 2 : 9;
  for (let round = -2; round < rounds; round++)
    for (const learner of micros.keys()) {
      const from = cpuMicros();
      for (const buyer of buyers) {
        decide(engine.state, inputOf(buyer, learner), workspace);
        candidates += workspace.candidates.size;
      }
      if (round >= 0) micros.get(learner)!.push((cpuMicros() - from) / buyers.length);
    }
  const perDecision = Object.fromEntries([...micros].map(([learner, all]) => [learner, rounded(median(all))]));
  return {
    candidates: Math.round(candidates / ((rounds + 2) * micros.size * buyers.length)),
    cpuMicrosPerDecision: perDecision,
    bytes: Object.fromEntries(Object.entries(trained).map(([learner, bytes]) => [learner, bytes.length])),
    machine: machineFacts(),
  };
};

const VALUED = ['valued', 'valuedShared'];

/** Heads with and without a network, and a ranker and a placement for each. */
function declareValued(engine: Engine, home: Placement, ranker: Uint8Array, examples: IdentifiedExamples): void {
  const { state } = engine;
  const rows = examples.gates.length;
  const tasks = ACTIONS.map((action) => ({ action, labels: examples.labels, logits: new Float64Array(rows).fill(-3) }));
  const span = { learned: Math.floor(0.8 * rows), chosen: rows };
  const shared = trainActionNetwork(shownRows(examples), tasks, span, 1)!.network;
  const head = { model: PRIOR_MODEL, intercepts: new Map<string, number>() };
  const heads = [head, { ...head, network: { shared, scale: 1 } }];
  VALUED.forEach((name, i) => {
    state.rankers.replace(`${name}-model`, ranker);
    const models = new Map(ACTIONS.map((action) => [action, heads[i]!]));
    state.heads.replace(`${name}-model`, packActions(models, FEATURE_NAMES));
    const declared = { id: name, objective: 'purchase + 0.3*cart + 0.1*click', model: `${name}-model` };
    applyRecord(state, { kind: 'ranker', at: ENDS_AT, by: 'bench', entity: declared });
    const entity = { ...home, id: name, ranker: name };
    applyRecord(state, { kind: 'placement', at: ENDS_AT, by: 'bench', entity });
  });
}

/** The same choices as rows of what was shown, on pages of which nothing is known. */
function shownRows({ values, gates, groups, rowIdentities, groupIdentities }: IdentifiedExamples): IdentifiedRows {
  const { rowIdentities: ofRow, groupIdentities: ofGroup } = RANKING_COLUMNS;
  const width = ACTION_COLUMNS.identityNames.length;
  const identities = new Int32Array(gates.length * width);
  for (let group = 0; group + 1 < groups.length; group++)
    for (let row = groups[group]!; row < groups[group + 1]!; row++) {
      identities.set(rowIdentities.subarray(row * ofRow.length, (row + 1) * ofRow.length), row * width);
      const own = groupIdentities.subarray(group * ofGroup.length, (group + 1) * ofGroup.length);
      identities.set(own, row * width + ofRow.length);
    }
  return { ...ACTION_COLUMNS, values, gates, identities };
}

const inputOf = (buyer: string, placement: string) => ({
  id: `${placement}-${buyer}`,
  at: millis(ENDS_AT),
  request: { buyer, placements: [placement] },
});

function train(engine: Engine, buyers: readonly string[], workspace: Workspace, small: boolean) {
  const examples = madeUpChoices(engine, buyers, workspace);
  const deep = trainDeepRanking(PRIOR_MODEL, examples, RANKING_COLUMNS, { ...DEFAULT_DEEP_RANKING, passesMax: 1 });
  const boosting = { ...DEFAULT_TREE_RANKING.boosting, rounds: small ? 3 : TREES };
  const trees = trainTreeRanking(PRIOR_MODEL, examples, { ...DEFAULT_TREE_RANKING, boosting });
  return {
    additive: packAdditive(PRIOR_MODEL),
    deep: packDeepRanker(PRIOR_MODEL, { ...deep, scale: 1 }),
    trees: packTreeRanker(PRIOR_MODEL, trees),
  };
}

/** Of each buyer's candidates, the one that a product of two features and chance put first. */
function madeUpChoices(engine: Engine, buyers: readonly string[], workspace: Workspace): IdentifiedExamples {
  const rng = new Rng(1);
  const identities = new Identities();
  const values: number[] = [];
  const gates: number[] = [];
  const labels: number[] = [];
  const groups = [0];
  const rowIdentities: number[] = [];
  const groupIdentities: number[] = [];
  const [left, right] = [FEATURE_NAMES.indexOf('price'), FEATURE_NAMES.indexOf('popularity')];
  const watch = (): void => {
    const { candidates, matrix } = workspace;
    const whole = matrix.whole();
    identities.fill(matrix.input!);
    groupIdentities.push(...identities.request.map((value) => value[0]));
    let best = { at: 0, score: Number.NEGATIVE_INFINITY };
    for (let i = 0; i < candidates.size; i += 3) {
      const row = whole.columns.map((column) => cellOf(column, i));
      const score = 3 * row[left] * row[right] + rng.unit();
      if (score > best.score) best = { at: labels.length, score };
      values.push(...row);
      gates.push(whole.gates[i]);
      labels.push(0);
      rowIdentities.push(...identities.candidates.map((column) => column[i]));
    }
    labels[best.at] = 1;
    groups.push(labels.length);
  };
  for (const buyer of buyers) decide(engine.state, inputOf(buyer, PAGE), workspace, { watch });
  return {
    values: Float32Array.from(values),
    gates: Uint8Array.from(gates),
    labels: Uint8Array.from(labels),
    groups: Int32Array.from(groups),
    rowIdentities: Int32Array.from(rowIdentities),
    groupIdentities: Int32Array.from(groupIdentities),
  };
}
