import { ManualClock } from '/work/main/packages/engine/src/base/clock.ts';
import { millis } from '/work/main/packages/engine/src/base/units.ts';
import { Engine } from '/work/main/packages/engine/src/delivery/engine.ts';
import { MemoryLog } from '/work/main/packages/engine/src/log/memory-log.ts';
import { Simulation } from '/work/main/packages/engine/src/simulator/simulation.ts';
import { saveWorld } from '/work/main/packages/engine/src/simulator/save-world.ts';
import { generateWorld } from '/work/main/packages/engine/src/simulator/world.ts';
import { examination } from '/work/main/packages/engine/src/simulator/examination.ts';
import { test } from 'vitest';
test('try', async () => {
  const N = Number(process.env.N ?? 5000);
  let t = performance.now();
  const world = generateWorld({ listings: N, buyers: 2000 }, 1);
  console.log('world', performance.now() - t, world.campaigns.length, world.reviews.length);
  for (let i = 0; i < 12; i++) console.log(JSON.stringify(world.listings[i].entity));
  console.log(JSON.stringify(world.campaigns.slice(0, 3).map(c => ({...c, listings: c.listings.length}))));
  const clock = new ManualClock(millis(1767571200000));
  let n = 0;
  const engine = await Engine.open({ log: new MemoryLog(), clock, tokenSecret: new Uint8Array(32), nonce: () => (n++).toString(36) });
  t = performance.now(); await saveWorld(engine, world); console.log('save', performance.now() - t);
  let buckets: number[] = [];
  let u = 0, k = 0, lo: Record<string, number[]> = {};
  const sim = new Simulation({ engine, world, clock, seed: 1, onPage: (p) => {
    const a = lo[p.placement] ??= [0, 0]; a[0]++; a[1] += p.items.reduce((s, i) => s + i.clickProbability * examination(i.item.position), 0);
  } });
  for (let day = 0; day < 3; day++) {
    lo = {};
    t = performance.now();
    const before = engine.counters.decisions;
    await sim.run({ untilMillis: clock.now() + 86400000 });
    const ms = performance.now() - t, d = engine.counters.decisions - before;
    console.log('day', day, d, 'decisions', ms, 'ms', 1000 * d / ms, '/s p50', sim.latency.quantileMicroseconds(.5), 'p99', sim.latency.quantileMicroseconds(.99));
    console.log(JSON.stringify(sim.counts), JSON.stringify(engine.state.tally), engine.state.ledger.totals);
    console.log(Object.entries(lo).map(([k, [n, s]]) => `${k} ${n} ${(s/n).toFixed(3)}`).join('  '));
  }
}, 120000);
