/** An experiment's result for the terminal. */
import type { DimensionResult, ExperimentResult } from '../experiments/result.ts';
import { formatted, percent } from '../experiments/result-text.ts';
import type { LakeValue } from '../lake/lake-value.ts';
import { tableLines } from './result-text.ts';

const TEXT = 'VARCHAR';
const TITLES = ['metric', 'variant', 'units', 'mean', 'effect', 'relative', 'interval', 'p', 'sequential', 'P(better)'];

export function effectLines(result: ExperimentResult): string {
  const rows: LakeValue[][] = result.metrics.flatMap(({ name, arms, effects }) =>
    arms.map(({ variant, units, mean }) => {
      const effect = effects.find((one) => one.variant === variant);
      const start = [name, variant, String(units), formatted(mean)];
      if (effect === undefined) return [...start, 'control', '', '', '', '', ''];
      const { absolute, relative, ci, p, pAdjusted, sequentialCi, posterior } = effect;
      return [
        ...start,
        formatted(absolute),
        relative === null ? '–' : percent(relative),
        `${formatted(ci[0], 3)} … ${formatted(ci[1], 3)}`,
        formatted(pAdjusted ?? p, 2),
        `${formatted(sequentialCi[0], 3)} … ${formatted(sequentialCi[1], 3)}`,
        formatted(posterior.probabilityBetter, 3),
      ];
    }),
  );
  const checks = result.checks.map(({ passed, message, p }) => {
    return `${passed ? 'ok ' : 'NO '} ${message}${p === undefined ? '' : ` (p = ${formatted(p, 2)})`}`;
  });
  const { verdict, variant, reason } = result.decision;
  return [
    ...tableLines(
      TITLES.map((name) => ({ name, type: TEXT })),
      rows,
    ),
    '',
    ...dimensionLines(result.dimensions),
    ...checks,
    `${verdict}${variant === null ? '' : ` ${variant}`}: ${reason}`,
    '',
  ].join('\n');
}

/** One table for each dimension and metric, where effects were split. */
function dimensionLines(dimensions: readonly DimensionResult[]): string[] {
  return dimensions.flatMap(({ dimension, metric, variant, parts, pAdjusted }) => [
    `${metric} of ${variant} by ${dimension} (p = ${formatted(pAdjusted, 2)} that the effect is the same in all)`,
    ...tableLines(
      [dimension, 'units', 'effect', 'interval', 'p'].map((name) => ({ name, type: TEXT })),
      parts.map(({ value, units, absolute, ci, p }) => [
        value,
        String(units),
        formatted(absolute),
        `${formatted(ci[0], 3)} … ${formatted(ci[1], 3)}`,
        formatted(p, 2),
      ]),
    ),
    '',
  ]);
}
