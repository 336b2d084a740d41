/** `rialto evaluate policy` on made-up logs, and on the Open Bandit Dataset where it is present. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { Rng } from '../../base/rng.ts';
import { printedBy } from '../printed.fixture.ts';
import { evaluateCommand } from './evaluate.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-policy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Figures {
  readonly ci: readonly [number, number];
  readonly reason: string;
  readonly covered: boolean;
}

interface Report {
  readonly estimate: Figures;
  readonly refusal: Figures;
  readonly onPolicy: Figures;
  readonly effectiveSampleSize: number;
  readonly slates: Readonly<Record<string, Figures>>;
}

async function evaluate(...args: string[]): Promise<Report> {
  const printed = await printedBy(async () => {
    const program = new Command('rialto').exitOverride().addCommand(evaluateCommand);
    await program.parseAsync(['node', 'rialto', 'evaluate', 'policy', ...args, '--json']);
  });
  return JSON.parse(printed);
}

function file(name: string, header: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${[header, ...lines].join('\n')}\n`);
  return path;
}

/** Slates of two of three items, dealt alike; item b is clicked at .4, the others at .1; half as often at the second place. */
const rng = new Rng(5);
const rows = Array.from({ length: 4000 }, (_, i) => {
  const item = ['a', 'b', 'c'][rng.below(3)]!;
  const click = rng.unit() < (item === 'b' ? 0.4 : 0.1) / (1 + (i % 2)) ? 1 : 0;
  return { slate: Math.floor(i / 2), position: 1 + (i % 2), item, click };
});
const HEADER = 'slate,item_id,position,click,propensity_score';
const log = file(
  'log.csv',
  HEADER,
  rows.map(({ slate, item, position, click }) => `${slate},${item},${position},${click},0.3333333333333333`),
);
const policy = file(
  'policy.csv',
  'item_id,position,probability',
  [1, 2].flatMap((position) => [`a,${position},0.1`, `b,${position},0.8`, `c,${position},0.1`]),
);
const TRUTH = { row: (0.34 + 0.17) / 2, slate: 0.34 + 0.17 };

describe('rialto evaluate policy', () => {
  test('what only the log knows is refused of a file', async () => {
    await expect(evaluate('--log', log, '--policy', 'uniform', '--window-hours', '4')).rejects.toThrow(
      /--window-hours goes with --data DIR/,
    );
  });

  test('a table of probabilities: the truth is within the interval, by row and by slate', async () => {
    const { estimate, effectiveSampleSize, slates } = await evaluate(
      ...['--log', log, '--policy', policy, '--slate', 'slate'],
    );
    expect(estimate.ci[0]).toBeLessThan(TRUTH.row);
    expect(estimate.ci[1]).toBeGreaterThan(TRUTH.row);
    expect(effectiveSampleSize / 4000).toBeCloseTo(1 / (3 * 0.66), 1);
    for (const name of ['standard', 'independent', 'cascade', 'cascadeDr', 'pseudoInverse']) {
      expect(slates[name]!.ci[0], name).toBeLessThan(TRUTH.slate);
      expect(slates[name]!.ci[1], name).toBeGreaterThan(TRUTH.slate);
    }
  });

  test('an item that the log never shows: no estimate, and why', async () => {
    const target = file('target.csv', HEADER, ['0,a,1,0,.5', '1,d,1,0,.5', '2,a,2,0,.5', '3,d,2,0,.5']);
    const { estimate, refusal } = await evaluate('--log', log, '--target', target);
    expect(estimate).toBeNull();
    expect(refusal.reason).toBe('no-support');
  });

  test.each([
    ['no column clicks', ['--log', log, '--policy', policy, '--reward', 'clicks'], /no column clicks.*slate, item_id/],
    ['probabilities that add up to .7', ['--log', log, '--policy', 'PART'], /add up to 0\.7/],
    ['no policy', ['--log', log], /--target, --policy, --always and --ranker/],
    ['text for a number', ['--log', log, '--policy', 'uniform', '--propensity', 'item_id'], /line 2: item_id is "/],
  ])('%s: an error that says so', async (_, args, message) => {
    const part = file('part.csv', 'item_id,position,probability', ['a,1,0.7', 'b,2,1']);
    await expect(evaluate(...args.map((arg) => (arg === 'PART' ? part : arg)))).rejects.toThrow(message);
  });

  const data = process.env['RIALTO_DATA'];
  const bandits = data === undefined ? undefined : join(data, 'bandits/open-bandit-small');
  test.skipIf(bandits === undefined || !existsSync(bandits)).each(['men', 'women'])(
    'Open Bandit, %s (needs RIALTO_DATA): random log → Thompson sampling covers its click rate',
    async (campaign) => {
      const { estimate, onPolicy, effectiveSampleSize } = await evaluate(
        ...['--log', join(bandits!, `random-${campaign}.csv.gz`), '--target', join(bandits!, `bts-${campaign}.csv.gz`)],
      );
      expect(onPolicy.covered).toBe(true);
      expect(estimate.ci[1] - estimate.ci[0]).toBeLessThan(0.008);
      expect(effectiveSampleSize).toBeGreaterThan(2000);
    },
  );
});
