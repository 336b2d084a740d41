/**
 * What a market knows before its first day: a month in which its listings were looked at and bought, drawn by the world's truth.
 * Without it automatic bidding would learn how often listings are bought from purchases most of which are still to come.
 */
import type { BuyerEvent } from '@rialto/sdk';
import { hash32 } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import type { Engine } from '../delivery/engine.ts';
import { WeightedChoice } from './draw.ts';
import { cartProbability, clickProbability } from './truth.ts';
import type { World } from './world.ts';

const DAYS = 28;
const LOOKS = 60;
/** Buyers who pass a listing, of whom one looks, the likelier the more it appeals to him. */
const PASSERS = 12;
const BATCH = 1_000;

export async function importPast(engine: Engine, world: World, startMillis: number): Promise<void> {
  const rng = new Rng(hash32(`${world.seed}/past`));
  let events: BuyerEvent[] = [];
  for (const [row, listing] of world.listings.entries()) {
    for (let look = 0; look < LOOKS; look++) {
      const passers = Array.from({ length: PASSERS }, () => {
        const buyer = world.buyers[rng.below(world.buyers.length)]!;
        const encounter = { buyer, listing, need: listing.category, boughtAt: undefined, at: startMillis, ad: false };
        return { encounter, appeal: clickProbability(encounter) };
      });
      const { encounter } = passers[new WeightedChoice(passers.map(({ appeal }) => appeal)).draw(rng)]!;
      const at = startMillis - 1 - rng.below(DAYS * MILLIS_PER_DAY);
      const about = { buyer: encounter.buyer.id, listing: listing.entity.id, at };
      const id = `past-${row}-${look}`;
      events.push({ id, type: 'view', ...about });
      if (rng.unit() < cartProbability(encounter))
        events.push({ id: `${id}-p`, type: 'purchase', order: id, priceMicros: listing.entity.priceMicros, ...about });
    }
    if (events.length < BATCH) continue;
    await engine.ingest(events, { imported: true });
    events = [];
  }
  await engine.ingest(events, { imported: true });
}
