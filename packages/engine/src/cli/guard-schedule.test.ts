/** A roll-out that stops itself: over HTTP, from the definition to the version that says why. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EntityVersions, Experiment, ExperimentStatus } from '@rialto/sdk';
import { afterAll, expect, test } from 'vitest';
import { ManualClock } from '../base/clock.ts';
import { Rng } from '../base/rng.ts';
import { millis } from '../base/units.ts';
import { openEngine } from '../delivery/data-directory.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { startServer } from '../server/listen.ts';
import { guardReadings } from './guard-readings.ts';
import { scheduleGuards } from './guard-schedule.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 4, 1);
const data = mkdtempSync(join(tmpdir(), 'rialto-guards-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

const experiment = (id: string, more: Partial<Experiment> = {}): Experiment => ({
  id,
  unit: 'buyer',
  placements: ['home'],
  rollout: [
    { from: START, coverage: 0.5 },
    { from: START + 2 * HOUR, coverage: 1 },
  ],
  variants: [
    { name: 'control', weight: 0.5 },
    { name: 'new', weight: 0.5 },
  ],
  guardrails: [
    { metric: 'conversion', worse: 'lower', tolerance: 0.05 },
    { metric: 'page-load', worse: 'higher' },
  ],
  ...more,
});

test('a guardrail that is broken stops the roll-out, and the log says why', async () => {
  const clock = new ManualClock(millis(START));
  const engine = await openEngine(data, { clock });
  const server = await startServer(engine, { port: 0 });
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(new URL(path, server.url), {
      method,
      ...(body !== undefined && { headers, body: JSON.stringify(body) }),
    });
    expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
    return (await answer.json()) as T;
  };
  const status = (id: string) => call<ExperimentStatus>('GET', `/v1/experiments/${id}/status`);
  const notices: string[] = [];
  const looks: number[] = [];
  const endGuards = scheduleGuards({
    engine,
    everyMs: 50,
    read: async (watched) => {
      const found = await guardReadings(data, watched);
      looks.push(found.length);
      return found;
    },
    onNotice: (message) => notices.push(message),
  });
  const looked = async (times: number): Promise<void> => {
    const until = looks.length + times;
    while (looks.length < until) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  try {
    for (const id of ['harmful', 'harmless']) {
      await call('PUT', `/v1/experiments/${id}`, experiment(id, { seed: id }));
      await call('POST', `/v1/experiments/${id}/start`);
    }
    await call('PUT', '/v1/listings/mug', { id: 'mug', title: 'Mug', priceMicros: 1_000_000 });
    expect(await status('harmful')).toMatchObject({ live: true, coverage: 0.5 });
    await looked(2);
    expect(await status('harmful')).toMatchObject({ status: 'running' });
    clock.set(millis(START + 3 * HOUR));
    expect(await status('harmful')).toMatchObject({ coverage: 1 });
    const rng = new Rng(7);
    const events: object[] = [];
    for (let i = 0; i < 900; i++) {
      const buyer = `b${i}`;
      const { experiments = [] } = engine.decide({ buyer, placements: ['home'] });
      const harmed = experiments.some((one) => one.experiment === 'harmful' && one.variant === 'new');
      if (rng.unit() < (harmed ? 0.1 : 0.4))
        events.push({ id: `p${i}`, type: 'purchase', buyer, listing: 'mug', order: `o${i}` });
    }
    clock.set(millis(START + 4 * HOUR));
    await call('POST', '/v1/events', { events });
    await looked(3);
    const stopped = await status('harmful');
    expect(stopped).toMatchObject({ status: 'stopped', live: false });
    expect(stopped.stopReason).toMatch(/^guardrail: conversion of new: effect -0\.\d+ to -0\.\d+, all below -0\.0/);
    const { items } = await call<EntityVersions>('GET', '/v1/experiments/harmful/versions');
    expect(items[0]).toMatchObject({ version: 3, by: 'guardrails', at: START + 4 * HOUR });
    expect(items[0]!.changes).toContainEqual({ field: 'stopReason', after: stopped.stopReason });
    expect(await status('harmless')).toMatchObject({ status: 'running', live: true });
    expect(notices.filter((notice) => notice.includes('page-load'))).toHaveLength(2);
    expect(notices).toContain(`stopped experiment harmful: ${stopped.stopReason}`);
    const weights = [
      ['control', 0.5],
      ['new', 0.5],
    ] as const;
    const asked = { experiment: 'harmful', control: 'control', unit: 'buyer', weights, sinceVersion: 1 };
    // A mug costs 1, and everybody had one decision: as many orders.
    const [found] = await guardReadings(data, [{ ...asked, metrics: ['revenue-per-decision', 'conversion'] }]);
    const [perDecision, conversion] = found!.readings;
    expect(perDecision!.name).toBe('revenue-per-decision');
    expect(perDecision!.arms).toMatchObject(
      conversion!.arms.map(({ variant, mean }) => ({ variant, mean: expect.closeTo(mean, 9) })),
    );
    expect(perDecision!.effects[0]!.sequentialCi[1]).toBeLessThan(0);
    // Nobody sent impressions: that must not keep the other guardrail from being looked at.
    const [some] = await guardReadings(data, [{ ...asked, metrics: ['ctr', 'conversion'] }]);
    expect(some!.readings).toEqual([conversion]);
    const [none] = await guardReadings(data, [{ ...asked, metrics: ['ctr'] }]);
    expect(none!.readings).toEqual([]);
  } finally {
    endGuards();
    await server.stop();
  }
});

test('a canary that breaks a guardrail of its definition is retired, and read since its own beginning', async () => {
  const engine = await openEngine(join(data, 'canary'), { clock: new ManualClock(millis(START)) });
  const ranker = { name: 'ranker', bytes: packAdditive(PRIOR_MODEL), card: {}, by: 'test' };
  await engine.models.publish([ranker]);
  await engine.models.publish([ranker], 'candidate');
  const guardrails = [{ metric: 'conversion', worse: 'lower', tolerance: 0.1 }] as const;
  const canary = { status: 'canary', share: 0.2, guardrails } as const;
  await engine.models.tryOut('ranker', 2, { status: 'canary', share: 0.1 }, 'ann');
  await engine.models.tryOut('ranker', 2, { status: 'retired' }, 'ann');
  await engine.models.tryOut('ranker', 2, canary, 'ann');
  const notices: string[] = [];
  const asked: number[] = [];
  const end = scheduleGuards({
    engine,
    everyMs: 10,
    read: async (watched) => {
      asked.push(...watched.map(({ sinceVersion }) => sinceVersion));
      const arms = [{ variant: 'control', mean: 0.4 }];
      const effects = [{ variant: 'canary', sequentialCi: [-0.3, -0.1] as const }];
      return [{ experiment: 'canary-ranker', readings: [{ name: 'conversion', arms, effects }] }];
    },
    onNotice: (message) => notices.push(message),
  });
  while (notices.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  end();
  const reason = 'guardrail: conversion of canary: effect -0.3 to -0.1, all below -0.04';
  expect(notices).toEqual([`ranker version 2 is no canary any more: ${reason}`]);
  expect(engine.models.read('ranker', 2)).toMatchObject({ status: 'retired', changedBy: 'guardrails', reason });
  expect(engine.experimentStatus('canary-ranker')).toMatchObject({ status: 'stopped', stopReason: reason });
  expect(asked).toEqual([3]);
  await engine.close();
});
