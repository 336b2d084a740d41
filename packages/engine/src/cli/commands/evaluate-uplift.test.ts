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
  ['a column that is not there', ['--control', 'none', '--features', 'age'], /no column age.*arm, kind, luck, visit/],
])('%s', async (_, args, message) => {
  await expect(uplift(...args)).rejects.toThrow(message);
});
