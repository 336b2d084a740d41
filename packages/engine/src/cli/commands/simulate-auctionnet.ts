/** `rialto simulate --world auctionnet`: bidding policies against the best in hindsight. */
import { workerUrl } from '../../base/worker-url.ts';
import { inWorker } from '../../delivery/in-worker.ts';
import { POLICIES, type PolicyFigures, type StudyOptions, type StudyResult } from '../../simulator/auctionnet-study.ts';
import type { Density } from '../../simulator/auctionnet-world.ts';
import { stepProgress } from '../step-progress.ts';

export interface AuctionNetFlags {
  readonly seeds: readonly number[];
  readonly density: Density | 'both';
  readonly opportunities: number;
  readonly novelty: number;
  readonly json?: boolean;
}

const DENSITIES: readonly Density[] = ['dense', 'sparse'];

export async function simulateAuctionNet({
  seeds,
  density,
  opportunities,
  novelty,
  json,
}: AuctionNetFlags): Promise<void> {
  const densities = DENSITIES.filter((one) => density === 'both' || density === one);
  const progress = stepProgress();
  const done = densities.map(() => 0);
  const studies = await Promise.all(
    densities.map((one, index) =>
      inWorker<StudyResult>(
        workerUrl(import.meta.url, '../../simulator/auctionnet-worker.ts'),
        { world: { density: one, opportunities, novelty }, seeds } satisfies StudyOptions,
        (step) => {
          const { done: steps, all } = step as { done: number; all: number };
          done[index] = steps;
          progress.show(
            done.reduce((sum, n) => sum + n, 0),
            all * densities.length,
            'bidding',
          );
        },
      ),
    ),
  );
  progress.end();
  const answer = summaryOf(studies);
  process.stdout.write(json === true ? `${JSON.stringify(answer)}\n` : studies.map(studyText).join('\n'));
}

/** Our bidder's figures first, as the mean over the densities and for each; then everything. */
function summaryOf(studies: readonly StudyResult[]) {
  const meanOf = (pick: (figures: PolicyFigures) => number): number =>
    studies.reduce((sum, { policies }) => sum + pick(policies.rialto) / studies.length, 0);
  return {
    shareOfOptimum: meanOf(({ shareOfOptimum }) => shareOfOptimum),
    budgetUsed: meanOf(({ budgetUsed }) => budgetUsed),
    cpaRatio: meanOf(({ cpaRatio }) => cpaRatio),
    ...Object.fromEntries(studies.map((study) => [study.world.density, { ...study.policies.rialto, ...study }])),
  };
}

function studyText({ world, optimum, policies, seeds }: StudyResult): string {
  const row = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(13)}${cells.map((cell) => cell.padStart(13)).join('')}\n`;
  const figures = (score: number, one: Omit<PolicyFigures, 'shareOfOptimum' | 'score' | 'conversions'>): string[] => [
    score.toFixed(2),
    one.expectedConversions.toFixed(1),
    one.budgetUsed.toFixed(3),
    one.cpaRatio.toFixed(3),
  ];
  return [
    `${world.density}: mean over ${seeds.length} seeds, 12 seats each\n`,
    row('', ['share', 'score', 'conversions', 'budget used', 'CPA ratio']),
    row('optimum', ['1', ...figures(optimum.score, optimum)]),
    ...POLICIES.map((policy) => {
      const one = policies[policy];
      return row(policy, [one.shareOfOptimum.toFixed(3), ...figures(one.score, one)]);
    }),
  ].join('');
}
