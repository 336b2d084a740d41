/** For tests: a shop's past in which every buyer keeps to a category, and comes back to what was bought before. */
import type { BuyerEvent } from '@rialto/sdk';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import type { Engine } from '../delivery/engine.ts';
import { NOW, openBare } from '../delivery/market.fixture.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { readHistory } from './history.ts';

const LISTINGS = 60;
const CATEGORIES = 6;
const BUYERS = 40;
const ORDERS = 300;

/** Open, at the end of its past. */
export async function tasteShop(): Promise<{ readonly engine: Engine; readonly log: MemoryLog }> {
  const log = new MemoryLog();
  const { engine } = await openBare(log);
  await liveTaste(engine, NOW);
  return { engine, log };
}

/** The past in an engine, up to `now`. */
export async function liveTaste(engine: Engine, now: number): Promise<void> {
  const rng = new Rng(3);
  await engine.save(
    'listing',
    Array.from({ length: LISTINGS }, (_, i) => ({
      id: `l${i}`,
      title: `thing ${i} of ${i % CATEGORIES}`,
      priceMicros: (1 + (i % 7)) * 1_000_000,
      category: `c${i % CATEGORIES}`,
    })),
    'test',
  );
  const start = now - 200 * MILLIS_PER_DAY;
  const events: BuyerEvent[] = [];
  for (let order = 0; order < ORDERS; order++) {
    const buyer = rng.below(BUYERS);
    const at = start + Math.floor((order / ORDERS) * 199 * MILLIS_PER_DAY);
    for (let i = 0; i < 2; i++) {
      // Of the buyer's category mostly, and of that the low numbers mostly.
      const category = rng.unit() < 0.85 ? buyer % CATEGORIES : rng.below(CATEGORIES);
      const place = Math.floor((LISTINGS / CATEGORIES) * rng.unit() ** 2);
      const listing = `l${place * CATEGORIES + category}`;
      const event = { type: 'purchase', at, buyer: `b${buyer}`, order: `o${order}`, listing, quantity: 1 } as const;
      events.push({ ...event, id: `p${order}-${i}`, priceMicros: 1_000_000 });
    }
  }
  await engine.ingest(events, { imported: true });
}

export async function tastePast(): ReturnType<typeof readHistory> {
  const { engine, log } = await tasteShop();
  await engine.close();
  return readHistory(log);
}
