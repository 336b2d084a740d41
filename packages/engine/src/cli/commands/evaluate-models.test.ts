/** `rialto evaluate ctr` and `ltr` on small files whose truth is known. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { Rng } from '../../base/rng.ts';
import { printedBy } from '../printed.fixture.ts';
import { evaluateCommand } from './evaluate.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-evaluate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** What `rialto evaluate …` prints on standard output. */
async function evaluate(...args: string[]): Promise<string> {
  return printedBy(async () => {
    const program = new Command('rialto').exitOverride().addCommand(evaluateCommand);
    await program.parseAsync(['node', 'rialto', 'evaluate', ...args]);
  });
}

/** A click in 10, and in 2 for the shop that draws; where there was a click there was time spent. */
function clicks(rows: number, seed: number): { shop: string; price: string; click: number; spent: string }[] {
  const rng = new Rng(seed);
  return Array.from({ length: rows }, () => {
    const shop = `s${rng.below(4)}`;
    const click = rng.unit() < (shop === 's1' ? 0.5 : 0.1) ? 1 : 0;
    return { shop, price: rng.unit().toFixed(3), click, spent: click === 1 ? String(1 + rng.below(9)) : '0' };
  });
}

describe('rialto evaluate ctr', () => {
  const rows = clicks(500, 1);
  const honest = file('clicks.csv', [
    'shop,price,click',
    ...rows.map(({ shop, price, click }) => `${shop},${price},${click}`),
  ]);
  const args = ['ctr', '--data', honest, '--format', 'csv', '--folds', '2'];

  test('one JSON object, the same for the same seed, and nearly as good as the truth', async () => {
    const [first, second] = [await evaluate(...args, '--json'), await evaluate(...args, '--json')];
    expect(first.trim().split('\n').length).toBe(1);
    const { examplesPerSecond, ...figures } = JSON.parse(first);
    expect(JSON.parse(second)).toMatchObject(figures);
    expect(examplesPerSecond).toBeGreaterThan(0);
    expect(Object.keys(figures)).toEqual(['auc', 'logLoss', 'baseLogLoss', 'ece', 'rows', 'clicks']);
    expect(figures.auc).toBeGreaterThan(0.62); // the shop alone: about 0.70
    expect(figures.logLoss).toBeLessThan(figures.baseLogLoss - 0.02);
  });

  test('a feature that tells the label is refused by name', async () => {
    const leaking = file('leak.csv', [
      'shop,click,spent',
      ...rows.map(({ shop, click, spent }) => `${shop},${click},${spent}`),
    ]);
    await expect(evaluate('ctr', '--data', leaking, '--format', 'csv')).rejects.toThrow(
      /spent alone tells.*allow-leaks/,
    );
  });

  test.each([
    ['constant.csv', ['1', '1', '1'], /all 3 examples have the label 1/],
    ['few.csv', ['1', '0', '0', '1'], /the rarer class has 2 of 4 examples; 5 folds need at least 10/],
    ['nan.csv', ['1', 'nan', '0'], /line 3: the label "nan"/],
  ])('%s is refused with the reason', async (name, labels, reason) => {
    const path = file(name, ['shop,click', ...labels.map((label, i) => `s${i % 2},${label}`)]);
    await expect(evaluate('ctr', '--data', path, '--format', 'csv')).rejects.toThrow(reason);
  });

  test('columns of one value, or of a different text in each row, are no features', async () => {
    const path = file('featureless.csv', ['id,shop,click', ...rows.map(({ click }, i) => `i${i},a,${click}`)]);
    await expect(evaluate('ctr', '--data', path, '--format', 'csv')).rejects.toThrow(/no feature tells one example/);
  });
});

describe('rialto evaluate ltr', () => {
  /** Grades rise with feature 3; feature 5 is noise. */
  function ranked(queries: number, seed: number): string[] {
    const rng = new Rng(seed);
    return Array.from({ length: queries * 6 }, (_, row) => {
      const x = rng.unit();
      const grade = Math.min(3, Math.floor(4 * x));
      return `${grade} qid:${Math.floor(row / 6)} 3:${x.toFixed(4)} 5:${rng.unit().toFixed(4)}`;
    });
  }
  const [train, tested] = [file('train.txt', ranked(40, 1)), file('test.txt', ranked(30, 2))];
  const args = ['ltr', '--train', train, '--test', tested, '--seeds', '2'];

  test.each([
    ['one query', ranked(1, 1), /has 1 query:.*at least 2/],
    [
      'no features',
      ranked(40, 1).map((line) => line.split(' ').slice(0, 2).join(' ')),
      /no feature tells documents apart/,
    ],
    ['one grade', ranked(40, 1).map((line) => line.replace(/^\d/, '1')), /no query has documents of different grades/],
  ])('%s is refused', async (name, lines, reason) => {
    const path = file(`${name}.txt`, lines);
    await expect(evaluate('ltr', '--train', path, '--test', tested)).rejects.toThrow(reason);
  });

  test('the order is learned; figures by rank', async () => {
    const { ndcg, ...rest } = JSON.parse(await evaluate(...args, '--json'));
    expect(Object.keys(ndcg)).toEqual(['1', '3', '5', '10']);
    for (const value of Object.values(ndcg)) expect(value).toBeGreaterThan(0.95);
    expect(rest.validationNdcg).toBeGreaterThan(0.95);
    expect(await evaluate(...args)).toMatch(/mean of 2 seeds.*\n {2}ndcg@1 {3}\d\.\d{4}\n/);
  });
});
