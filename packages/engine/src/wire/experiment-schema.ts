/** The form of an experiment, and which of its fields go together. Whether what it names exists is for those who hold the state. */
import type { Experiment } from '@rialto/sdk';
import { z } from 'zod';
import { id, integer, LIMITS, text, time } from './field.ts';
import { type FieldsRule, ITEM_RULES, itemTreatmentSchema } from './item-treatment-schema.ts';

const VARIANTS_MAX = 100;
/** Buckets are 1/10,000 wide, so weights need not be closer than that. */
const WEIGHT_SLACK = 1e-4;

const PERIOD_HOURS_MAX = 24 * 28;

const SEGMENT_BY = /^(country|region|language|device|category|attributes\.[A-Za-z0-9_-]{1,64})$/;
const SEGMENT_BY_MESSAGE = 'must be country, region, language, device, category or attributes.NAME';

const share = () => z.number().min(0).max(1);
const changes = () => z.record(id(), z.record(z.string(), z.unknown()));

const variantSchema = z
  .strictObject({
    name: id(),
    weight: share(),
    value: z.unknown().exactOptional(),
    changes: changes().exactOptional(),
    items: itemTreatmentSchema.exactOptional(),
  })
  .meta({ id: 'Variant' });

export const guardrailSchema = z
  .strictObject({ metric: id(), worse: z.enum(['lower', 'higher']), tolerance: share().exactOptional() })
  .meta({ id: 'Guardrail' });

/** Of `doses`: after as many days they come round. */
const DOSES_MAX = 7;

const fieldsSchema = z.strictObject({
  id: id(),
  description: text(LIMITS.text).exactOptional(),
  status: z.enum(['draft', 'running', 'stopped']).exactOptional(),
  unit: z.enum(['buyer', 'session', 'shop', 'listing', 'campaign', 'region-time', 'two-sided']),
  variants: z.array(variantSchema).min(1).max(VARIANTS_MAX),
  seed: id().exactOptional(),
  coverage: share().exactOptional(),
  rollout: z
    .array(z.strictObject({ from: time(), coverage: share() }))
    .min(1)
    .max(LIMITS.rules)
    .exactOptional(),
  startsAt: time().exactOptional(),
  endsAt: time().exactOptional(),
  layer: z.strictObject({ name: id(), from: share(), to: share() }).exactOptional(),
  prerequisites: z
    .array(z.strictObject({ experiment: id(), variants: z.array(id()).min(1).max(VARIANTS_MAX) }))
    .max(16)
    .exactOptional(),
  holdsOut: id().exactOptional(),
  condition: z.record(z.string(), z.unknown()).exactOptional(),
  placements: z.array(id()).max(LIMITS.values).exactOptional(),
  feature: id().exactOptional(),
  fallback: z.unknown().exactOptional(),
  sticky: z.literal(true).exactOptional(),
  overrides: z
    .array(z.strictObject({ unit: id(), variant: id() }))
    .max(LIMITS.values)
    .exactOptional(),
  otherSide: z.enum(['listing', 'campaign']).exactOptional(),
  doses: z.array(z.number().gt(0).max(1)).min(2).max(DOSES_MAX).exactOptional(),
  periodHours: integer(1, PERIOD_HOURS_MAX).exactOptional(),
  burnInMinutes: integer(0, 60 * PERIOD_HOURS_MAX).exactOptional(),
  decisionMetric: id().exactOptional(),
  guardrails: z.array(guardrailSchema).max(LIMITS.rules).exactOptional(),
  bandit: z
    .strictObject({
      reward: z.enum(['click', 'cart-add', 'favourite', 'purchase']),
      windowHours: integer(1, 24 * 28),
      floor: z.number().min(0.001).max(0.5),
      everyMinutes: integer(1, 24 * 60).exactOptional(),
      by: z.array(z.string().regex(SEGMENT_BY, SEGMENT_BY_MESSAGE)).min(1).max(4).exactOptional(),
    })
    .exactOptional(),
  interleaves: z.enum(['team-draft', 'balanced']).exactOptional(),
  splitsBudgets: z.literal(true).exactOptional(),
  outsideShare: z.number().min(0).lt(1).exactOptional(),
  ship: id().exactOptional(),
  stopReason: text(LIMITS.title).exactOptional(),
});

/** Each arm has books and a pacing of its own. */
const SPLIT_VARIANTS_MAX = 4;
const BANDIT_VARIANTS_MAX = 20;
const BANDIT_UNITS: ReadonlySet<string> = new Set(['buyer', 'session']);
const SPLIT_UNITS: ReadonlySet<string> = new Set(['buyer', 'session', 'region-time']);

const names = ({ variants }: Experiment): Set<string> => new Set(variants.map(({ name }) => name));
const total = ({ variants }: Experiment): number => variants.reduce((sum, { weight }) => sum + weight, 0);

const RULES: readonly FieldsRule[] = [
  {
    path: ['variants'],
    holds: (experiment) => names(experiment).size === experiment.variants.length,
    message: 'must not repeat a name',
  },
  {
    path: ['variants'],
    holds: (experiment) => Math.abs(total(experiment) - 1) <= WEIGHT_SLACK,
    message: (experiment) =>
      `must have weights that add up to 1, and theirs add up to ${Number(total(experiment).toPrecision(6))}; a share of the units is taken with \`coverage\``,
  },
  {
    path: ['endsAt'],
    holds: ({ startsAt, endsAt }) => startsAt === undefined || endsAt === undefined || startsAt < endsAt,
    message: 'must be later than `startsAt`',
  },
  {
    path: ['rollout'],
    holds: ({ rollout = [] }) => rollout.every(({ from }, i) => i === 0 || from > rollout[i - 1]!.from),
    message: 'must have stages in ascending order of `from`',
  },
  {
    path: ['coverage'],
    holds: ({ coverage, rollout }) => coverage === undefined || rollout === undefined,
    message: 'and `rollout` exclude each other: leave one out',
  },
  {
    path: ['layer', 'to'],
    holds: ({ layer }) => layer === undefined || layer.from < layer.to,
    message: 'must be above `from`',
  },
  {
    path: ['holdsOut'],
    holds: (experiment) => experiment.holdsOut === undefined || names(experiment).has(experiment.holdsOut),
    message: 'must be one of the variants',
  },
  {
    path: ['holdsOut'],
    holds: ({ holdsOut, layer, prerequisites }) =>
      holdsOut === undefined || (layer === undefined && prerequisites === undefined),
    message: 'goes with neither `layer` nor `prerequisites`: a holdout comes before all other experiments',
  },
  {
    path: ['overrides'],
    holds: (experiment) => {
      const known = names(experiment);
      return (experiment.overrides ?? []).every(({ variant }) => known.has(variant));
    },
    message: 'must name variants of the experiment',
  },
  {
    path: ['ship'],
    holds: (experiment) =>
      experiment.ship === undefined || (experiment.status === 'stopped' && names(experiment).has(experiment.ship)),
    message: 'must be one of the variants, of a stopped experiment',
  },
  {
    path: ['stopReason'],
    holds: ({ status, stopReason }) => stopReason === undefined || status === 'stopped',
    message: 'is of stopped experiments only',
  },
  {
    path: ['periodHours'],
    holds: ({ unit, periodHours }) => (unit === 'region-time') === (periodHours !== undefined),
    message: 'is needed for the unit region-time, and for no other',
  },
  {
    path: ['burnInMinutes'],
    holds: ({ burnInMinutes, periodHours }) =>
      burnInMinutes === undefined || (periodHours !== undefined && burnInMinutes < 60 * periodHours),
    message: 'is of the unit region-time only, and must be shorter than `periodHours`',
  },
];

const changesOf = ({ variants }: Experiment): Readonly<Record<string, unknown>>[] =>
  variants.flatMap(({ changes = {} }) => Object.values(changes));

const DESIGN_RULES: readonly FieldsRule[] = [
  {
    path: ['bandit'],
    holds: ({ bandit, sticky, unit, variants }) =>
      bandit === undefined ||
      (sticky === true && variants.length >= 2 && variants.length <= BANDIT_VARIANTS_MAX && BANDIT_UNITS.has(unit)),
    message: `needs \`sticky\`, 2 to ${BANDIT_VARIANTS_MAX} variants and the unit buyer or session: a unit is dealt once, and its reward is its own`,
  },
  {
    path: ['bandit', 'floor'],
    holds: ({ bandit, variants }) => bandit === undefined || bandit.floor * variants.length <= 1,
    message: 'times the number of variants must not exceed 1',
  },
  {
    path: ['bandit'],
    holds: ({ bandit, variants, coverage, rollout, ...rest }) =>
      bandit === undefined ||
      (rest.splitsBudgets === undefined &&
        rest.interleaves === undefined &&
        rest.holdsOut === undefined &&
        (coverage ?? 1) === 1 &&
        rollout === undefined &&
        variants.every(({ weight }) => weight >= bandit.floor)),
    message:
      'goes with neither `splitsBudgets`, `interleaves`, `holdsOut`, `coverage` nor `rollout`, and no weight may be below its floor',
  },
  {
    path: ['interleaves'],
    holds: (experiment) =>
      experiment.interleaves === undefined ||
      (experiment.variants.length === 2 &&
        changesOf(experiment).length > 0 &&
        changesOf(experiment).every((change) => Object.keys(change).every((name) => name === 'ranker'))),
    message: 'needs two variants that change nothing but the `ranker` of placements: others cannot share a list',
  },
  {
    path: ['interleaves'],
    holds: ({ interleaves, splitsBudgets, holdsOut }) =>
      interleaves === undefined || (splitsBudgets === undefined && holdsOut === undefined),
    message: 'goes with neither `splitsBudgets` nor `holdsOut`: its units are in both variants at once',
  },
  {
    path: ['splitsBudgets'],
    holds: ({ splitsBudgets, unit, variants, doses }) =>
      splitsBudgets === undefined ||
      (variants.length >= 2 &&
        variants.length <= SPLIT_VARIANTS_MAX &&
        (SPLIT_UNITS.has(unit) || (unit === 'two-sided' && doses !== undefined))),
    message: `needs 2 to ${SPLIT_VARIANTS_MAX} variants and the unit ${[...SPLIT_UNITS].join(', ')}: what a whole request belongs to; or two-sided with \`doses\``,
  },
  {
    path: ['outsideShare'],
    holds: ({ splitsBudgets, outsideShare }) => outsideShare === undefined || splitsBudgets === true,
    message: 'goes with `splitsBudgets` only',
  },
  {
    path: ['outsideShare'],
    holds: ({ splitsBudgets, outsideShare, condition, layer, prerequisites }) =>
      splitsBudgets === undefined ||
      outsideShare !== undefined ||
      (condition === undefined && layer === undefined && prerequisites === undefined),
    message:
      'is needed where a condition, a layer or prerequisites keep requests out: the share of requests that take no part',
  },
];

export const experimentSchema = [...RULES, ...DESIGN_RULES, ...ITEM_RULES]
  .reduce(
    (schema, { path, holds, message }) =>
      schema.refine((experiment) => holds(experiment), {
        path,
        error: ({ input }) => (typeof message === 'string' ? message : message(input as Experiment)),
      }),
    fieldsSchema,
  )
  .meta({ id: 'Experiment' });

/** As it is read back. */
export const versionedExperimentSchema = fieldsSchema
  .extend({ version: integer(1, Number.MAX_SAFE_INTEGER) })
  .meta({ id: 'VersionedExperiment' });

const exposureSchema = z
  .strictObject({
    experiment: z.string(),
    variant: z.string(),
    version: z.int(),
    unit: z.string(),
    probabilities: z.array(z.number()).exactOptional(),
    segment: z.string().exactOptional(),
    side: z.enum(['listing', 'campaign']).exactOptional(),
  })
  .meta({ id: 'Exposure' });

export const assignedExperimentSchema = exposureSchema
  .extend({ value: z.unknown().exactOptional() })
  .meta({ id: 'AssignedExperiment' });

export const explainedAssignmentSchema = z
  .strictObject({
    experiment: z.string(),
    version: z.int(),
    unit: z.string().exactOptional(),
    variant: z.string().exactOptional(),
    reason: z.enum([
      'bucket',
      'by-item',
      'bandit',
      'sticky',
      'override',
      'shipped',
      'not-running',
      'no-unit',
      'not-targeted',
      'outside-layer',
      'in-holdout',
      'prerequisite-not-met',
      'outside-coverage',
    ]),
    bucket: z.int().exactOptional(),
  })
  .meta({ id: 'ExplainedAssignment' });

export const experimentStatusSchema = z
  .strictObject({
    id: z.string(),
    version: z.int(),
    status: z.enum(['draft', 'running', 'stopped']),
    live: z.boolean(),
    coverage: z.number(),
    exposures: z.array(z.strictObject({ variant: z.string(), count: z.int() })),
    probabilities: z.array(z.number()).exactOptional(),
    segments: z.array(z.strictObject({ segment: z.string(), probabilities: z.array(z.number()) })).exactOptional(),
    ship: z.string().exactOptional(),
    stopReason: z.string().exactOptional(),
  })
  .meta({ id: 'ExperimentStatus' });

export const stopRequestSchema = z
  .strictObject({ ship: id().exactOptional(), reason: text(LIMITS.title).exactOptional() })
  .meta({ id: 'StopRequest' });
