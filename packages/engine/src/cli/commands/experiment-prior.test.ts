/** A prior from the log's own past: experiments whose effects are counted by hand. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent } from '@rialto/sdk';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const START = Date.UTC(2026, 4, 1);
const folder = mkdtempSync(join(tmpdir(), 'rialto-prior-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rialto = (...args: string[]): Promise<string> =>
  printedBy(async () => {
    await new Command().addCommand(experimentCommand).parseAsync(['experiment', 'prior', ...args], { from: 'user' });
  });

const BUYERS = 100;
/** By experiment: of a hundred buyers an arm, how many order. `lost` lost most units of its control. */
const PAST = { one: [40, 44], two: [30, 45], three: [50, 50], lost: [5, 40] } as const;

beforeAll(async () => {
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  await engine.save('listing', [{ id: 'mug', title: 'Mug', priceMicros: 8_000_000 }], 'test');
  for (const [id, orders] of Object.entries(PAST)) {
    const variants = [
      { name: 'control', weight: 0.5 },
      { name: 'new', weight: 0.5 },
    ];
    const record = { id, unit: 'buyer', status: 'running', variants } as const;
    expect((await engine.save('experiment', [record], 'test')).rejected).toEqual([]);
    const events = variants.flatMap(({ name }, arm) =>
      Array.from({ length: id === 'lost' && arm === 0 ? 20 : BUYERS }, (_, i): BuyerEvent[] => {
        const buyer = `${id}-${name}-${i}`;
        const met: BuyerEvent = { id: `x-${buyer}`, type: 'exposure', buyer, experiment: id, variant: name };
        const order: BuyerEvent = { id: `o-${buyer}`, type: 'purchase', buyer, listing: 'mug', order: `o-${buyer}` };
        return i < orders[arm]! ? [met, order] : [met];
      }).flat(),
    );
    expect((await engine.ingest(events)).rejected).toEqual([]);
    await engine.stopExperiment(id, {}, 'test');
  }
  const flag = { id: 'flag', unit: 'buyer', status: 'stopped', variants: [{ name: 'on', weight: 1 }] } as const;
  await engine.save('experiment', [flag], 'test');
  await engine.close();
});

test('each stopped experiment that can be trusted is one effect', async () => {
  const { experiments, leftOut, prior, mean } = JSON.parse(
    await rialto('--data', data, '--metric', 'conversion', '--json'),
  );
  expect(experiments).toMatchObject([
    { experiment: 'one', variant: 'new', effect: expect.closeTo(0.1, 9) },
    { experiment: 'two', variant: 'new', effect: expect.closeTo(0.5, 9) },
    { experiment: 'three', variant: 'new', effect: expect.closeTo(0, 9) },
  ]);
  // Delta method, by hand: s² of a share is p (1 − p) / (n − 1).
  const squared = (p: number): number => (p * (1 - p)) / (BUYERS - 1);
  const [c, t] = [0.3, 0.45];
  const standardError = Math.sqrt(squared(t) / c ** 2 + (t ** 2 * squared(c)) / c ** 4);
  expect(experiments[1].standardError / standardError).toBeCloseTo(1, 1);
  expect(leftOut).toMatchObject([
    { experiment: 'lost', reason: expect.stringMatching(/sample-ratio mismatch/) },
    { experiment: 'flag', reason: expect.stringMatching(/flag/) },
  ]);
  expect(mean).toBeGreaterThan(0);
  expect(mean).toBeLessThan(0.5);
  expect(prior.sd).toBeGreaterThan(0);
  const text = await rialto('--data', data, '--metric', 'conversion');
  expect(text).toContain('left out flag');
  expect(text).toContain('3 experiments: mean effect');
});

test('what is not there is said', async () => {
  await expect(rialto('--data', data, '--metric', 'smiles')).rejects.toThrow(/the log tells of no metric "smiles"/);
  await expect(rialto('--data', data, '--metric', 'clicks')).rejects.toThrow(
    /0 stopped experiments of the log can be read.*one: its control has no clicks/,
  );
  await expect(rialto('--data', data)).rejects.toThrow(/--effect and --error, or a --metric/);
  await expect(rialto('--data', data, '--metric', 'orders', '--effect', 'x')).rejects.toThrow(/leave out --effect/);
});
