/** `rialto experiment analyse --experiment ID` of a two-sided experiment: its pairs, from the log. */
import type { Experiment } from '@rialto/sdk';
import { percent } from '../../experiments/result-text.ts';
import { type TwoSidedResult, twoSidedResult } from '../../experiments/two-sided-result.ts';
import type { Lake } from '../../lake/open-lake.ts';
import { twoSidedRows } from '../../lake/two-sided-rows.ts';
import { tableLines } from '../result-text.ts';
import type { AnalyseFlags } from './analyse-flags.ts';

type Flags = Pick<AnalyseFlags, 'alpha' | 'windowDays' | 'beforeDays' | 'sinceVersion'>;

export async function analyseTwoSided(lake: Lake, experiment: Experiment, flags: Flags) {
  const { id, variants, otherSide = 'listing' } = experiment;
  const [control, treatment] = variants.map(({ name }) => name) as [string, string];
  const { alpha, windowDays, beforeDays, sinceVersion } = flags;
  const request = { experiment: id, of: otherSide, variants: [control, treatment] as const, windowDays, beforeDays };
  const rows = await twoSidedRows(lake, { ...request, sinceVersion });
  const weights = variants.map(({ weight }) => weight) as [number, number];
  const result = twoSidedResult({ ...rows, weights }, alpha);
  return { otherSide, buyersInTwo: rows.buyersInTwo, ...result };
}

export function twoSidedText({ otherSide, buyers, items, srm, trusted, metrics, leftOut }: TwoSidedAnswer): string {
  const titles = ['metric', 'all treated', 'interval', 'p', 'direct', 'through items', 'through buyers'];
  const plain = ['plain by buyers', `plain by ${otherSide}s`];
  const rows = metrics.map((one) => [
    one.name,
    percent(one.relative),
    `${percent(one.ci[0])} … ${percent(one.ci[1])}`,
    one.p.toPrecision(2),
    ...[one.direct, one.throughListings, one.throughBuyers, one.plainBuyers, one.plainItems].map(percent),
  ]);
  const checks = [
    `buyers ${buyers.join(' and ')}, sample ratio p = ${srm.buyers.toPrecision(2)}`,
    `${otherSide}s ${items.join(' and ')}, sample ratio p = ${srm.items.toPrecision(2)}`,
  ];
  return [
    ...tableLines(
      [...titles, ...plain].map((name) => ({ name, type: 'VARCHAR' })),
      rows,
    ),
    '',
    ...checks,
    ...(trusted ? [] : ['NO not to be trusted: an arm has not the size that it was to get']),
    ...(leftOut.length > 0 ? [`nothing on control pairs, left out: ${leftOut.join(', ')}`] : []),
    'effects are of treating everything, relative to treating nothing; right to first order in the shares treated',
    '',
  ].join('\n');
}

export type TwoSidedAnswer = TwoSidedResult & {
  readonly otherSide: 'listing' | 'campaign';
  readonly buyersInTwo: number;
};
