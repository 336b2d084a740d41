/** What an experiment names must exist and fit: placements and what its variants make of them, attributes, other experiments. */
import type { Experiment, ExperimentLayer, Placement } from '@rialto/sdk';
import { type ErrorCode, RialtoError } from '../base/errors.ts';
import { compileCondition } from '../experiments/condition.ts';
import { placementsOf } from '../experiments/experiment-registry.ts';
import type { Market } from '../market/market.ts';
import { placementSchema } from '../wire/placement-schema.ts';
import { validate } from '../wire/validate.ts';
import { mergePatch } from './assign-page.ts';
import { checkRankerOf, presentRanker } from './placed-ranker.ts';
import type { State } from './state.ts';

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

type Known = Pick<State, 'market' | 'rankers'>;

export function refuseExperiment(experiment: Experiment, known: Known): Refusal | undefined {
  const { market } = known;
  try {
    checkPlacements(experiment, market);
    if (experiment.condition !== undefined) compileCondition(experiment.condition);
    checkFeature(experiment, market);
    checkPrerequisites(experiment, market);
    checkSplit(experiment, market);
    checkInterleaved(experiment, known);
    checkRankers(experiment, known);
    checkSharedLists(experiment, market);
    return undefined;
  } catch (error) {
    if (error instanceof RialtoError) return { code: error.code, message: error.message };
    throw error;
  }
}

function checkPlacements(experiment: Experiment, { placements }: Market): void {
  for (const id of placementsOf(experiment)) {
    if (placements.get(id) === undefined)
      throw new RialtoError('unknown-reference', `there is no placement ${JSON.stringify(id)}: save it first`);
  }
  for (const { name, changes = {} } of experiment.variants) {
    for (const [id, change] of Object.entries(changes)) {
      if ('id' in change)
        throw new RialtoError(
          'bad-request',
          `variant ${name} must not change the id of placement ${JSON.stringify(id)}`,
        );
      changedPlacement(placements.get(id)!, change, name);
    }
  }
}

function checkRankers({ variants }: Experiment, known: Known): void {
  const { placements } = known.market;
  for (const { name, changes = {} } of variants) {
    for (const [id, change] of Object.entries(changes)) {
      const changed = changedPlacement(placements.get(id)!, change, name);
      try {
        checkRankerOf(changed, known);
      } catch (error) {
        if (error instanceof RialtoError)
          throw new RialtoError(error.code, `variant ${name}, placement ${id}: ${error.message}`);
        throw error;
      }
    }
  }
}

function changedPlacement(placement: Placement, change: object, variant: string): Placement {
  try {
    return validate(placementSchema, mergePatch(placement, change)) as Placement;
  } catch (error) {
    throw new RialtoError('bad-request', `variant ${variant}, placement ${placement.id}: ${(error as Error).message}`);
  }
}

/** Clients ask for features by name: two experiments must not answer to the same. */
function checkFeature({ id, feature = id }: Experiment, { experiments }: Market): void {
  for (let row = 0; row < experiments.size; row++) {
    const other = experiments.at(row);
    if (other.id !== id && (other.feature ?? other.id) === feature) {
      const message = `feature: ${JSON.stringify(feature)} is that of experiment ${JSON.stringify(other.id)}`;
      throw new RialtoError('bad-request', message);
    }
  }
}

/** Rankers that are declared draw and compose lists of their own: only models can share one. */
function checkInterleaved({ interleaves, variants }: Experiment, { market }: Known): void {
  if (interleaves === undefined) return;
  const [first, second] = variants;
  for (const id of new Set([...Object.keys(first?.changes ?? {}), ...Object.keys(second?.changes ?? {})])) {
    const { ranker: own, ranks = 'listings' } = market.placements.get(id)!;
    if (ranks !== 'listings')
      throw new RialtoError(
        'bad-request',
        `interleaves: placement ${id} ranks ${ranks}; only rankings of listings can share a list`,
      );
    for (const { name, changes = {} } of variants) {
      const { ranker = own } = changes[id] ?? {};
      if (typeof ranker === 'string' && presentRanker(ranker, market) !== undefined)
        throw new RialtoError(
          'bad-request',
          `interleaves: variant ${name} has the declared ranker ${JSON.stringify(ranker)} on placement ${id}; only models can be interleaved, so name its model`,
        );
    }
  }
}

/** A list is made of two rankings: a second experiment on it would get nothing to count. In ranges of a layer that do not overlap both have buyers of their own. */
function checkSharedLists(experiment: Experiment, { experiments }: Market): void {
  if (experiment.interleaves === undefined || experiment.status !== 'running') return;
  const lists = placementsOf(experiment);
  for (let row = 0; row < experiments.size; row++) {
    const other = experiments.at(row);
    if (other.id === experiment.id || other.interleaves === undefined || other.status !== 'running') continue;
    if (areApart(experiment.layer, other.layer)) continue;
    const shared = [...placementsOf(other)].find((id) => lists.has(id));
    if (shared === undefined) continue;
    throw new RialtoError(
      'bad-request',
      `interleaves: experiment ${JSON.stringify(other.id)} interleaves placement ${shared} already; stop it first, or give both their ranges of a layer`,
    );
  }
}

function areApart(a: ExperimentLayer | undefined, b: ExperimentLayer | undefined): boolean {
  return a !== undefined && b !== undefined && a.name === b.name && (a.to <= b.from || b.to <= a.from);
}

/** A budget is divided once: what two experiments made of it together would be neither's. */
function checkSplit({ id, splitsBudgets, status }: Experiment, { experiments }: Market): void {
  if (splitsBudgets !== true || status !== 'running') return;
  for (let row = 0; row < experiments.size; row++) {
    const other = experiments.at(row);
    if (other.id !== id && other.splitsBudgets === true && other.status === 'running')
      throw new RialtoError(
        'bad-request',
        `splitsBudgets: experiment ${JSON.stringify(other.id)} splits the budgets already; stop it first`,
      );
  }
}

function checkPrerequisites(experiment: Experiment, { experiments }: Market): void {
  for (const { experiment: id, variants } of experiment.prerequisites ?? []) {
    const other = id === experiment.id ? experiment : experiments.get(id);
    if (other === undefined)
      throw new RialtoError('unknown-reference', `there is no experiment ${JSON.stringify(id)}: save it first`);
    const missing = variants.find((name) => !other.variants.some((variant) => variant.name === name));
    if (missing !== undefined) {
      const message = `prerequisites: experiment ${JSON.stringify(id)} has no variant ${JSON.stringify(missing)}`;
      throw new RialtoError('unknown-reference', message);
    }
  }
  const cycle = cycleFrom(experiment, experiments);
  if (cycle !== undefined)
    throw new RialtoError('bad-request', `prerequisites go round in a circle: ${cycle.join(' → ')}`);
}

function cycleFrom(experiment: Experiment, experiments: Market['experiments']): string[] | undefined {
  const seen = new Set<string>();
  const walk = (id: string, path: readonly string[]): string[] | undefined => {
    if (path.length > 0 && id === experiment.id) return [...path, id];
    if (seen.has(id)) return undefined;
    seen.add(id);
    const { prerequisites = [] } = id === experiment.id ? experiment : (experiments.get(id) ?? {});
    for (const { experiment: next } of prerequisites) {
      const found = walk(next, [...path, id]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(experiment.id, []);
}
