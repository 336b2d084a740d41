/**
 * Experiments as features in the payload of GrowthBook's SDKs: whoever reads it with one of them gets, for every unit, the
 * variant that `assign` gives. A variant's value is what the client asks for; in `meta` its name, in `phase` the version of the
 * record. Experiments that others depend on come a second time with the variants' names as values, as `variant:ID`.
 *
 * Not in it: units of region × time, which only the server's clock knows, what a bandit deals or interleaves, what is dealt item by
 * item, and what variants change on the server.
 */
import type { Experiment, Variant } from '@rialto/sdk';
import { type CompiledExperiment, isLive, stageAt } from './compiled-experiment.ts';

type Json = Readonly<Record<string, unknown>>;

interface Feature {
  readonly defaultValue: unknown;
  readonly rules: readonly Json[];
}

export interface FeaturePayload {
  readonly status: 200;
  readonly features: Readonly<Record<string, Feature>>;
  readonly experiments: readonly never[];
  readonly dateUpdated: string;
}

const HASH_VERSION = 2;
const LAYER_HASH_VERSION = 1;
const CHANGES_TOLD = 1_000_000;

/** As it is at a time; `changedAt` is when an experiment was changed last. */
export function featurePayload(all: readonly CompiledExperiment[], at: number, changedAt: number): FeaturePayload {
  const parents = new Set(
    all.flatMap(({ parents: named, holdouts }) => [...named, ...holdouts].map(({ experiment }) => experiment)),
  );
  const features: Record<string, Feature> = {};
  for (const compiled of all) {
    const { experiment, items } = compiled;
    if (
      items !== undefined ||
      experiment.unit === 'region-time' ||
      experiment.bandit !== undefined ||
      experiment.interleaves !== undefined
    )
      continue;
    const feature = experiment.feature ?? experiment.id;
    features[feature] = { defaultValue: experiment.fallback ?? null, rules: rulesOf(compiled, at, clientValue) };
    if (parents.has(compiled))
      features[namesFeature(experiment)] = { defaultValue: null, rules: rulesOf(compiled, at, nameOf) };
  }
  const updated = Math.max(changedAt, ...boundaries(all).filter((time) => time <= at));
  return { status: 200, features, experiments: [], dateUpdated: updatedText(updated, all) };
}

/** Clients take a payload of the same `dateUpdated` for the same: behind the milliseconds stand the changes so far. */
function updatedText(at: number, all: readonly CompiledExperiment[]): string {
  const changes = all.reduce((sum, { version }) => sum + version, 0);
  return `${new Date(at).toISOString().slice(0, -1)}${String(changes % CHANGES_TOLD).padStart(6, '0')}Z`;
}

/** When the payload changes next by the clock alone; undefined where it does not. */
export function nextChange(all: readonly CompiledExperiment[], at: number): number | undefined {
  const ahead = boundaries(all).filter((time) => time > at);
  return ahead.length > 0 ? Math.min(...ahead) : undefined;
}

function boundaries(all: readonly CompiledExperiment[]): number[] {
  const times = all
    .filter(({ running }) => running)
    .flatMap(({ startsAt, endsAt, stages }) => [startsAt, endsAt, ...stages.map(({ from }) => from)]);
  return times.filter((time) => Number.isFinite(time));
}

const nameOf = ({ name }: Variant): unknown => name;
const clientValue = ({ name, value = name }: Variant): unknown => value;
const namesFeature = ({ id }: Experiment): string => `variant:${id}`;

function rulesOf(compiled: CompiledExperiment, at: number, value: (variant: Variant) => unknown): Json[] {
  const { experiment, shipped } = compiled;
  const { variants, condition } = experiment;
  if (shipped >= 0) {
    const held = heldOutConditions(compiled);
    return [
      {
        ...(condition && { condition }),
        ...(held.length > 0 && { parentConditions: held }),
        force: value(variants[shipped]!),
      },
    ];
  }
  if (!isLive(compiled, at)) return [];
  const stage = stageAt(compiled.stages, at);
  const forced = overrideRules(experiment, value);
  if (stage === undefined) return forced;
  const dependencies = parentConditions(compiled);
  const common = {
    seed: experiment.seed ?? experiment.id,
    hashAttribute: experiment.unit,
    hashVersion: HASH_VERSION,
    ...(condition && { condition }),
    ...(dependencies.length > 0 && { parentConditions: dependencies }),
  };
  const [first] = variants as readonly [Variant];
  const rule =
    variants.length === 1 ? flag(experiment, stage.coverage, value(first)) : split(compiled, stage.coverage, value);
  return [...forced, { ...common, ...rule }];
}

function overrideRules({ overrides = [], unit, variants }: Experiment, value: (variant: Variant) => unknown): Json[] {
  return variants.flatMap((variant) => {
    const units = overrides.filter((override) => override.variant === variant.name).map((override) => override.unit);
    return units.length > 0 ? [{ condition: { [unit]: { $in: units } }, force: value(variant) }] : [];
  });
}

function heldOutConditions({ experiment, holdouts }: CompiledExperiment): Json[] {
  return holdouts
    .filter((holdout) => holdout.experiment.experiment.unit === experiment.unit)
    .map(({ experiment: { experiment: holdout } }) => ({
      id: namesFeature(holdout),
      condition: { value: { $ne: holdout.holdsOut } },
    }));
}

function parentConditions(compiled: CompiledExperiment): Json[] {
  const { experiment, parents } = compiled;
  const held = heldOutConditions(compiled);
  const needed = (experiment.prerequisites ?? []).map(({ experiment: id, variants }) => ({
    id: `variant:${id}`,
    condition: { value: { $in: variants } },
  }));
  return parents.length > 0 ? [...held, ...needed] : held;
}

/** One variant: given to so much of the units, and not tracked, since there is nothing to compare. */
function flag({ layer, unit }: Experiment, coverage: number, force: unknown): Json {
  const filter = layer && {
    seed: `__${layer.name}`,
    ranges: [[layer.from, layer.to]],
    hashVersion: LAYER_HASH_VERSION,
    attribute: unit,
  };
  return { force, range: [0, coverage], ...(filter && { filters: [filter] }) };
}

function split(
  { experiment, version }: CompiledExperiment,
  coverage: number,
  value: (variant: Variant) => unknown,
): Json {
  const { id, variants, layer, sticky } = experiment;
  return {
    key: id,
    coverage,
    variations: variants.map(value),
    weights: variants.map(({ weight }) => weight),
    meta: variants.map(({ name }) => ({ key: name, name })),
    phase: String(version),
    ...(layer && { namespace: [layer.name, layer.from, layer.to] }),
    ...(sticky === true ? { bucketVersion: 0, minBucketVersion: 0 } : { disableStickyBucketing: true }),
  };
}
