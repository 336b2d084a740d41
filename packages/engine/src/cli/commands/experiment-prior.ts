/** `rialto experiment prior`: what past experiments say of the next one. */
import { Command } from 'commander';
import { openExperimentFile } from '../../intake/experiment-file.ts';
import { readPastEffects } from '../../lake/read-history.ts';
import { randomEffects } from '../../statistics/random-effects.ts';

interface PriorFlags {
  readonly data: string;
  readonly effect: string;
  readonly error: string;
  readonly json?: boolean;
}

const HELP = `
One past experiment a row, with its relative effect and its standard error. The spread of true effects is estimated by random
effects (Paule–Mandel); the prior goes into \`rialto experiment analyse --prior\`, and pulls what is too good to be true.

Example:
  rialto experiment prior --data past.csv --effect lift --error lift_se
`;

export const experimentPriorCommand = new Command('prior')
  .description('a prior from past experiments')
  .requiredOption('--data <file>', 'one experiment a row')
  .requiredOption('--effect <column>', 'relative effects')
  .requiredOption('--error <column>', 'their standard errors')
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ data, effect, error, json }: PriorFlags) => {
    const file = await openExperimentFile(data);
    try {
      const { effects, standardErrors } = await readPastEffects(file, effect, error);
      const found = randomEffects(effects, standardErrors);
      const { prior, spread, p } = found;
      const text = [
        `${effects.length} experiments: mean effect ${found.mean.toPrecision(3)} ± ${found.standardError.toPrecision(2)}`,
        `true effects spread by ${spread.toPrecision(3)} (p = ${p.toPrecision(2)} that they do not)`,
        `--prior ${prior.mean.toPrecision(4)},${prior.sd.toPrecision(4)}`,
        '',
      ].join('\n');
      process.stdout.write(json === true ? `${JSON.stringify(found)}\n` : text);
    } finally {
      await file.close();
    }
  });
