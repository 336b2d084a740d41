/** For tests: the whole engine on a given log, with a clock to set, and a small market with two campaigns. */
import type { BuyerEvent, Campaign, Listing } from '@rialto/sdk';
import { ManualClock } from '../base/clock.ts';
import { MILLIS_PER_DAY, millis } from '../base/units.ts';
import type { Log } from '../log/log.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { Engine, type EngineOptions } from './engine.ts';

/** Noon of a UTC day. */
export const NOW = Date.UTC(2026, 4, 20, 12);
export const DAY = MILLIS_PER_DAY;
export const SECRET = new Uint8Array(32).fill(7);

const SHOPS = ['potter', 'weaver', 'joiner'];
export const LISTINGS: readonly Listing[] = Array.from({ length: 9 }, (_, i) => ({
  id: `l${i}`,
  title: `${['Blue', 'Red', 'Grün'][i % 3]} ${['cup', 'scarf', 'chair'][Math.floor(i / 3)]}`,
  priceMicros: (i + 1) * 1_000_000,
  shop: SHOPS[Math.floor(i / 3)]!,
  category: `Home > ${['Kitchen', 'Textiles', 'Furniture'][Math.floor(i / 3)]}`,
}));
export const CAMPAIGNS: readonly Campaign[] = [
  { id: 'spring', shop: 'potter', listings: ['l0', 'l1'], bidMicros: 500_000, dailyBudgetMicros: 2_000_000 },
  { id: 'autumn', shop: 'weaver', listings: ['l4'], bidMicros: 300_000, dailyBudgetMicros: 5_000_000 },
];

export interface TestEngine {
  readonly engine: Engine;
  readonly clock: ManualClock;
  readonly log: Log;
}

/** An engine with nothing saved but the default placements. */
export async function openBare(log: Log = new MemoryLog(), options: Partial<EngineOptions> = {}): Promise<TestEngine> {
  let nonce = 0;
  const clock = new ManualClock(millis(NOW));
  const engine = await Engine.open({ log, clock, tokenSecret: SECRET, nonce: () => `n${nonce++}`, ...options });
  return { engine, clock, log };
}

export async function openMarket(
  log: Log = new MemoryLog(),
  options: Partial<EngineOptions> = {},
): Promise<TestEngine> {
  const opened = await openBare(log, options);
  const { engine } = opened;
  await engine.save(
    'shop',
    SHOPS.map((id) => ({ id, name: id })),
    'test',
  );
  await engine.save('listing', LISTINGS, 'test');
  await engine.save('campaign', CAMPAIGNS, 'test');
  return opened;
}

/** A click, view or other event of ada's; `rest` says the rest. */
export const event = (id: string, type: BuyerEvent['type'], rest: Partial<BuyerEvent> = {}): BuyerEvent => ({
  id,
  type,
  buyer: 'ada',
  ...(type !== 'search' && { listing: 'l0' }),
  ...rest,
});

export const purchase = (id: string, listing: string, rest: Partial<BuyerEvent> = {}): BuyerEvent =>
  event(id, 'purchase', { listing, order: `order-${id}`, priceMicros: 1_000_000, ...rest });
