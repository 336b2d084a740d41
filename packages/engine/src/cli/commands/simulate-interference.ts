/** `rialto simulate --world interference`: how far designs of experiments are from a truth that is known. */
import { DESIGNS, studyInterference } from '../../simulator/interference-study.ts';
import { stepProgress } from '../step-progress.ts';

export interface InterferenceFlags {
  readonly seed: number;
  readonly days?: number;
  readonly sellers?: number;
  readonly requests?: number;
  readonly json?: boolean;
}

const REGIONS = 4;
const DRAWS = 4;
/** A curve through doses needs as many. */
const DAYS_MIN = 4;
const ADVICE = `twoSidedPairs leaves budgets shared, and is wrong where they bind: split them, as budgetSplit and twoSidedDoses do, or keep the halves apart\n`;

export async function simulateInterference(flags: InterferenceFlags): Promise<void> {
  const { seed, days = 8, sellers = 160, requests = 24_000, json } = flags;
  const progress = stepProgress();
  const options = {
    seed,
    regions: REGIONS,
    campaignsARegion: Math.max(10, Math.round(sellers / REGIONS)),
    requestsADay: requests,
    days: Math.max(DAYS_MIN, Math.round(days)),
    raise: 1.3,
  };
  const report = studyInterference(options, { draws: DRAWS, onRun: (done, all) => progress.show(done, all, 'runs') });
  progress.end();
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ world: 'interference', ...options, ...report })}\n`);
    return;
  }
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  process.stdout.write(
    [
      `bids raised by ${percent(options.raise - 1)}; the budget holds back ${percent(report.held)} of the campaigns\n`,
      `true effect on what is spent: ${percent(report.trueEffect)}\n`,
      ...DESIGNS.map((name) => {
        const { effect, bias, biasError } = report.designs[name];
        return `  ${name.padEnd(14)}${percent(effect).padStart(8)}   bias ${percent(bias).padStart(8)} of the effect ± ${percent(biasError)}\n`;
      }),
      ADVICE,
    ].join(''),
  );
}
