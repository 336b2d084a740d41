/**
 * Features evaluated by the server for one context, for clients that do not evaluate rules themselves: what OpenFeature's remote
 * evaluation protocol (OFREP) asks for. The same `assign` decides as everywhere. Nothing is recorded: whoever shows a variant reports it.
 */
import type { DecideRequest, ExperimentUnit } from '@rialto/sdk';
import { assign, counts, unitOf } from '../experiments/assign.ts';
import type { CompiledExperiment } from '../experiments/compiled-experiment.ts';
import type { Subject } from '../experiments/subject.ts';
import { subjectOf } from './assign-page.ts';
import type { State } from './state.ts';

/** OpenFeature's reasons. */
type FeatureReason = 'SPLIT' | 'TARGETING_MATCH' | 'STATIC' | 'DEFAULT' | 'DISABLED';

export interface EvaluatedFeature {
  readonly key: string;
  /** Absent where the client's own default holds. */
  readonly value?: unknown;
  readonly variant?: string;
  readonly reason: FeatureReason;
  readonly metadata: {
    readonly experiment: string;
    readonly version: number;
    readonly unit: ExperimentUnit;
    /** Whether showing it is an exposure that should be reported. */
    readonly exposure: boolean;
  };
}

type Context = Omit<DecideRequest, 'placements'>;

/** All of them, in order of first appearance. */
export function evaluateFeatures({ experiments, market }: State, context: Context, at: number): EvaluatedFeature[] {
  const subject = subjectOf({ ...context, placements: [] }, at, market);
  return experiments.all().map((compiled) => evaluate(compiled, subject, experiments.sticky));
}

function evaluate(
  compiled: CompiledExperiment,
  subject: Subject,
  sticky: State['experiments']['sticky'],
): EvaluatedFeature {
  const { experiment, version } = compiled;
  // Of a list made of both rankings nobody sees one variant.
  const mixed = experiment.interleaves !== undefined && compiled.shipped < 0;
  const index = mixed ? -1 : assign(compiled, subject, sticky);
  const unit = unitOf(compiled, subject);
  const exposure = index >= 0 && counts(compiled, unit);
  const key = experiment.feature ?? experiment.id;
  const metadata = { experiment: experiment.id, version, unit: experiment.unit, exposure };
  if (index < 0) {
    const { fallback } = experiment;
    const reason = compiled.running ? 'DEFAULT' : 'DISABLED';
    return { key, ...(fallback !== undefined && fallback !== null && { value: fallback }), reason, metadata };
  }
  const { name, value = name } = experiment.variants[index]!;
  const reason = exposure ? 'SPLIT' : compiled.shipped >= 0 ? 'STATIC' : 'TARGETING_MATCH';
  return { key, value, variant: name, reason, metadata };
}
