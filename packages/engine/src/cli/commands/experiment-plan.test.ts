/** `rialto experiment plan` and `prior` on small files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-plan-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const DAY = 86_400_000;

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

test('a plan from the log: as from a file of what each buyer did in a week after coming first', async () => {
  const data = join(folder, 'data');
  const start = Date.UTC(2026, 4, 1);
  const clock = new ManualClock(millis(start));
  const engine = await openEngine(data, { clock });
  await engine.save('listing', [{ id: 'mug', title: 'Mug', priceMicros: 8_000_000 }], 'test');
  const rows: string[] = [];
  for (let day = 0; day < 10; day++) {
    clock.set(millis(start + day * DAY));
    for (let i = 0; i < 12; i++) {
      const buyer = `b${day}-${i}`;
      engine.decide({ buyer, placements: i % 4 === 0 ? ['search'] : ['home'], context: { query: 'mug' } });
      const orders = (day + i) % 3;
      const events = Array.from({ length: orders }, (_, n) => {
        const id = `${buyer}-${n}`;
        return { id, type: 'purchase', buyer, listing: 'mug', order: id, priceMicros: 8_000_000 } as const;
      });
      if (events.length > 0) expect((await engine.ingest(events)).rejected).toEqual([]);
      // The last two days' windows of a week are not over by the 15th.
      if (day < 8 && i % 4 !== 0) rows.push(`${buyer},2026-05-0${1 + day},${orders}`);
    }
  }
  clock.set(millis(start + 14 * DAY + DAY / 2));
  await engine.ingest([{ id: 'end', type: 'view', buyer: 'b0-1', listing: 'mug' }]);
  await engine.close();
  const asked = ['--effect', '.1', '--days', '7,28', '--json'];
  const of = ['plan', '--data', data, '--placement', 'home', ...asked];
  const path = file('week.csv', ['buyer,seen,orders', ...rows]);
  // Sums are in another order.
  const rounded = (text: string) =>
    JSON.parse(text, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value));
  const ofFile = ['plan', '--data', path, '--unit', 'buyer', '--day', 'seen', ...asked];
  const told = rounded(await run(...of, '--metric', 'orders:kind=mean,num=orders'));
  expect(told).toEqual(rounded(await run(...ofFile, '--metric', 'orders:num=orders')));
  expect(told.metrics[0].steps[0].units).toBe(7 * 9);
  const named = JSON.parse(await run(...of)).metrics as { name: string; mean: number }[];
  expect(named.map(({ name }) => name)).toEqual(['conversion', 'orders', 'revenue']);
  expect(named[2]!.mean).toBeCloseTo(8 * named[1]!.mean, 9);
  await expect(run(...of, '--unit', 'shop')).rejects.toThrow('plan by buyer or session');
  await expect(run(...of, '--window-days', '28')).rejects.toThrow('is never over within the last 28 days');
  await expect(run('plan', '--data', data, '--placement', 'hom')).rejects.toThrow('came to placement "hom"');
  await expect(run(...of, '--weekly', '70')).rejects.toThrow('are of files');
});
