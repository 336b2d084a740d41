/** The small sizes of the benchmarks: so that none rots, and that what they measure is right. Bounds are loose on purpose. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/bench/main.js', import.meta.url));

async function bench(name: string): Promise<Record<string, number | boolean>> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, name, '--small', '--json']);
  return JSON.parse(stdout);
}

test('decide answers all requests and logs them', async () => {
  const figures = await bench('decide');
  expect(figures).toMatchObject({ errors: 0, unlogged: 0, listings: 2000 });
  expect(figures['requestsPerSecond']).toBeGreaterThan(100);
  expect(figures['candidates']).toBeGreaterThan(100);
}, 60_000);

test('growth measures every size', async () => {
  const figures = await bench('growth');
  expect(figures['micros1000']).toBeGreaterThan(0);
  expect(figures['ratio']).toBeLessThan(10);
}, 60_000);

test('ingest finds every acknowledged event in the log', async () => {
  const figures = await bench('ingest');
  expect(figures).toMatchObject({ errors: 0, allInTheLog: true });
  expect(figures['eventsPerSecond']).toBeGreaterThan(1000);
}, 60_000);

test('recover starts whole from a checkpoint', async () => {
  const figures = await bench('recover');
  expect(figures).toMatchObject({ startedWhole: true, recordsAfterCheckpoint: 0 });
  expect(figures['recordsPerSecond']).toBeGreaterThan(10_000);
}, 60_000);
