/** `rialto evaluate new-listings`: how soon what nobody has seen yet is shown. */
import { Command } from 'commander';
import { readState } from '../../delivery/data-directory.ts';
import {
  evaluateNewListings,
  type NewListingFigures,
  type NewListingQuality,
} from '../../training/evaluate-new-listings.ts';
import { wholeNumber } from '../number-option.ts';
import { stepProgress } from '../step-progress.ts';

interface NewListingFlags {
  readonly listings: number;
  readonly k: number;
  readonly placement?: string;
  readonly seed: number;
  readonly data: string;
  readonly json?: boolean;
}

const HELP = `
A listing that nobody has seen is put into the catalogue, in memory only: like one that is there, but for a word of its title. A second
later a page of that other is decided by what serves: for a visitor that nobody knows, and for the four who ordered most often, by turns.
Then it is taken out, and the next one comes. What it is like is drawn as often as it was bought, since so often its page is opened.

  shown             pages that had it among the first k
  shownToStrangers  the same for visitors that nobody knows
  medianPlace       where it stood, from 1
  absent            pages that did not have it at all
  newOnly           the same with the rule "not what the buyer already bought"

Only reads: a server may hold the directory.

Examples:
  rialto evaluate new-listings --data ./rialto-data
  rialto evaluate new-listings --placement similar --listings 500 --json
`;

export const evaluateNewListingsCommand = new Command('new-listings')
  .description('put listings into the catalogue, and see where they stand a second later')
  .option('--listings <n>', 'how many', wholeNumber({ min: 1, max: 10_000 }), 200)
  .option('--k <n>', 'how many places count as shown', wholeNumber({ min: 1, max: 1_000 }), 20)
  .option('--placement <id>', 'where; a module of 100 places over all sources where absent')
  .option('--seed <n>', 'of which listings', wholeNumber({ min: 1, max: 1_000_000 }), 1)
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ data, json, ...options }: NewListingFlags) => {
    const progress = stepProgress();
    const state = await readState(data, (applied) => progress.show(applied, 0, 'records folded'));
    const onProgress = (done: number, all: number): void => progress.show(done, all, 'deciding pages');
    const quality = evaluateNewListings(state, { ...options, onProgress });
    progress.end();
    process.stdout.write(json ? `${JSON.stringify(quality)}\n` : report(quality));
  });

function report({ listings, k, newOnly, ...all }: NewListingQuality): string {
  return [
    `${listings} new listings, each on a page of one that it is like; among the first ${k}:\n`,
    line('shown', all),
    line('newOnly', newOnly),
  ].join('');
}

function line(name: string, { shown, shownToStrangers, medianPlace, absent }: NewListingFigures): string {
  const place = medianPlace === undefined ? 'not there at all' : `place ${medianPlace}`;
  const [all, strangers, none] = [shown, shownToStrangers, absent].map((share) => `${(100 * share).toFixed(1)} %`);
  return `  ${name.padEnd(9)}${all}, of visitors that nobody knows ${strangers}; median ${place}; not there ${none}\n`;
}
