/** The command as a user meets it, on auctions made up here, on wrong files, and, where they are, on iPinYou's. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { Rng } from '../../base/rng.ts';
import { evaluateBiddingCommand } from './evaluate-bidding.ts';

const directory = mkdtempSync(join(tmpdir(), 'rialto-bidding-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

async function evaluate(auctions: string, info: string, ratio = '0.1') {
  let text = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    const args = ['--auctions', auctions, '--info', info, '--budget-ratio', ratio, '--json'];
    await evaluateBiddingCommand.parseAsync(args, { from: 'user' });
  } finally {
    write.mockRestore();
  }
  expect(text.trim().split('\n')).toHaveLength(1);
  return JSON.parse(text);
}

/** Prices even from 1 to 20, rates that tell half of the truth. */
function madeUp(n: number): string {
  const rng = new Rng(3);
  const lines = Array.from({ length: n }, () => {
    const rate = 0.05 * Math.exp(0.5 * rng.normal());
    const click = rng.unit() < 0.02 + rate / 2 ? 1 : 0;
    return `${click} ${1 + rng.below(20)} ${rate}`;
  });
  return `${lines.join('\n')}\n`;
}

const INFO = {
  clk_train: 500,
  imp_train: 10_000,
  cost_train: 105_000,
  price_counter_train: [0, ...Array(20).fill(500)],
};
const info = file('info.json', JSON.stringify(INFO));
const auctions = file('auctions.txt', madeUp(2500));

test('keeps to its budget in every episode and beats linear bidding', async () => {
  const answer = await evaluate(auctions, info);
  expect(answer).toMatchObject({ auctions: 2500, episodeBudget: 1050 });
  for (const outcome of [answer, ...Object.values<{ cost: number }>(answer.baselines)])
    expect(outcome.cost).toBeLessThanOrEqual(3 * 1050);
  expect(answer.cost).toBeGreaterThan(0.9 * 2.5 * 1050);
  expect(answer.clicks).toBeGreaterThan(answer.baselines.mcpc.clicks);
});

test('reads gzip, and decides the same', async () => {
  const packed = file('auctions.txt.gz', gzipSync(readFileSync(auctions)));
  expect(await evaluate(packed, info)).toEqual(await evaluate(auctions, info));
});

test('no click changes a decision', async () => {
  const clickless = file('clickless.txt', readFileSync(auctions, 'utf8').replace(/^1 /gm, '0 '));
  const { impressions, cost } = await evaluate(auctions, info);
  expect(await evaluate(clickless, info)).toMatchObject({ clicks: 0, impressions, cost });
});

describe('says what is wrong with', () => {
  test.each([
    ['a column too few', '1 20 0.1\n0 3\n', /line 2: has 2 columns/],
    ['a click that is none', '2 20 0.1\n', /line 1: the click must be 0 or 1/],
    ['a price that is no number', '0 x 0.1\n', /line 1: the price must be a whole number/],
    ['a rate beyond 1', '0 5 1.5\n', /line 1: the rate must lie between 0 and 1/],
    ['a rate that is no number', '0 5 NaN\n', /line 1: the rate must lie/],
    ['an empty file', '', /is empty/],
    ['blank lines only', '\n\n', /has no auctions/],
  ])('%s', async (name, content, message) => {
    await expect(evaluate(file(`${name}.txt`, content), info)).rejects.toThrow(message);
  });

  test.each([
    ['no JSON', 'clk_train', /is not JSON/],
    ['a missing total', JSON.stringify({ ...INFO, imp_train: undefined }), /imp_train/],
    ['an empty histogram', JSON.stringify({ ...INFO, price_counter_train: [0, 0] }), /all its counts are 0/],
  ])('totals with %s', async (name, content, message) => {
    await expect(evaluate(auctions, file(`${name}.json`, content))).rejects.toThrow(message);
  });

  test('a file that is not there', async () => {
    await expect(evaluate(join(directory, 'none.txt'), info)).rejects.toThrow('none.txt');
    await expect(evaluate(auctions, join(directory, 'none.json'))).rejects.toThrow('none.json');
  });
});

test('survives rates that are all 0 and a budget of nothing', async () => {
  const blind = file('blind.txt', '0 5 0\n'.repeat(1500));
  expect(await evaluate(blind, info)).toMatchObject({ clicks: 0 });
  expect(await evaluate(auctions, info, '0.000001')).toMatchObject({ clicks: 0, impressions: 0, cost: 0 });
});

const DATA = process.env['RIALTO_DATA'] ?? fileURLToPath(new URL('../../../../../../shared/data', import.meta.url));
const ipinyou = join(DATA, 'ads/ipinyou-2997');
const present = existsSync(ipinyou);

describe.skipIf(!present)(
  `iPinYou 2997${present ? '' : ` (skipped: ${ipinyou} is not there; RIALTO_DATA names another place)`}`,
  () => {
    test('reaches the published clicks, and makes the published baselines again', async () => {
      const answer = await evaluate(join(ipinyou, 'auctions.txt.gz'), join(ipinyou, 'info.json'), '0.03125');
      expect(answer.clicks).toBeGreaterThanOrEqual(80);
      expect(answer.baselines).toMatchObject({
        ssMdp: { clicks: 80 },
        rlb: { clicks: 78 },
        linear: { clicks: 71 },
        mcpc: { clicks: 48 },
      });
    });
  },
);
