/** The file of a team's rankers: one ranker, a list of them, or `{"rankers": […], "placements": […]}` with changes of placements. JSON. */
import { RialtoError } from '../base/errors.ts';
import type { RankerChange } from '../delivery/changed-market.ts';
import { rankerSchema } from '../wire/ranker-schema.ts';
import { validate } from '../wire/validate.ts';
import { readTextFile } from './text-file.ts';

/** Throws `bad-file`, and `bad-request` where something in it is not of the documented form. */
export async function readRankerFile(path: string): Promise<RankerChange> {
  const text = await readTextFile(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new RialtoError('bad-file', `${path} is not JSON: ${(error as Error).message}`);
  }
  const { rankers, placements } = partsOf(value, path);
  if (rankers.length + placements.length === 0)
    throw new RialtoError('bad-file', `${path} holds no ranker and no change of a placement`);
  const change = {
    rankers: rankers.map((ranker, i) => at(`${path}, rankers[${i}]`, () => validate(rankerSchema, ranker))),
    placements: placements.map((placement, i) => at(`${path}, placements[${i}]`, () => patchOf(placement))),
  };
  refuseTwins(change.rankers, `${path}, rankers`);
  refuseTwins(change.placements, `${path}, placements`);
  return change;
}

function partsOf(value: unknown, path: string): { rankers: readonly unknown[]; placements: readonly unknown[] } {
  if (Array.isArray(value)) return { rankers: value, placements: [] };
  if (typeof value !== 'object' || value === null)
    throw new RialtoError('bad-file', `${path} holds neither a ranker nor a list of rankers`);
  if ('objective' in value || 'id' in value) return { rankers: [value], placements: [] };
  const { rankers = [], placements = [], ...others } = value as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined || !Array.isArray(rankers) || !Array.isArray(placements)) {
    const what = unknown === undefined ? '' : `; it has ${JSON.stringify(unknown)}`;
    throw new RialtoError('bad-file', `${path} must hold the lists "rankers" and "placements"${what}`);
  }
  return { rankers, placements };
}

function patchOf(value: unknown): RankerChange['placements'][number] {
  if (typeof value === 'object' && value !== null && typeof (value as { id?: unknown }).id === 'string')
    return value as RankerChange['placements'][number];
  throw new RialtoError('bad-request', 'a change of a placement must be an object with its id');
}

function at<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RialtoError) throw new RialtoError(error.code, `${where}: ${error.message}`, error.details);
    throw error;
  }
}

function refuseTwins(list: readonly { readonly id: string }[], where: string): void {
  const twin = list.find(({ id }, i) => list.findIndex((other) => other.id === id) < i);
  if (twin) throw new RialtoError('bad-request', `${where}: ${JSON.stringify(twin.id)} is there twice`);
}
