/** `rialto experiment analyse --experiment ID`: experiments whose design says how they are read, from the log. */
import type { Experiment } from '@rialto/sdk';
import { type InterleavingResult, interleavingResult } from '../../experiments/interleaving-result.ts';
import { designPage, resultPage } from '../../experiments/result-page.ts';
import { dealtUnits } from '../../lake/dealt-units.ts';
import { interleavedLists } from '../../lake/interleaved-lists.ts';
import { type BanditResult, banditResult } from '../../policies/bandit-result.ts';
import { effectLines } from '../effect-lines.ts';
import { openFreshLake } from '../fresh-lake.ts';
import { definition } from '../logged-actions.ts';
import { analyseCells } from './analyse-cells.ts';
import { analyseDosed, dosedText } from './analyse-dosed.ts';
import { type AnalyseFlags, refuseUnheard } from './analyse-flags.ts';
import { analyseOutcomes } from './analyse-outcomes.ts';
import { analyseTwoSided, twoSidedText } from './analyse-two-sided.ts';

/** Throws `not-found`; `bad-request` for units that the log does not tell of. */
export async function analyseDesign(id: string, flags: AnalyseFlags): Promise<void> {
  const { data, alpha, json, markdown } = flags;
  const lake = await openFreshLake(data);
  try {
    const experiment = await definition(lake, id);
    const variants = experiment.variants.map(({ name }) => name);
    const { bandit, interleaves, unit } = experiment;
    refuseUnheard(flags, howRead(experiment));
    const paged = (text: string): string => (markdown === true ? designPage(experiment, text) : text);
    if (bandit !== undefined) {
      const result = banditResult(await dealtUnits(lake, { ...experiment, bandit }), variants, alpha);
      print({ experiment: id, design: 'bandit', ...result }, paged(banditText(result)), json);
    } else if (interleaves !== undefined) {
      const { shown, clicked } = await interleavedLists(lake, id, flags.sinceVersion);
      const result = interleavingResult(clicked, shown, alpha);
      print(
        { experiment: id, design: 'interleaving', variants, ...result },
        paged(interleavingText(result, variants)),
        json,
      );
    } else if (experiment.doses !== undefined) {
      const result = await analyseDosed(lake, experiment, flags);
      print({ experiment: id, design: 'two-sided', ...result }, paged(dosedText(result)), json);
    } else if (unit === 'two-sided') {
      const result = await analyseTwoSided(lake, experiment, flags);
      print({ experiment: id, design: 'two-sided', ...result }, paged(twoSidedText(result)), json);
    } else if (unit === 'region-time') {
      const result = await analyseCells(lake, experiment, flags);
      const text = markdown === true ? resultPage(result, experiment) : effectLines(result);
      print({ experiment: id, ...result }, text, json);
    } else {
      const result = await analyseOutcomes(lake, experiment, flags);
      const text = markdown === true ? resultPage(result, experiment) : effectLines(result);
      print({ experiment: id, design: unit, ...result }, text, json);
    }
  } finally {
    lake.close();
  }
}

const howRead = ({ bandit, interleaves, unit }: Experiment): 'units' | 'cells' | 'design' => {
  if (bandit !== undefined || interleaves !== undefined || unit === 'two-sided') return 'design';
  return unit === 'region-time' ? 'cells' : 'units';
};

function print(result: object, text: string, json: boolean | undefined): void {
  process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : text);
}

function banditText({ units, arms, effects, segments = [], choices }: BanditResult): string {
  const percent = (x: number): string => `${(100 * x).toFixed(2)} %`;
  const told = ({ mean, ci }: BanditResult['arms'][number] | BanditResult['effects'][number]): string =>
    `${percent(mean)} [${percent(ci[0])}, ${percent(ci[1])}]`;
  const armLines = arms.map(
    (arm) => `${arm.variant}: ${arm.units} units, ${told(arm)}; now dealt ${percent(arm.probability)}\n`,
  );
  const effectLines = effects.map(
    (one) => `${one.variant} against ${arms[0]!.variant}: ${told(one)}, p = ${one.p.toPrecision(3)}\n`,
  );
  const segmentLines = segments.map((one) => {
    const means = one.arms.map((arm) => `${arm.variant} ${percent(arm.mean)}`);
    return `${one.segment}: ${one.units} units, ${means.join(', ')}\n`;
  });
  const choiceLines =
    choices === undefined
      ? []
      : [
          `the best of each segment would earn ${percent(choices.bySegment.mean)}, the best one for all ${percent(choices.oneForAll.mean)}\n`,
        ];
  return [`${units} units\n`, ...armLines, ...effectLines, ...segmentLines, ...choiceLines].join('');
}

function interleavingText(result: InterleavingResult, [first, second]: readonly string[]): string {
  const { units, lists, listsClicked, preferred, secondShare, ci, p, decision } = result;
  const better =
    decision === 'first' ? `${first} is better` : decision === 'second' ? `${second} is better` : 'no difference seen';
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
  return [
    `${lists} lists for ${units} units, ${listsClicked} of them clicked on\n`,
    `${preferred.first} units preferred ${first}, ${preferred.second} preferred ${second}, ${preferred.neither} neither\n`,
    `${percent(secondShare)} [${percent(ci[0])}, ${percent(ci[1])}] for ${second}, p = ${p.toPrecision(3)}: ${better}\n`,
  ].join('');
}
