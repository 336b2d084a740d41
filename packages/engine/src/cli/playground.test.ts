/** The playground as a whole: the real server with live simulated buyers, called from outside. */
import { existsSync } from 'node:fs';
import type { DecideResponse } from '@rialto/sdk';
import { afterEach, expect, test } from 'vitest';
import { Playground, type PlaygroundOptions } from './playground.ts';

const options: PlaygroundOptions = {
  port: 0,
  seed: 3,
  listings: 500,
  buyers: 300,
  speed: 600,
  load: 200,
  onNotice: () => {},
};
const running: Playground[] = [];
afterEach(async () => {
  for (const playground of running.splice(0)) await playground.stop();
});

async function start(more: Partial<PlaygroundOptions> = {}): Promise<Playground> {
  const playground = await Playground.start({ ...options, ...more });
  running.push(playground);
  return playground;
}

/** Runs what the hint says, without a shell. */
async function follow(command: readonly string[]): Promise<Response> {
  const url = /http:\S+/.exec(command.join(' '))![0];
  const body = command.find((part) => part.startsWith('-d '))?.slice(4, -1);
  if (body === undefined) return fetch(url);
  return fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
}

test('buyers come and go while others call; every hint works; it leaves nothing behind', async () => {
  const playground = await start();
  const stop = new AbortController();
  const traffic = playground.run(stop.signal);
  while (playground.hints().length < 4) await new Promise((resolve) => setTimeout(resolve, 20));

  const [decide, explain, search, metrics] = playground.hints();
  const decided = (await (await follow(decide.command)).json()) as DecideResponse;
  expect(decided.placements[0].items.length).toBeGreaterThan(5);
  const explained = await (await follow(explain.command)).json();
  expect(explained).toMatchObject({ identical: true, request: { placements: ['home'] } });
  const found = (await (await follow(search.command)).json()) as DecideResponse;
  expect(found.placements[0].items.length).toBeGreaterThan(0);
  expect(await (await follow(metrics.command)).text()).toContain('rialto_decisions');
  expect((await fetch(`${playground.url}/docs`)).status).toBe(200);

  stop.abort();
  await traffic;
  const sample = playground.sampler.sample(playground.clock.now(), performance.now());
  expect(sample.totals.decisions).toBeGreaterThan(10);
  expect(sample.totals.impressions).toBeGreaterThan(50);
  expect(sample.budgetTodayMicros).toBeGreaterThan(0);
  expect(sample.simulatedAt).toBeGreaterThan(0);
  expect(playground.temporary).toBe(true);
  expect(existsSync(playground.directory)).toBe(true);
  await playground.stop();
  expect(existsSync(playground.directory)).toBe(false);
});

test('says what to do where the port is taken, and leaves no directory', async () => {
  const first = await start();
  const port = Number(new URL(first.url).port);
  await expect(Playground.start({ ...options, port })).rejects.toMatchObject({
    code: 'address-in-use',
    message: expect.stringMatching(new RegExp(`port ${port} .* --port`)),
  });
});
