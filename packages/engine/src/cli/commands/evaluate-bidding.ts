/** `rialto evaluate bidding`: how many clicks a budget would have bought in logged auctions. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { z } from 'zod';
import { RialtoError } from '../../base/errors.ts';
import { openBytes } from '../../intake/byte-source.ts';
import { AUCTION_POLICIES, type AuctionPolicy, auctionBidder } from '../../simulator/auction-bidders.ts';
import {
  type BiddingOutcome,
  episodeOf,
  type LoggedAuctions,
  replayAuctions,
  type TrainingTotals,
} from '../../simulator/logged-auctions.ts';
import { decimalNumber } from '../number-option.ts';
import { stepProgress } from '../step-progress.ts';

interface BiddingFlags {
  readonly auctions: string;
  readonly info: string;
  readonly budgetRatio: number;
  readonly json?: boolean;
}

const HELP = `
Auctions come in the file's order, in episodes of 1,000, each with a budget of cost / impressions of training × ratio × 1,000.
A bid that is not below the market price wins and pays it. The policy knows the training totals and, auction by auction, the
predicted click rate and the prices of what it won: never a click, nor the price of what it lost, nor anything later.

  --auctions   a line for each auction: click (0 or 1), market price (integer), predicted click rate; gzip or plain
  --info       JSON: clk_train, imp_train, cost_train and price_counter_train, the training auctions by market price

Example:
  rialto evaluate bidding --auctions auctions.txt.gz --info info.json --budget-ratio 0.03125 --json
`;

export const evaluateBiddingCommand = new Command('bidding')
  .description('replay logged auctions under a budget')
  .requiredOption('--auctions <file>', 'the logged auctions')
  .requiredOption('--info <file>', "the campaign's training totals")
  .option('--budget-ratio <c>', 'the budget over what training cost', decimalNumber({ min: 1e-6, max: 100 }), 1 / 32)
  .option('--json', 'print one JSON object')
  .addHelpText('after', HELP)
  .action(async ({ auctions: path, info, budgetRatio, json }: BiddingFlags) => {
    const totals = await readTotals(info);
    const episode = episodeOf(totals, budgetRatio);
    const priceMax = totals.priceHistogram.length - 1;
    const auctions = await readAuctions(path);
    const progress = stepProgress();
    const outcomes = AUCTION_POLICIES.map((policy, index): [AuctionPolicy, BiddingOutcome] => {
      progress.show(index, AUCTION_POLICIES.length, 'policies');
      return [policy, replayAuctions(auctions, episode, { bidder: auctionBidder(policy, totals, episode), priceMax })];
    });
    progress.end();
    const { rialto, ...baselines } = Object.fromEntries(outcomes) as Record<AuctionPolicy, BiddingOutcome>;
    const answer = { ...rialto, auctions: auctions.prices.length, episodeBudget: episode.budget, baselines };
    process.stdout.write(json === true ? `${JSON.stringify(answer)}\n` : report(outcomes));
  });

function report(outcomes: readonly (readonly [AuctionPolicy, BiddingOutcome])[]): string {
  const row = (cells: readonly string[]): string => `${cells.map((cell) => cell.padStart(13)).join('')}\n`;
  return [
    row(['', 'clicks', 'impressions', 'cost']),
    ...outcomes.map(([policy, { clicks, impressions, cost }]) =>
      row([policy, String(clicks), String(impressions), String(cost)]),
    ),
  ].join('');
}

const infoSchema = z.object({
  clk_train: z.number().int().nonnegative(),
  imp_train: z.number().int().positive(),
  cost_train: z.number().positive(),
  price_counter_train: z
    .array(z.number().nonnegative())
    .min(2)
    .max(65_536)
    .refine((counts) => counts.some((count) => count > 0), 'all its counts are 0'),
});

async function readTotals(path: string): Promise<TrainingTotals> {
  const refuse = (why: string): RialtoError => new RialtoError('bad-file', `${path}: ${why}`, { path });
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw refuse(error.message);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refuse(`is not JSON: ${(error as Error).message}`);
  }
  const parsed = infoSchema.safeParse(json);
  if (!parsed.success) throw refuse(z.prettifyError(parsed.error));
  const { clk_train, imp_train, cost_train, price_counter_train } = parsed.data;
  return { clicks: clk_train, impressions: imp_train, cost: cost_train, priceHistogram: price_counter_train };
}

async function readAuctions(path: string): Promise<LoggedAuctions> {
  const source = await openBytes(path);
  const chunks: Buffer[] = [];
  for await (const chunk of source.bytes()) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString('latin1').split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const auctions = {
    clicks: new Uint8Array(lines.length),
    prices: new Uint16Array(lines.length),
    rates: new Float64Array(lines.length),
  };
  lines.forEach((line, i) => {
    const cells = line.trim().split(/[\s,]+/);
    const [click, price, rate] = cells.map(Number);
    const bad = (what: string): RialtoError =>
      new RialtoError('bad-file', `${path}, line ${i + 1}: ${what}; the line is "${line.slice(0, 80)}"`, { path });
    if (cells.length !== 3) throw bad(`has ${cells.length} columns, not click, market price and predicted click rate`);
    if (click !== 0 && click !== 1) throw bad('the click must be 0 or 1');
    if (!Number.isInteger(price) || price! < 0 || price! > 65_535)
      throw bad('the price must be a whole number up to 65,535');
    if (!(rate! >= 0 && rate! <= 1)) throw bad('the rate must lie between 0 and 1');
    auctions.clicks[i] = click;
    auctions.prices[i] = price!;
    auctions.rates[i] = rate!;
  });
  if (lines.length === 0) throw new RialtoError('bad-file', `${path} has no auctions`, { path });
  return auctions;
}
