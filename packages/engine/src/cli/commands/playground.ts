/** `rialto playground`: a generated marketplace with live simulated buyers, to look at and to call. */
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { countText, durationText, type Hint, logLine, moneyText, shareText, viewLines } from '../live-view.ts';
import type { MarketSample } from '../market-sample.ts';
import { decimalNumber, wholeNumber } from '../number-option.ts';
import { Playground } from '../playground.ts';
import { Screen } from '../screen.ts';
import { terminalOf } from '../terminal-environment.ts';

const REFRESH_MS = 250;
/** Long enough to copy a command before it changes. */
const HINTS_MS = 20_000;
const LOG_EVERY_MS = 5_000;
const STOPPED_BY = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface PlaygroundFlags {
  readonly port: number;
  readonly seed: number;
  readonly listings: number;
  readonly buyers: number;
  readonly speed: number;
  readonly load: number;
  readonly headless?: boolean;
  readonly data?: string;
}

const HELP = `
It needs nothing and leaves nothing: without --data, everything is in a temporary directory that is removed at the end.
Everything that it shows is the real thing: the same engine, log and HTTP server as \`rialto serve\`. Only the buyers are made
up, and their clock runs faster: callers from outside share it.

Examples:
  rialto playground
  rialto playground --port 8080 --seed 7 --listings 100000
  rialto playground --speed 1 --load 20 --data ./play
`;

export const playgroundCommand = new Command('playground')
  .description('a generated marketplace with live simulated buyers, and its API')
  .option('--port <n>', 'on 127.0.0.1; 0 takes any free one', wholeNumber({ min: 0, max: 65_535 }), 4400)
  .option('--seed <n>', 'of the marketplace and its buyers', wholeNumber({ min: 0, max: 2 ** 32 - 1 }), 1)
  .option('--listings <n>', 'how many there are', wholeNumber({ min: 1, max: 1_000_000 }), 20_000)
  .option('--buyers <n>', 'how many there are', wholeNumber({ min: 1, max: 1_000_000 }), 20_000)
  .option(
    '--speed <x>',
    'simulated time over real time; 180 is an hour in 20 seconds',
    decimalNumber({ min: 0.1, max: 100_000 }),
    180,
  )
  .option('--load <n>', 'decisions a second that the buyers ask for', decimalNumber({ min: 0.1, max: 5_000 }), 300)
  .option('--headless', 'a line of figures every few seconds instead of the live view')
  .option('--data <dir>', 'keep the data in this directory')
  .addHelpText('after', HELP)
  .action(runPlayground);

async function runPlayground(flags: PlaygroundFlags): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  for (const signal of STOPPED_BY) process.on(signal, onInterrupt);
  process.stdout.once('error', onInterrupt); // nobody looks any more
  const notices: string[] = [];
  try {
    process.stdout.write(`making a marketplace of ${countText(flags.listings)} listings …\n`);
    const playground = await Playground.start({ ...flags, onNotice: (message) => notices.push(message) });
    try {
      const shown = show(playground, { flags, notices, signal: stop.signal });
      // What ends the traffic by an error ends the view too.
      const traffic = playground.run(stop.signal).catch((error: unknown) => {
        stop.abort();
        throw error;
      });
      await Promise.all([traffic, shown]);
    } finally {
      process.stdout.write('stopping …\n');
      const sample = sampleOf(playground);
      await playground.stop();
      process.stdout.write(summaryText(playground, sample));
    }
  } finally {
    for (const signal of STOPPED_BY) process.off(signal, onInterrupt);
    process.stdout.off('error', onInterrupt);
  }
}

interface Showing {
  readonly flags: PlaygroundFlags;
  readonly notices: readonly string[];
  readonly signal: AbortSignal;
}

const sampleOf = ({ sampler, clock }: Playground): MarketSample => sampler.sample(clock.now(), performance.now());

function show(playground: Playground, showing: Showing): Promise<void> {
  const { live, colour } = terminalOf(process.stdout.isTTY === true);
  return live && showing.flags.headless !== true ? showView(playground, showing, colour) : showLog(playground, showing);
}

/** Redraws in place until aborted. */
async function showView(playground: Playground, { flags, notices, signal }: Showing, colour: boolean): Promise<void> {
  const screen = new Screen(process.stdout);
  let hints: Hint[] = [];
  let hintedAt = Number.NEGATIVE_INFINITY;
  try {
    while (!signal.aborted) {
      if (performance.now() - hintedAt > HINTS_MS || hints.length < 4) {
        hints = playground.hints();
        hintedAt = performance.now();
      }
      const notice = noticeOf(playground, notices);
      const view = {
        title: `Rialto playground: ${countText(flags.listings)} listings`,
        url: `${playground.url}/docs`,
        data: whereText(playground),
        speed: flags.speed,
        sample: sampleOf(playground),
        hints,
        ...(notice !== undefined && { notice }),
      };
      screen.draw(viewLines(view, { columns: screen.columns, rows: screen.rows, colour }));
      await pause(REFRESH_MS, signal);
    }
  } finally {
    screen.close();
  }
}

/** Plain lines, for logs and pipes. */
async function showLog(playground: Playground, { notices, signal }: Showing): Promise<void> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  print(`open ${playground.url}/docs; ${whereText(playground)}; Ctrl-C ends`);
  let noticed = 0;
  for (let round = 0; !signal.aborted; round++) {
    await pause(round === 0 ? 2_000 : LOG_EVERY_MS, signal);
    if (round === 0) for (const { what, command } of playground.hints()) print(`# ${what}\n${command.join(' ')}`);
    for (; noticed < notices.length; noticed++) print(notices[noticed]);
    if (!signal.aborted) print(logLine(sampleOf(playground)));
  }
}

function noticeOf(playground: Playground, notices: readonly string[]): string | undefined {
  if (playground.full) return 'The log is long enough: no more buyers come. The API goes on; start again for more.';
  return notices.at(-1);
}

const whereText = ({ temporary, directory }: Playground): string =>
  temporary ? `data in ${directory} until the end` : `data in ${directory}`;

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function summaryText(
  { temporary, directory, simulation: { latency } }: Playground,
  { totals, orders, orderValueMicros, currency }: MarketSample,
): string {
  const lines = [
    `${countText(totals.decisions)} decisions, p50 ${durationText(latency.quantileMicroseconds(0.5))}, p99 ${durationText(latency.quantileMicroseconds(0.99))}`,
    `${countText(totals.impressions)} impressions, ${countText(totals.clicks)} clicks (${shareText(totals.clicks, totals.impressions)}), ${countText(orders)} orders worth ${moneyText(orderValueMicros, currency)}`,
    `${moneyText(totals.adRevenueMicros, currency)} of ad revenue from ${countText(totals.adClicks)} clicks`,
    temporary
      ? `${directory} is removed; --data DIR keeps the data`
      : `the data are in ${directory}: rialto serve --data ${directory}`,
  ];
  return `${lines.join('\n')}\n`;
}
