/** `rialto experiment ghost-ads`: what ads brought beyond what would have come anyway, from a file of buyers. */
import { Command } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { ghostAdEffect } from '../../experiments/ghost-ads.ts';
import { readColumns } from '../../intake/table-columns.ts';
import { decimalNumber } from '../number-option.ts';

interface GhostAdFlags {
  readonly data: string;
  readonly treated: string;
  readonly reached: string;
  readonly outcome: string;
  readonly alpha: number;
  readonly json?: boolean;
}

const HELP = `
A row for each buyer. Where the campaign won the auction, treated buyers saw its ad and control buyers saw the next one: those are
the reached, and only they are compared.

Example:
  rialto experiment ghost-ads --data buyers.csv --treated treated --reached reached --outcome revenue --json
`;

export const experimentGhostAdsCommand = new Command('ghost-ads')
  .description('what ads brought beyond what would have come anyway')
  .requiredOption('--data <file>', 'a row for each buyer')
  .option('--treated <column>', '1 where the buyer may see the ad, else 0', 'treated')
  .option('--reached <column>', '1 where the ad won at least once, shown or not', 'reached')
  .requiredOption('--outcome <column>', 'a number, from the first time on')
  .option('--alpha <p>', 'how often an interval may miss', decimalNumber({ min: 1e-9, max: 0.5 }), 0.05)
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ data, treated, reached, outcome, alpha, json }: GhostAdFlags) => {
    const table = await readColumns(data, [treated, reached, outcome]);
    const flags = (column: string): Uint8Array =>
      Uint8Array.from(table.numbers(column), (value, row) => {
        if (value === 0 || value === 1) return value;
        throw new RialtoError('bad-file', `${data}, row ${row + 1}: ${column} is ${value}; it must be 0 or 1`, {
          column,
        });
      });
    const buyers = { treated: flags(treated), reached: flags(reached), outcome: table.numbers(outcome) };
    const result = ghostAdEffect(buyers, alpha);
    const { effect, exposed, ghosts, reachP, incremental } = result;
    const text = [
      `${exposed} buyers saw the ad, ${ghosts} would have; reached alike: p = ${reachP.toPrecision(3)}\n`,
      `effect on each ${effect.absolute.toPrecision(4)} [${effect.ci.map((x) => x.toPrecision(4)).join(', ')}], p = ${effect.p.toPrecision(3)}; ${incremental.toPrecision(4)} in all\n`,
    ];
    process.stdout.write(json === true ? `${JSON.stringify(result)}\n` : text.join(''));
  });
