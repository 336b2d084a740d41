/** What variants do to single items, and what goes with it: campaigns dealt one by one, and buyers dealt with what is shown to them. */
import type { Experiment } from '@rialto/sdk';
import { z } from 'zod';
import { pacingMethodSchema } from './auction-schema.ts';

/** A rule about several fields of an experiment. */
export interface FieldsRule {
  readonly path: string[];
  readonly holds: (experiment: Experiment) => boolean;
  readonly message: string | ((experiment: Experiment) => string);
}

const factor = () => z.number().min(0.01).max(100);

export const itemTreatmentSchema = z
  .strictObject({
    bidFactor: factor().exactOptional(),
    reserveFactor: factor().exactOptional(),
    scoreFactor: factor().exactOptional(),
    pacing: pacingMethodSchema.exactOptional(),
    boost: z.number().min(-30).max(30).exactOptional(),
  })
  .meta({ id: 'ItemTreatment' });

const ITEM_UNITS: ReadonlySet<string> = new Set(['campaign', 'two-sided']);

const hasItems = ({ variants }: Experiment): boolean => variants.some(({ items }) => items !== undefined);
const listingsOf = ({ unit, otherSide = 'listing' }: Experiment): boolean =>
  unit === 'two-sided' && otherSide === 'listing';

export const ITEM_RULES: readonly FieldsRule[] = [
  {
    path: ['variants'],
    holds: (experiment) => !hasItems(experiment) || ITEM_UNITS.has(experiment.unit),
    message: 'must have `items` with the units campaign and two-sided only: others change placements, with `changes`',
  },
  {
    path: ['variants'],
    holds: (experiment) =>
      experiment.unit !== 'two-sided' ||
      (experiment.variants.length === 2 &&
        experiment.variants[0]!.items === undefined &&
        experiment.variants[1]!.items !== undefined),
    message: 'of the unit two-sided must be two: a control without `items`, and a treatment with them',
  },
  {
    path: ['variants'],
    holds: (experiment) => !hasItems(experiment) || experiment.variants.length >= 2,
    message: 'that change `items` need a control to compare with',
  },
  {
    path: ['variants'],
    holds: (experiment) =>
      !hasItems(experiment) ||
      (experiment.variants.every(({ changes, value }) => changes === undefined && value === undefined) &&
        experiment.prerequisites === undefined &&
        experiment.holdsOut === undefined &&
        experiment.bandit === undefined &&
        experiment.interleaves === undefined &&
        (experiment.splitsBudgets === undefined || experiment.doses !== undefined) &&
        experiment.sticky === undefined),
    message:
      'that change `items` go with neither `changes`, `value`, `prerequisites`, `holdsOut`, `bandit`, `interleaves`, `splitsBudgets` (but with `doses`) nor `sticky`: each item has its own variant on a page, and keeps it by itself',
  },
  {
    path: ['otherSide'],
    holds: ({ unit, otherSide }) => otherSide === undefined || unit === 'two-sided',
    message: 'goes with the unit two-sided only',
  },
  {
    path: ['doses'],
    holds: ({ doses, unit, otherSide, splitsBudgets }) =>
      doses === undefined || (unit === 'two-sided' && otherSide === 'campaign' && splitsBudgets === true),
    message:
      'goes with the unit two-sided, otherSide campaign and `splitsBudgets` only: treated buyers need a market of their own',
  },
  {
    path: ['doses'],
    holds: ({ doses }) => doses === undefined || new Set(doses).size >= 2,
    message: 'must be two different shares at least: one alone does not say how the effect grows with it',
  },
  {
    path: ['variants'],
    holds: (experiment) =>
      listingsOf(experiment) || experiment.variants.every(({ items }) => items?.boost === undefined),
    message: 'must `boost` where listings are dealt only: a campaign has no rank but in the auction',
  },
  {
    path: ['variants'],
    holds: ({ unit, variants }) => unit === 'campaign' || variants.every(({ items }) => items?.pacing === undefined),
    message: 'must change `pacing` with the unit campaign only: a campaign is paced as a whole',
  },
];
