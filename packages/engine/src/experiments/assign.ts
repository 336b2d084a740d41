/**
 * The variant of a unit in an experiment, as a small integer: 0 and up is the variant, below 0 is why there is none. What is
 * asked first decides:
 *
 *     live? → override → holdouts → prerequisites → sticky → layer → condition → bucket
 *
 * Nothing is allocated, but for sticky experiments and those by region and time, which make a key.
 */
import type { AssignmentReason, ExplainedAssignment } from '@rialto/sdk';
import { bucketOf, bucketOfNumber, LAYER_BUCKETS, layerBucketOf, layerBucketOfNumber } from './bucket-hash.ts';
import { type CompiledExperiment, isLive, NO_VARIANT, stageAt } from './compiled-experiment.ts';
import type { StickyBuckets } from './sticky-buckets.ts';
import type { Subject } from './subject.ts';

const OUTSIDE_COVERAGE = NO_VARIANT;
const NOT_RUNNING = -2;
const NO_UNIT = -3;
const NOT_TARGETED = -4;
const OUTSIDE_LAYER = -5;
const IN_HOLDOUT = -6;
const PREREQUISITE_NOT_MET = -7;

const REASONS: Readonly<Record<number, AssignmentReason>> = {
  [OUTSIDE_COVERAGE]: 'outside-coverage',
  [NOT_RUNNING]: 'not-running',
  [NO_UNIT]: 'no-unit',
  [NOT_TARGETED]: 'not-targeted',
  [OUTSIDE_LAYER]: 'outside-layer',
  [IN_HOLDOUT]: 'in-holdout',
  [PREREQUISITE_NOT_MET]: 'prerequisite-not-met',
};

export function assign(compiled: CompiledExperiment, subject: Subject, sticky?: StickyBuckets): number {
  if (compiled.shipped >= 0) {
    if (isHeldOut(compiled, subject, sticky)) return IN_HOLDOUT;
    return meets(compiled, subject) ? compiled.shipped : NOT_TARGETED;
  }
  const { at } = subject;
  if (!isLive(compiled, at)) return NOT_RUNNING;
  const unit = unitOf(compiled, subject);
  if (unit === undefined) return NO_UNIT;
  const forced = overrideOf(compiled, unit);
  if (forced >= 0) return forced;
  const barred = barredBy(compiled, subject, sticky);
  if (barred < 0) return barred;
  if (sticky !== undefined && compiled.experiment.sticky === true) {
    const kept = sticky.find(compiled, unit);
    if (kept >= 0) return kept;
  }
  if (compiled.layer !== undefined && !inLayer(compiled.layer, unit)) return OUTSIDE_LAYER;
  if (!meets(compiled, subject)) return NOT_TARGETED;
  const stage = stageAt(compiled.stages, at);
  if (stage === undefined) return OUTSIDE_COVERAGE;
  const bucket = typeof unit === 'number' ? bucketOfNumber(compiled.seed, unit) : bucketOf(compiled.seed, unit);
  const variant = stage.variants[bucket]!;
  return variant < 0 || compiled.bandit === undefined
    ? variant
    : compiled.bandit.deal(unit, compiled.bandit.segmentOf(subject.attributes));
}

/** Of experiments whose items have variants: those of the buckets now, undefined where none takes part on this page. */
export function itemTable(compiled: CompiledExperiment, subject: Subject): Int8Array | undefined {
  if (!isLive(compiled, subject.at) || !meets(compiled, subject)) return undefined;
  return stageAt(compiled.stages, subject.at)?.variants;
}

/** The id that is hashed. */
export function unitOf(
  { experiment, periodMs }: CompiledExperiment,
  { units, at }: Subject,
): string | number | undefined {
  const unit = units[experiment.unit];
  if (experiment.unit !== 'region-time' || unit === undefined) return unit;
  return `${unit}@${Math.floor(at / periodMs)}`;
}

function overrideOf({ overrides }: CompiledExperiment, unit: string | number): number {
  if (overrides === undefined) return NO_VARIANT;
  return overrides.get(typeof unit === 'number' ? String(unit) : unit) ?? NO_VARIANT;
}

/** Whether other experiments keep the unit out: below 0 why, else 0. */
function barredBy(compiled: CompiledExperiment, subject: Subject, sticky?: StickyBuckets): number {
  if (isHeldOut(compiled, subject, sticky)) return IN_HOLDOUT;
  const { parents } = compiled;
  for (let i = 0; i < parents.length; i++) {
    const { experiment: parent, allowed } = parents[i]!;
    const variant = parent === undefined ? NO_VARIANT : assign(parent, subject, sticky);
    if (variant < 0 || !allowed[variant]) return PREREQUISITE_NOT_MET;
  }
  return 0;
}

function isHeldOut({ experiment, holdouts }: CompiledExperiment, subject: Subject, sticky?: StickyBuckets): boolean {
  for (let i = 0; i < holdouts.length; i++) {
    const { experiment: holdout, variant } = holdouts[i]!;
    if (holdout.experiment.unit === experiment.unit && assign(holdout, subject, sticky) === variant) return true;
  }
  return false;
}

function inLayer({ suffix, from, to }: NonNullable<CompiledExperiment['layer']>, unit: string | number): boolean {
  const bucket = typeof unit === 'number' ? layerBucketOfNumber(suffix, unit) : layerBucketOf(suffix, unit);
  const n = bucket / LAYER_BUCKETS;
  return n >= from && n < to;
}

export const meets = ({ condition }: CompiledExperiment, { attributes }: Subject): boolean =>
  condition === undefined || condition(attributes);

/** Whether being in a variant is an exposure: there is something to compare, and nobody chose it for the unit. */
export function counts(compiled: CompiledExperiment, unit: string | number | undefined): boolean {
  if (unit === undefined || compiled.shipped >= 0 || compiled.experiment.variants.length < 2) return false;
  return overrideOf(compiled, unit) < 0;
}

/** The same, with its reason. */
export function explainAssignment(
  compiled: CompiledExperiment,
  subject: Subject,
  sticky: StickyBuckets,
): ExplainedAssignment {
  const { experiment, version } = compiled;
  const unit = unitOf(compiled, subject);
  if (compiled.items?.twoSided === false && itemTable(compiled, subject) !== undefined)
    return { experiment: experiment.id, version, reason: 'by-item' };
  const variant = assign(compiled, subject, sticky);
  return {
    experiment: experiment.id,
    version,
    ...(unit !== undefined && { unit: String(unit) }),
    ...(variant >= 0 && { variant: experiment.variants[variant]!.name }),
    reason: variant < 0 ? REASONS[variant]! : whyIn(compiled, unit, sticky),
    ...(unit !== undefined && { bucket: bucketOf(compiled.seed, String(unit)) }),
  };
}

function whyIn(
  compiled: CompiledExperiment,
  unit: string | number | undefined,
  sticky: StickyBuckets,
): AssignmentReason {
  if (compiled.shipped >= 0 || unit === undefined) return 'shipped';
  if (overrideOf(compiled, unit) >= 0) return 'override';
  if (compiled.experiment.sticky === true && sticky.find(compiled, unit) >= 0) return 'sticky';
  return compiled.bandit === undefined ? 'bucket' : 'bandit';
}
