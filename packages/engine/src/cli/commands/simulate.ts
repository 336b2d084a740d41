/** `rialto simulate`: a world at full speed, and what came of it. Each world has a file of its own. */
import type { AuctionFormat, PacingMethod } from '@rialto/sdk';
import { Command, InvalidArgumentError, Option } from 'commander';
import { decimalNumber, wholeNumber } from '../number-option.ts';
import { type AuctionNetFlags, simulateAuctionNet } from './simulate-auctionnet.ts';
import { simulateInterference } from './simulate-interference.ts';
import { simulateMarket } from './simulate-market.ts';
import { type ShopFlags, simulateShop } from './simulate-shop.ts';

interface SimulateFlags extends Omit<ShopFlags, 'days'>, AuctionNetFlags {
  readonly world: keyof typeof WORLDS;
  readonly days?: number;
  readonly sellers?: number;
  readonly requests?: number;
  readonly goals?: 'visits' | 'mixed';
  readonly auction?: AuctionFormat;
  readonly pacing?: PacingMethod;
}

/** Which options speak to which world; the others would be ignored, so they are refused. */
const WORLDS = {
  shop: {
    options: ['seed', 'days', 'listings', 'buyers', 'start', 'data'],
    run: (flags: SimulateFlags) => simulateShop({ days: DAYS, ...flags }),
  },
  market: {
    options: ['seed', 'days', 'sellers', 'requests', 'ask', 'start', 'goals', 'auction', 'pacing'],
    run: simulateMarket,
  },
  auctionnet: { options: ['seeds', 'density', 'novelty', 'opportunities'], run: simulateAuctionNet },
  interference: { options: ['seed', 'days', 'sellers', 'requests'], run: simulateInterference },
} as const;

const DAYS = 7;

const HELP = `
Worlds:
  shop        buyers with tastes come, look, click, fill carts and order under a simulated clock; the decisions are the
              engine's own. The same seed and options give the same log, byte for byte. Without --data the log is kept
              in memory and is gone at the end. With --data, running the same seed again goes on where the log ends.
  market      advertisers with budgets, many requests, a shock and robots: how well budgets are paced
  auctionnet  bidding policies in a world in the form of AuctionNet: 48 advertisers, 48 ticks, 500,000 opportunities a
              period. Each policy gets its share of what the best choice in hindsight scores; see docs/benchmarks/ads.md.
  interference  experiments whose arms compete for the same budgets: the bias of plain, budget-split, two-sided and
              switchback tests of a bidding strategy whose true effect is known

Examples:
  rialto simulate --seed 7 --days 14
  rialto simulate --world market --seed 1
  rialto simulate --world market --goals mixed
  rialto simulate --world market --auction first-price --pacing shade --json
  rialto simulate --days 30 --listings 20000 --data ./simulated && rialto serve --data ./simulated
  rialto simulate --world auctionnet --seeds 100-109 --json
`;

const MAX_SEED = 2 ** 32 - 1;

export const simulateCommand = new Command('simulate')
  .description('run a simulated world at full speed and print what came of it')
  .addOption(new Option('--world <name>', 'which world').choices(Object.keys(WORLDS)).default('shop'))
  .option('--seed <n>', 'of the marketplace and everything in it', wholeNumber({ min: 0, max: MAX_SEED }), 1)
  .option('--days <n>', 'of simulated time; 7, in a market 1', decimalNumber({ min: 0.001, max: 3650 }))
  .option('--listings <n>', 'how many there are', wholeNumber({ min: 1, max: 5_000_000 }), 5000)
  .option(
    '--buyers <n>',
    'how many there are; about a third of them come each day',
    wholeNumber({ min: 1, max: 5_000_000 }),
    2000,
  )
  .option('--sellers <n>', 'market: how many advertise', wholeNumber({ min: 1, max: 100_000 }))
  .option('--requests <n>', 'market: pages opened on a usual day', wholeNumber({ min: 1, max: 100_000_000 }))
  .addOption(
    new Option('--goals <kind>', 'market: all sellers bid by hand for visits, or each has a goal of its own').choices([
      'visits',
      'mixed',
    ]),
  )
  .addOption(new Option('--auction <format>', 'market: how ad slots are sold').choices(['gsp', 'vcg', 'first-price']))
  .addOption(
    new Option('--pacing <method>', 'market: by participation or by bid; by format where absent').choices([
      'throttle',
      'shade',
    ]),
  )
  .option(
    '--ask <n>',
    'market: ask so many campaigns what another budget would bring, and live it',
    wholeNumber({ min: 1, max: 1_000 }),
  )
  .addOption(
    new Option('--start <date>', 'first simulated day, UTC')
      .argParser(dayOption)
      .default(dayOption('2026-01-05'), '2026-01-05'),
  )
  .option('--data <dir>', 'write the log into this data directory')
  .addOption(
    new Option('--seeds <from-to>', 'auctionnet: the periods under test')
      .argParser(seedsOption)
      .default(seedsOption('100-109'), '100-109'),
  )
  .addOption(
    new Option('--density <name>', 'auctionnet: about 500 or about 40 conversions a period')
      .choices(['dense', 'sparse', 'both'])
      .default('both'),
  )
  .option(
    '--novelty <share>',
    "auctionnet: of the values' factors, what is drawn anew each period",
    decimalNumber({ min: 0, max: 1 }),
    0.5,
  )
  .option(
    '--opportunities <n>',
    'auctionnet: in a period; budgets shrink with them',
    wholeNumber({ min: 5000, max: 1_000_000 }),
    500_000,
  )
  .option('--json', 'print the totals as one JSON object')
  .addHelpText('after', HELP)
  .action(async (flags: SimulateFlags, command: Command) => {
    const { options, run } = WORLDS[flags.world];
    const foreign = Object.keys(flags).find(
      (name) => command.getOptionValueSource(name) === 'cli' && !['world', 'json', ...options].includes(name),
    );
    if (foreign !== undefined)
      command.error(
        `error: --${foreign} does not belong to --world ${flags.world}, which has --${options.join(', --')}`,
      );
    await run(flags);
  });

function dayOption(text: string): number {
  const at = Date.parse(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at) && at >= 0) return at;
  throw new InvalidArgumentError('It must be a day, such as 2026-01-05.');
}

function seedsOption(text: string): readonly number[] {
  const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (count >= 1 && count <= 1000) return Array.from({ length: count }, (_, i) => Number(first) + i);
  throw new InvalidArgumentError('It must be one seed or a range of at most 1000, such as 100-109.');
}
