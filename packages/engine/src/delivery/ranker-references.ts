/** What a ranker says and names must make sense: its objective, its model, its fallback; and what is removed must not be named any more. */
import type { Placement, Ranker } from '@rialto/sdk';
import { type ErrorCode, RialtoError } from '../base/errors.ts';
import { NAMES_OF, senselessField } from '../ranking/thing-names.ts';
import { type AttributeNames, parseNamedValue, parseValue, RATING } from '../ranking/value-expression.ts';
import { isCanary } from './apply-model.ts';
import { mergePatch } from './assign-page.ts';
import { knowsRanker, presentRanker, rankedBy, unknownRanker } from './placed-ranker.ts';
import type { State } from './state.ts';

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

type Known = Pick<State, 'market' | 'rankers'>;

export function refuseRanker(ranker: Ranker, known: Known): Refusal | undefined {
  try {
    if (ranker.removed === true) checkUnused(ranker.id, known);
    else checkRanker(ranker, known);
    return undefined;
  } catch (error) {
    if (error instanceof RialtoError) return { code: error.code, message: error.message };
    throw error;
  }
}

function checkRanker(ranker: Ranker, known: Known): void {
  const { id, model, fallback } = ranker;
  if (isCanary(id))
    throw new RialtoError('id-taken', `id: canaries are served by the name ${JSON.stringify(id)}; choose another id`);
  if (known.rankers.names.includes(id))
    throw new RialtoError('id-taken', `id: a model of the name ${JSON.stringify(id)} is published; choose another id`);
  checkObjective(ranker, known);
  if (fallback !== undefined && fallback !== id && !knowsRanker(fallback, known))
    throw prefixed('fallback', unknownRanker(fallback, known));
  checkFallback(ranker, known);
  checkCycle(ranker, known);
  checkUsers(ranker, known);
  if (model !== undefined && fallback === undefined && known.rankers.find(model) === undefined)
    throw new RialtoError(
      'unknown-reference',
      `model: there is no model ${JSON.stringify(model)}: publish it with rialto train --name ${model}, or name a fallback; there are ${known.rankers.names.join(', ')}`,
    );
}

function attributesOf({ market: { listings } }: Known): AttributeNames {
  let names: readonly string[] | undefined;
  const all = (): readonly string[] => {
    names ??= [...new Set([RATING, ...listings.numericAttributes()])];
    return names;
  };
  return { all, has: (name) => all().includes(name) };
}

function checkObjective(ranker: Ranker, known: Known): void {
  const { objective, ranks = 'listings', defaults = {} } = ranker;
  if (ranks !== 'listings') {
    const senseless = senselessField(ranks, ranker);
    if (senseless !== undefined) throw new RialtoError('bad-request', senseless);
    parseNamedValue(objective, NAMES_OF[ranks]);
    return;
  }
  const { attributes } = parseValue(objective, attributesOf(known));
  const unused = Object.keys(defaults).find((name) => !attributes.includes(name));
  if (unused !== undefined)
    throw new RialtoError(
      'bad-request',
      `defaults: the objective names no attribute ${JSON.stringify(unused)}; it names ${attributes.join(', ') || 'none'}`,
    );
}

/** What serves in its place ranks the same; models score listings. */
function checkFallback(ranker: Ranker, { market }: Known): void {
  const { id, fallback } = ranker;
  const other = fallback === undefined || fallback === id ? undefined : presentRanker(fallback, market);
  if (other === undefined || rankedBy(other) === rankedBy(ranker)) return;
  throw new RialtoError(
    'bad-request',
    `fallback: ${JSON.stringify(fallback)} ranks ${rankedBy(other)}, this one ${rankedBy(ranker)}`,
  );
}

/** Whoever names it would be ranked by it no longer. */
function checkUsers(ranker: Ranker, { market }: Known): void {
  const before = presentRanker(ranker.id, market);
  if (before === undefined || rankedBy(before) === rankedBy(ranker)) return;
  const users = usersOf(ranker.id, market);
  if (users.length > 0)
    throw new RialtoError(
      'in-use',
      `ranks: ranker ${JSON.stringify(ranker.id)} ranks ${rankedBy(before)} for ${users.slice(0, 5).join(', ')}: declare another one`,
    );
}

const prefixed = (field: string, { code, message }: RialtoError): RialtoError =>
  new RialtoError(code, `${field}: ${message}`);

function checkCycle({ id, fallback }: Ranker, { market }: Known): void {
  const path = [id];
  for (let next = fallback; next !== undefined; next = presentRanker(next, market)?.fallback) {
    path.push(next);
    if (path.indexOf(next) < path.length - 1)
      throw new RialtoError('bad-request', `fallback: fallbacks go round in a circle: ${path.join(' → ')}`);
  }
}

function checkUnused(id: string, { market }: Known): void {
  const users = usersOf(id, market);
  if (users.length > 0)
    throw new RialtoError(
      'in-use',
      `ranker ${JSON.stringify(id)} is named by ${users.slice(0, 5).join(', ')}: change that first`,
    );
}

function usersOf(id: string, { placements, experiments, rankers }: Known['market']): string[] {
  const users: string[] = [];
  for (let row = 0; row < placements.size; row++)
    if (placements.at(row).ranker === id) users.push(`placement ${JSON.stringify(placements.at(row).id)}`);
  for (let row = 0; row < rankers.size; row++) {
    const { id: other, fallback, removed } = rankers.at(row);
    if (fallback === id && removed !== true) users.push(`ranker ${JSON.stringify(other)}`);
  }
  for (let row = 0; row < experiments.size; row++) {
    const { id: experiment, variants, status } = experiments.at(row);
    const named = variants.some(({ changes = {} }) =>
      Object.entries(changes).some(([placement, change]) => {
        const base: Partial<Placement> = placements.get(placement) ?? {};
        return (mergePatch(base, change) as Partial<Placement>).ranker === id && base.ranker !== id;
      }),
    );
    if (named && status !== 'draft') users.push(`experiment ${JSON.stringify(experiment)}`);
  }
  return users;
}
