/** `rialto evaluate uplift` on a small made-up experiment. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { Rng } from '../../base/rng.ts';
import { printedBy } from '../printed.fixture.ts';
import { evaluateCommand } from './evaluate.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-uplift-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rng = new Rng(6);
const lines = Array.from({ length: 1500 }, () => {
  const arm = ['none', 'mail'][rng.below(2)]!;
  const kind = ['old', 'new'][rng.below(2)]!;
  const visit = rng.unit() < (arm === 'mail' && kind === 'new' ? 0.6 : 0.2) ? 1 : 0;
  return `${arm},${kind},${rng.unit().toFixed(3)},${visit}`;
});
const data = join(folder, 'mail.csv');
writeFileSync(data, `${['arm,kind,luck,visit', ...lines].join('\n')}\n`);

async function uplift(...args: string[]): Promise<string> {
  return printedBy(async () => {
    const program = new Command('rialto').exitOverride().addCommand(evaluateCommand);
    const usual = ['--data', data, '--treatment', 'arm', '--outcome', 'visit', '--splits', '1', '--json'];
    await program.parseAsync(['node', 'rialto', 'evaluate', 'uplift', ...usual, ...args]);
  });
}

test('one JSON object: those who are moved are found by a word', async () => {
  const printed = await uplift('--control', 'none', '--features', 'kind,luck');
  expect(printed.trim().split('\n').length).toBe(1);
  const { arms } = JSON.parse(printed);
  expect(arms.length).toBe(1);
  expect(arms[0]).toMatchObject({ arm: 'mail', rows: 1500 });
  expect(arms[0].effect).toBeCloseTo(0.2, 1);
  expect(arms[0].qini.mean).toBeGreaterThan(0.02);
});

test.each([
  [
    'a control that is not there',
    ['--control', 'placebo', '--features', 'kind'],
    /arm has no placebo: it has mail, none/,
  ],
  ['the outcome among the features', ['--control', 'none', '--features', 'luck,visit'], /visit is the outcome: leave/],
  ['a column that is not there', ['--control', 'none', '--features', 'age'], /no column age.*arm, kind, luck, visit/],
])('%s', async (_, args, message) => {
  await expect(uplift(...args)).rejects.toThrow(message);
});

test.each([
  [
    'a person without an arm',
    (cells: string[], i: number) => (i === 7 ? ['', ...cells.slice(1)] : cells),
    /line 9: arm is empty/,
  ],
  [
    'an arm of few',
    (cells: string[], i: number) => (i < 5 ? ['post', ...cells.slice(1)] : cells),
    /post has 5 people:.*at least 40/,
  ],
  ['an outcome that is the same', (cells: string[]) => [...cells.slice(0, 3), '1'], /visit is 1 for everybody/],
  [
    'a column of ids for the arm',
    (cells: string[], i: number) => [`v${i}`, ...cells.slice(1)],
    /has 1500 arms, such as v0/,
  ],
])('%s is refused', async (name, change, message) => {
  const path = join(folder, `${name}.csv`);
  writeFileSync(path, ['arm,kind,luck,visit', ...lines.map((line, i) => change(line.split(','), i).join())].join('\n'));
  await expect(uplift('--data', path, '--control', 'none', '--features', 'kind,luck')).rejects.toThrow(message);
});

test('numbers with words for what is missing stay numbers', async () => {
  const write = (name: string, missing: string): string => {
    const path = join(folder, name);
    const rows = lines.map((line, i) => {
      const [arm, kind, luck, visit] = line.split(',');
      return [arm, i % 7 === 0 ? missing : kind === 'new' ? 9 : 10, luck, visit].join();
    });
    writeFileSync(path, ['arm,kind,luck,visit', ...rows].join('\n'));
    return path;
  };
  const args = ['--control', 'none', '--features', 'kind,luck'];
  const printed = await uplift('--data', write('empty.csv', ''), ...args);
  expect(await uplift('--data', write('nan.csv', 'NaN'), ...args)).toBe(printed);
  expect(JSON.parse(printed).arms[0].qini.mean).toBeGreaterThan(0.02);
});
