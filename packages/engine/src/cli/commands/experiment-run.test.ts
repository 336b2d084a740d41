import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../../delivery/data-directory.ts';
import { type RunningServer, startServer } from '../../server/listen.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-experiment-'));
const data = join(folder, 'data');
const file = (name: string, value: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
};
const EXPERIMENT = {
  id: 'fewer',
  unit: 'buyer',
  variants: [
    { name: 'control', weight: 0.5 },
    { name: 'treatment', weight: 0.5, changes: { home: { slots: 18 } } },
  ],
  guardrails: [{ metric: 'orders', worse: 'lower' }],
};
const result = (...sequentialCi: number[]) => ({
  metrics: [
    {
      name: 'orders',
      arms: [
        { variant: 'control', mean: 1 },
        { variant: 'treatment', mean: 0.9 },
      ],
      effects: [{ variant: 'treatment', sequentialCi }],
    },
  ],
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  process.exitCode = 0;
});

async function rialto(...args: string[]): Promise<Record<string, never>> {
  const printed = await printedBy(async () => {
    await experimentCommand.parseAsync([...args, '--json'], { from: 'user' });
  });
  return JSON.parse(printed);
}

async function life(where: string[]): Promise<void> {
  const path = file('e.json', EXPERIMENT);
  expect(await rialto('create', path, ...where)).toMatchObject({ saved: true, experiments: [{ status: 'draft' }] });
  expect(await rialto('create', path, ...where)).toMatchObject({ saved: false });
  expect(await rialto('start', 'fewer', ...where)).toMatchObject({ experiments: [{ status: 'running', version: 2 }] });
  const well = await rialto('guard', 'fewer', '--result', file('well.json', result(-0.2, 0.1)), ...where);
  expect(well).toMatchObject({ breaches: [], experiments: [{ status: 'running' }] });
  expect(process.exitCode ?? 0).toBe(0);
  const ill = await rialto('guard', 'fewer', '--result', file('ill.json', result(-0.2, -0.1)), ...where);
  expect(ill).toMatchObject({ experiments: [{ status: 'stopped', live: false }] });
  expect(ill['experiments'][0]['stopReason']).toBe('guardrail: orders of treatment: effect -0.2 to -0.1, all below 0');
  expect(process.exitCode).toBe(1);
  expect(await rialto('stop', 'fewer', '--ship', 'control', ...where)).toMatchObject({
    experiments: [{ ship: 'control' }],
  });
  expect(await rialto('status', ...where)).toMatchObject({
    experiments: [{ id: 'fewer', exposures: [{ count: 0 }, {}] }],
  });
  await expect(rialto('start', 'none', ...where)).rejects.toThrow('there is no experiment "none"');
  const uneven = file('bad.json', { ...EXPERIMENT, variants: [{ name: 'control', weight: 0.5 }] });
  await expect(rialto('create', uneven, ...where)).rejects.toThrow('weights that add up to 1');
  await expect(rialto('guard', 'fewer', '--result', path, ...where)).rejects.toThrow('is not an analysis');
}

test('on a data directory', async () => {
  const path = file('first.json', EXPERIMENT);
  await expect(rialto('create', path, '--data', join(folder, 'dtaa'))).rejects.toThrow(/is not a directory with a log/);
  expect(existsSync(join(folder, 'dtaa'))).toBe(false);
  await (await openEngine(data)).close();
  await life(['--data', data]);
});

describe('beside a server', () => {
  let server: RunningServer;
  const served = join(folder, 'served');
  beforeAll(async () => {
    server = await startServer(await openEngine(served), { port: 0, apiKeys: new Map([['ann', 'secret']]) });
  });
  afterAll(() => server.stop());

  test('over HTTP', () => life(['--url', server.url, '--key', 'secret']));

  test('the data directory is taken, and what to do is said', async () => {
    await expect(rialto('status', '--data', served)).rejects.toThrow(/--url http/);
  });
});
