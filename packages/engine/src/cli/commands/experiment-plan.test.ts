/** `rialto experiment plan` and `prior` on small files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-plan-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

async function run(...args: string[]): Promise<string> {
  return printedBy(async () => {
    const program = new Command('rialto').exitOverride().addCommand(experimentCommand);
    await program.parseAsync(['node', 'rialto', 'experiment', ...args]);
  });
}

/** 20 new buyers a day for a week; spending 10 or 30, so mean 20 and variance 100 · 140 / 139; half of it was known before. */
const BUYERS = Array.from({ length: 140 }, (_, i) => {
  const spend = i % 2 === 0 ? 10 : 30;
  return `b${i},2024-03-0${1 + Math.floor(i / 20)},${spend},${i % 4 < 2 ? spend : 20}`;
});

test('a plan from the past: the formula on what the file holds', async () => {
  const path = file('buyers.csv', ['buyer,seen,spend,before', ...BUYERS]);
  const args = ['plan', '--data', path, '--unit', 'buyer', '--day', 'seen', '--effect', '.1', '--days', '7,14'];
  const metrics = ['--metric', 'spend:num=spend', '--metric', 'cuped:num=spend,covariate=before'];
  const [plain, adjusted] = JSON.parse(await run(...args, ...metrics, '--json')).metrics;
  const variance = (100 * 140) / 139;
  expect(plain).toMatchObject({ mean: 20, standardDeviation: expect.closeTo(Math.sqrt(variance), 9), varianceCut: 0 });
  expect(plain.steps.map(({ units }: { units: number }) => units)).toEqual([140, 280]);
  // 2.8016 standard errors: z of .975 and of .8.
  expect(plain.steps[0].detectable).toBeCloseTo((2.801585 * Math.sqrt((4 * variance) / 140)) / 20, 5);
  expect(plain.unitsNeeded).toBe(Math.ceil((4 * variance * 2.801585 ** 2) / 2 ** 2));
  expect(plain.daysNeeded).toBe(Math.ceil(plain.unitsNeeded / 20));
  expect(plain.steps[0].detectableSequentially).toBeGreaterThan(plain.steps[0].detectable);
  expect(adjusted.varianceCut).toBeCloseTo(0.5, 6);
  expect(await run(...args, ...metrics)).toContain('that effect takes');
  await expect(run(...args, '--metric', 'q:kind=quantile,num=spend,q=.9')).rejects.toThrow('cannot be planned');
  await expect(run(...args, ...metrics, '--weekly', '70')).rejects.toThrow('exclude each other');
});

test('a prior from past experiments', async () => {
  const path = file('past.csv', ['lift,se', '.02,.01', '-.01,.01', '.05,.01', '.01,.01']);
  const { mean, prior } = JSON.parse(await run('prior', '--data', path, '--effect', 'lift', '--error', 'se', '--json'));
  expect(mean).toBeCloseTo(0.0175, 9);
  expect(prior.sd).toBeGreaterThan(0.02);
  expect(await run('prior', '--data', path, '--effect', 'lift', '--error', 'se')).toContain('--prior 0.01750,');
  const broken = file('broken.csv', ['lift,se', '.02,.01', '.03,']);
  await expect(run('prior', '--data', broken, '--effect', 'lift', '--error', 'se')).rejects.toThrow('row 2 has no');
});
