/** `rialto experiment analyse --experiment ID` of a two-sided experiment with doses: its days, from the log. */
import type { Experiment } from '@rialto/sdk';
import { type DosedResult, dosedResult } from '../../experiments/dosed-result.ts';
import { percent } from '../../experiments/result-text.ts';
import { dosedDays } from '../../lake/dosed-days.ts';
import type { Lake } from '../../lake/open-lake.ts';
import { tableLines } from '../result-text.ts';
import type { AnalyseFlags } from './analyse-flags.ts';

export async function analyseDosed(
  lake: Lake,
  { id, variants, doses = [] }: Experiment,
  { alpha, sinceVersion }: Pick<AnalyseFlags, 'alpha' | 'sinceVersion'>,
): Promise<DosedResult> {
  const [control, treatment] = variants.map(({ name }) => name) as [string, string];
  const rows = await dosedDays(lake, { experiment: id, sinceVersion, variants: [control, treatment] });
  return dosedResult(rows, { doses, weights: variants.map(({ weight }) => weight) as [number, number], alpha });
}

export function dosedText({ buyers, srm, trusted, doses, metrics, leftOut }: DosedResult): string {
  const shares = [...new Set(doses)].sort((a, b) => a - b);
  const titles = ['metric', 'all treated', 'interval', 'p', ...shares.map((dose) => `at ${percent(dose)}`)];
  const rows = metrics.map((one) => [
    one.name,
    percent(one.relative),
    `${percent(one.ci[0])} … ${percent(one.ci[1])}`,
    one.p.toPrecision(2),
    ...shares.map((dose) => percent(one.linear * dose + one.square * dose * dose)),
  ]);
  return [
    ...tableLines(
      titles.map((name) => ({ name, type: 'VARCHAR' })),
      rows,
    ),
    '',
    `${doses.length} whole days; buyers ${buyers.join(' and ')}, sample ratio p = ${srm.buyers.toPrecision(2)}`,
    ...(trusted ? [] : ['NO not to be trusted: an arm has not the size that it was to get']),
    ...(leftOut.length > 0 ? [`nothing on control on some day, left out: ${leftOut.join(', ')}`] : []),
    'effects are of treating every campaign, relative to treating none, by decision; from a curve through the doses',
    '',
  ].join('\n');
}
