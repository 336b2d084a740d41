/** Funnels of files of events, against a count by hand: every start tried, step by step. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { Rng } from '../../base/rng.ts';
import type { ExperimentResult } from '../../experiments/result.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-funnel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOUR = 3_600_000;
const START = Date.UTC(2026, 4, 1);
const STEPS = ['view', 'cart-add', 'purchase'];

interface Act {
  readonly unit: string;
  readonly arm: string;
  readonly type: string;
  readonly at: number;
}

/** Several visits of each buyer, steps in any order, some at the same moment. */
function acts(seed: number): Act[] {
  const rng = new Rng(seed);
  return Array.from({ length: 3_000 }, () => {
    const n = rng.below(300);
    const type = ['view', 'view', 'view', 'cart-add', 'cart-add', 'purchase'][rng.below(6)]!;
    return { unit: `u${n}`, arm: n % 2 === 0 ? 'A' : 'B', type, at: START + rng.below(200) * (HOUR / 2) };
  });
}

function furthest(own: readonly Act[], windowMs: number): number {
  let most = 0;
  for (const start of own) {
    if (start.type !== STEPS[0]) continue;
    let [at, depth] = [start.at, 1];
    for (const step of STEPS.slice(1)) {
      const next = own.filter((one) => one.type === step && one.at >= at).map((one) => one.at);
      const soonest = Math.min(...next);
      if (soonest > start.at + windowMs) break;
      [at, depth] = [soonest, depth + 1];
    }
    most = Math.max(most, depth);
  }
  return most;
}

async function analyse(...args: string[]): Promise<string> {
  return printedBy(async () => {
    await new Command()
      .addCommand(experimentCommand)
      .parseAsync(['experiment', 'analyse', '--unit', 'unit', '--variant', 'arm', '--control', 'A', ...args], {
        from: 'user',
      });
  });
}

const csv = join(folder, 'acts.csv');
const all = acts(7);
writeFileSync(
  csv,
  [
    'unit,arm,type,at',
    ...all.map(({ unit, arm, type, at }) => `${unit},${arm},${type},${new Date(at).toISOString()}`),
  ].join('\n'),
);
const metric = (rest: string): string[] => ['--metric', `buying:kind=funnel,event=type,at=at,${rest}`];
const spec = metric('steps=view>cart-add>purchase,hours=24,role=decision');

function expected(arm: string, windowMs: number): number[] {
  const units = [...new Set(all.filter((one) => one.arm === arm).map(({ unit }) => unit))];
  const depths = units.map((unit) =>
    furthest(
      all.filter((one) => one.unit === unit),
      windowMs,
    ),
  );
  return STEPS.map((_, i) => depths.filter((depth) => depth > i).length / units.length);
}

test('seed 7: as many units come to each step as by hand', async () => {
  const result: ExperimentResult = JSON.parse(await analyse('--data', csv, ...spec, '--json'));
  expect(result.metrics.map(({ name, kind }) => [name, kind])).toEqual([
    ['buying: view', 'proportion'],
    ['buying: cart-add', 'proportion'],
    ['buying: cart-add of view', 'ratio'],
    ['buying: purchase', 'proportion'],
    ['buying: purchase of cart-add', 'ratio'],
  ]);
  for (const [i, arm] of ['A', 'B'].entries()) {
    const [view, cart, bought] = expected(arm, 24 * HOUR);
    const means = result.metrics.map(({ arms }) => arms[i]!.mean);
    const shares = [view!, cart!, cart! / view!, bought!, bought! / cart!];
    for (const [m, share] of shares.entries()) expect(means[m]).toBeCloseTo(share, 9);
    expect(bought).toBeGreaterThan(0.05);
    expect(bought).toBeLessThan(0.95 * cart!);
  }
  expect(result.metrics.map(({ role }) => role)).toEqual(['metric', 'metric', 'metric', 'decision', 'metric']);
  expect(result.metrics[4]).toMatchObject({ funnel: 'buying', step: 'purchase' });
});

test('a Parquet file with times, or milliseconds, says the same', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const means = async (path: string): Promise<string[]> => {
    const { metrics }: ExperimentResult = JSON.parse(await analyse('--data', path, ...spec, '--json'));
    return metrics.flatMap(({ arms }) => arms.map(({ mean }) => mean.toFixed(9)));
  };
  const told = await means(csv);
  for (const [name, at] of Object.entries({ times: '"at"::TIMESTAMP', millis: 'epoch_ms("at"::TIMESTAMP)' })) {
    const path = join(folder, `${name}.parquet`);
    await connection.run(
      `COPY (SELECT unit, arm, type, ${at} AS "at" FROM read_csv('${csv}')) TO '${path}' (FORMAT parquet)`,
    );
    expect(await means(path)).toEqual(told);
  }
  connection.closeSync();
  instance.closeSync();
});

test('on the page, a funnel is a table of steps', async () => {
  const page = await analyse('--data', csv, ...spec, '--markdown');
  expect(page).toMatch(/## buying \(funnel/);
  expect(page).toMatch(/\| cart-add \|/);
});

test.each([
  ['steps=view>cart-ad>purchase', /column type never holds "cart-ad"; it holds cart-add, purchase, view/],
  ['steps=view', /2 to 10 steps/],
  ['steps=view>purchase,hours=0', /hours=0/],
  ['steps=view>purchase,hour=1', /"hour" is not one of/],
])('refused: %s', async (rest, message) => {
  await expect(analyse('--data', csv, ...metric(rest))).rejects.toThrow(message);
});
