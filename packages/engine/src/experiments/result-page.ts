/** An experiment's result as a page in Markdown: what was decided, every effect, every check. */
import type { Check, DimensionResult, EffectResult, ExperimentResult, MetricResult } from './result.ts';
import { formatted, percent } from './result-text.ts';

const VERDICTS: Readonly<Record<ExperimentResult['decision']['verdict'], string>> = {
  'do-not-trust': 'Not to be trusted',
  stop: 'Stop',
  ship: 'Ship',
  'no-difference-seen': 'No difference seen',
  'read-the-effects': 'No decision metric: read the effects',
};

const UNBOUNDED = 'The mean of the control is not told from zero: in per cent of it an effect has no bounds.';

/** Of the experiment's record, where the result is of one. */
export interface PageSubject {
  readonly id: string;
  readonly description?: string;
  readonly unit: string;
  readonly status?: string;
  readonly ship?: string;
  readonly stopReason?: string;
}

export function resultPage(result: ExperimentResult, subject?: PageSubject): string {
  const { decision, arms, metrics, checks, dimensions, control, alpha, correction } = result;
  const level = `${formatted(100 * (1 - alpha))} %`;
  const verdict = `**${VERDICTS[decision.verdict]}${decision.variant === null ? '' : `: ${decision.variant}`}**`;
  return [
    ...headOf(subject),
    `${verdict} – ${decision.reason}.\n`,
    '## What was found\n',
    `${result.summary.map((line) => `- ${line}`).join('\n')}\n`,
    `Control is \`${control}\`. Intervals are of ${level}; "sequential" holds however often one looks${
      correction === null ? '' : `; p is adjusted by ${correction}`
    }.\n`,
    '## Arms\n',
    table(
      ['variant', 'units', 'expected'],
      arms.map(({ variant, units }, i) => [variant, String(units), formatted(result.srm.expected[i]!)]),
    ),
    ...sectionsOf(metrics),
    ...(dimensions.length > 0 ? ['## By dimension\n', ...dimensions.map(dimensionSection)] : []),
    '## Checks\n',
    table(
      ['check', 'passed', 'p', 'what'],
      [...checks].sort((a, b) => Number(a.passed) - Number(b.passed)).map(checkRow),
    ),
  ].join('\n');
}

/** Of a result that is read by its design: its lines as they are. */
export const designPage = (subject: PageSubject, text: string): string =>
  [...headOf(subject), '## What was found\n', '```text', text.trimEnd(), '```', ''].join('\n');

function headOf(subject: PageSubject | undefined): string[] {
  if (subject === undefined) return ['# Experiment result\n'];
  const { id, description, unit, status = 'draft', ship, stopReason } = subject;
  const state = [
    `Dealt by ${unit}; ${status}`,
    ...(ship === undefined ? [] : [`everybody gets \`${ship}\``]),
    ...(stopReason === undefined ? [] : [`because: ${stopReason}`]),
  ];
  return [`# Experiment ${id}\n`, ...(description === undefined ? [] : [`${description}\n`]), `${state.join(', ')}.\n`];
}

/** Funnels where their first step is. */
function sectionsOf(metrics: readonly MetricResult[]): string[] {
  return metrics.flatMap((metric, i) => {
    if (metric.funnel === undefined) return [metricSection(metric)];
    const first = metrics.findIndex(({ funnel }) => funnel === metric.funnel);
    return i === first ? [funnelSection(metrics.filter(({ funnel }) => funnel === metric.funnel))] : [];
  });
}

function funnelSection(steps: readonly MetricResult[]): string {
  const [{ funnel, arms }] = steps as readonly [MetricResult];
  const reached = steps.filter(({ kind }) => kind === 'proportion');
  const decides = steps.some(({ role }) => role === 'decision');
  const before = (step: string, arm: number): number | undefined =>
    steps.find((one) => one.step === step && one.kind === 'ratio')?.arms[arm]?.mean;
  const share = (value: number | undefined): string => (value === undefined ? '–' : percent(value).replace('+', ''));
  const names = arms.map(({ variant }) => variant);
  return [
    `## ${escaped(funnel!)} (funnel${decides ? ', decision by its last step' : ''})\n`,
    'Shares of all units, and of those who did the step before.\n',
    table(
      ['step', ...names.flatMap((name) => [name, `${name}, of before`])],
      reached.map(({ step, arms: own }) => [
        step!,
        ...own.flatMap(({ mean }, arm) => [share(mean), share(before(step!, arm))]),
      ]),
    ),
    table(
      ['step', 'variant', 'effect', 'interval', 'relative', 'p', 'sequential'],
      steps.flatMap(({ name, effects }) =>
        effects.map(({ variant, absolute, ci, relative, p, pAdjusted, sequentialCi }) => [
          name.slice(funnel!.length + 2),
          variant,
          formatted(absolute),
          interval(ci),
          relative === null ? '–' : percent(relative),
          formatted(pAdjusted ?? p, 2),
          interval(sequentialCi),
        ]),
      ),
    ),
  ].join('\n');
}

function metricSection(metric: MetricResult): string {
  const { name, kind, role, arms, effects, varianceCut, cappedAt } = metric;
  const notes = [
    ...(cappedAt === undefined ? [] : [`Values above ${formatted(cappedAt)} were taken as that.`]),
    ...(varianceCut === undefined ? [] : [`Adjusting cut the variance by ${formatted(100 * varianceCut)} %.`]),
    ...(effects.some(({ relativeUnknown }) => relativeUnknown === 'control-near-zero') ? [UNBOUNDED] : []),
  ];
  return [
    `## ${escaped(name)} (${kind}${role === 'metric' ? '' : `, ${role}`})\n`,
    table(
      ['variant', 'units', 'mean', 'adjusted', 'standard error'],
      arms.map((arm) => [
        arm.variant,
        String(arm.units),
        formatted(arm.mean),
        arm.adjustedMean === undefined ? '–' : formatted(arm.adjustedMean),
        formatted(arm.standardError),
      ]),
    ),
    table(
      [
        'variant',
        'effect',
        'interval',
        'relative',
        'relative interval',
        'p',
        'sequential',
        'P(better)',
        'expected loss',
      ],
      effects.map(effectRow),
    ),
    ...(notes.length > 0 ? [`${notes.join(' ')}\n`] : []),
  ].join('\n');
}

function effectRow(effect: EffectResult): string[] {
  const { variant, absolute, ci, relative, relativeCi, p, pAdjusted, sequentialCi, posterior } = effect;
  return [
    variant,
    formatted(absolute),
    interval(ci),
    relative === null ? '–' : percent(relative),
    relativeCi === null ? '–' : `${percent(relativeCi[0])} to ${percent(relativeCi[1])}`,
    pAdjusted === undefined ? formatted(p, 2) : `${formatted(pAdjusted, 2)} (alone ${formatted(p, 2)})`,
    interval(sequentialCi),
    formatted(posterior.probabilityBetter),
    formatted(posterior.expectedLoss, 2),
  ];
}

function dimensionSection({ dimension, metric, variant, parts, pAdjusted }: DimensionResult): string {
  return [
    `${escaped(metric)} of ${escaped(variant)} by ${escaped(dimension)}: p = ${formatted(pAdjusted, 2)} that the effect is the same in all (adjusted).\n`,
    table(
      [dimension, 'units', 'effect', 'interval', 'p'],
      parts.map((part) => [
        part.value,
        String(part.units),
        formatted(part.absolute),
        interval(part.ci),
        formatted(part.p, 2),
      ]),
    ),
  ].join('\n');
}

const checkRow = ({ name, passed, p, message }: Check): string[] => [
  name,
  passed ? 'yes' : '**no**',
  p === undefined ? '–' : formatted(p, 2),
  message,
];

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(titles), `|${'---|'.repeat(titles.length)}`, ...rows.map(line), ''].join('\n');
}

const escaped = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');

const interval = ([low, high]: readonly [number, number]): string => `${formatted(low)} to ${formatted(high)}`;
