/** Decisions over HTTP while requests wait for each other: in brief, or refused; and made again the same afterwards. */
import type { DecideResponse, DecisionExplanation, Listing } from '@rialto/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Engine } from '../delivery/engine.ts';
import { openTestEngine } from './engine.fixture.ts';
import { type RunningServer, startServer } from './listen.ts';
import type { LoadLimits } from './server-context.ts';

const REQUEST = JSON.stringify({ buyer: 'ada', placements: ['home'] });

let engine: Engine;
let server: RunningServer;
beforeEach(async () => {
  engine = await openTestEngine();
  const listings: Listing[] = Array.from({ length: 600 }, (_, i) => ({
    id: `l${i}`,
    title: `Thing ${i}`,
    priceMicros: 1e6,
  }));
  await engine.save('listing', listings, 'test');
});
afterEach(() => server.stop());

async function serve(load: LoadLimits): Promise<void> {
  server = await startServer(engine, { port: 0, load });
}

const ask = (): Promise<Response> =>
  fetch(`${server.url}/v1/decide`, { method: 'POST', body: REQUEST, headers: { 'content-type': 'application/json' } });

async function explained(): Promise<DecisionExplanation> {
  const { decisionId } = (await (await ask()).json()) as DecideResponse;
  return engine.explain(decisionId);
}

test('in brief: fewer candidates, as many items, told afterwards and made again the same', async () => {
  await serve({ brownoutAfterMs: 1_000, refuseAfterMs: 1_000 });
  const whole = await explained();
  await server.app.close();
  await serve({ brownoutAfterMs: -1, refuseAfterMs: 1_000 });
  const brief = await explained();
  expect(whole).toMatchObject({ identical: true });
  expect(whole).not.toHaveProperty('brownout');
  expect(brief).toMatchObject({ identical: true, brownout: true });
  expect(brief.placements[0]!.items).toHaveLength(whole.placements[0]!.items.length);
  expect(brief.placements[0]!.candidates.length).toBeLessThan(whole.placements[0]!.candidates.length / 2);
  expect(engine.counters).toMatchObject({ decisions: 2, decisionsBrownout: 1 });
  expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/rialto_decisions_brownout_total 1/);
});

test('who comes alone gets all of it, and of many at once those that wait for the others do not', async () => {
  await serve({ brownoutAfterMs: 0, refuseAfterMs: 60_000 });
  await ask();
  expect(engine.counters.decisionsBrownout).toBe(0);
  const together = () => Promise.all(Array.from({ length: 64 }, async () => (await ask()).text()));
  await together(); // opens the connections
  const before = engine.counters.decisionsBrownout;
  await together();
  const inBrief = engine.counters.decisionsBrownout - before;
  expect(inBrief).toBeGreaterThan(0);
  expect(inBrief).toBeLessThan(64);
});

test('who has waited too long is refused, and told when to come again', async () => {
  await serve({ brownoutAfterMs: -1, refuseAfterMs: -1 });
  const answer = await ask();
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await answer.json()).toMatchObject({ error: { code: 'overloaded' } });
  expect(engine.counters.decisions).toBe(0);
});
