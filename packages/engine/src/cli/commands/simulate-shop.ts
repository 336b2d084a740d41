/** `rialto simulate --world shop`: a simulated marketplace at full speed, and what came of it. */

import { ManualClock, systemClock } from '../../base/clock.ts';
import { MILLIS_PER_DAY, millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { Engine } from '../../delivery/engine.ts';
import { MemoryLog } from '../../log/memory-log.ts';
import { saveWorld } from '../../simulator/save-world.ts';
import { Simulation } from '../../simulator/simulation.ts';
import { generateWorld, type World } from '../../simulator/world.ts';
import { countText, durationText, moneyText, shareText, simulatedTime } from '../live-view.ts';
import { since, totalsOf } from '../market-sample.ts';

export interface ShopFlags {
  readonly seed: number;
  readonly days: number;
  readonly listings: number;
  readonly buyers: number;
  readonly start: number;
  readonly data?: string;
  readonly json?: boolean;
}

/** Decision ids that a seed repeats. Fit for no real marketplace: they can be guessed. */
function seededNonce(seed: number): () => string {
  let drawn = 0;
  return () => `${seed.toString(36)}.${(drawn++).toString(36)}`;
}

async function openSimulated({ data, seed }: ShopFlags, clock: ManualClock): Promise<Engine> {
  const nonce = seededNonce(seed);
  if (data !== undefined)
    return openEngine(data, { clock, nonce, onNotice: (message) => process.stderr.write(`${message}\n`) });
  const tokenSecret = Buffer.alloc(32, `simulation ${seed}`);
  return Engine.open({ log: new MemoryLog(), clock, nonce, tokenSecret });
}

export async function simulateShop(flags: ShopFlags): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  const clock = new ManualClock(millis(flags.start));
  const engine = await openSimulated(flags, clock);
  try {
    const world = generateWorld(flags, flags.seed);
    clock.set(millis(Math.max(flags.start, engine.state.logTime)));
    await saveWorld(engine, world);
    const totals = await simulate({ engine, world, clock, flags, signal: stop.signal });
    process.stdout.write(flags.json === true ? `${JSON.stringify(totals)}\n` : totalsText(totals));
    if (totals.interrupted) process.exitCode = 130;
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
    await engine.close();
  }
}

interface SimulateInput {
  readonly engine: Engine;
  readonly world: World;
  readonly clock: ManualClock;
  readonly flags: ShopFlags;
  readonly signal: AbortSignal;
}

async function simulate({ engine, world, clock, flags, signal }: SimulateInput) {
  const before = totalsOf(engine);
  const from = clock.now();
  const until = Math.round(from + flags.days * MILLIS_PER_DAY);
  const simulation = new Simulation({ engine, world, clock, seed: flags.seed });
  const startedAt = systemClock.now();
  await runWithProgress(simulation, { clock, from, until, signal });
  const seconds = (systemClock.now() - startedAt) / 1000;
  const totals = since(totalsOf(engine), before);
  const budgetMicros =
    daysTouched(from, clock.now()) *
    world.campaigns.reduce((sum, campaign) => sum + (campaign.dailyBudgetMicros ?? 0), 0);
  return {
    seed: flags.seed,
    listings: world.listings.length,
    buyers: world.buyers.length,
    shops: world.shops.length,
    campaigns: world.campaigns.length,
    from,
    until: clock.now(),
    ...simulation.counts,
    ...totals,
    clickRate: totals.impressions === 0 ? 0 : totals.clicks / totals.impressions,
    budgetMicros,
    budgetUsed: budgetMicros === 0 ? 0 : totals.adRevenueMicros / budgetMicros,
    currency: world.settings.currency,
    logRecords: engine.offset,
    seconds,
    decisionsPerSecond: totals.decisions / Math.max(0.001, seconds),
    p50Microseconds: simulation.latency.quantileMicroseconds(0.5),
    p99Microseconds: simulation.latency.quantileMicroseconds(0.99),
    interrupted: signal.aborted,
  };
}

/** How many UTC days lie in a time or partly do: each has a budget of its own. */
const daysTouched = (from: number, until: number): number =>
  Math.ceil(until / MILLIS_PER_DAY) - Math.floor(from / MILLIS_PER_DAY);

/** In steps of an hour, to say how far it is. */
async function runWithProgress(
  simulation: Simulation,
  { clock, from, until, signal }: { clock: ManualClock; from: number; until: number; signal: AbortSignal },
): Promise<void> {
  const hour = MILLIS_PER_DAY / 24;
  for (let at = from; at < until && !signal.aborted; ) {
    at = Math.min(until, at + hour);
    await simulation.run({ untilMillis: at, signal });
    if (!process.stderr.isTTY) continue;
    process.stderr.write(
      `\r\x1b[K${simulatedTime(clock.now())}, ${Math.floor((100 * (at - from)) / (until - from))} %`,
    );
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}

type Totals = Awaited<ReturnType<typeof simulate>>;

function totalsText(t: Totals): string {
  const money = (micros: number): string => moneyText(micros, t.currency);
  const days = ((t.until - t.from) / MILLIS_PER_DAY).toFixed(1);
  const rows: readonly (readonly [string, string])[] = [
    [
      'marketplace',
      `${countText(t.listings)} listings, ${countText(t.shops)} shops, ${countText(t.campaigns)} campaigns, ${countText(t.buyers)} buyers, seed ${t.seed}`,
    ],
    ['simulated', `${days} days from ${simulatedTime(t.from)}${t.interrupted ? ', interrupted' : ''}`],
    ['visits', countText(t.visits)],
    ['impressions', `${countText(t.impressions)}, of them ${countText(t.adImpressions)} ads`],
    [
      'clicks',
      `${countText(t.clicks)} (${shareText(t.clicks, t.impressions)}), of them ${countText(t.adClicks)} on ads (${shareText(t.adClicks, t.adImpressions)})`,
    ],
    [
      'orders',
      `${countText(t.orders)} with ${countText(t.orderLines)} lines, ${money(t.orderValueMicros)}; ${countText(t.returns)} lines came back`,
    ],
    ['ad revenue', money(t.adRevenueMicros)],
    ['budget used', `${shareText(t.adRevenueMicros, t.budgetMicros)} of ${money(t.budgetMicros)}`],
    [
      'decisions',
      `${countText(t.decisions)} in ${t.seconds.toFixed(1)} s, ${countText(t.decisionsPerSecond)}/s with all their events`,
    ],
    ['per decision', `p50 ${durationText(t.p50Microseconds)}, p99 ${durationText(t.p99Microseconds)}`],
    ['log', `${countText(t.logRecords)} records`],
  ];
  return `${rows.map(([label, text]) => `${label.padEnd(14)}${text}`).join('\n')}\n`;
}
