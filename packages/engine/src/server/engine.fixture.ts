/** For tests: the real engine on a memory log with a standing clock, and a marketplace of three listings. */
import type { BuyerEvent, Listing } from '@rialto/sdk';
import { ManualClock } from '../base/clock.ts';
import { millis } from '../base/units.ts';
import { Engine } from '../delivery/engine.ts';
import type { Log } from '../log/log.ts';
import { MemoryLog } from '../log/memory-log.ts';

export const NOW = 1_750_000_000_000;

export const LISTINGS: readonly Listing[] = [
  { id: 'cup', title: 'A blue cup', priceMicros: 12_500_000, shop: 'potter', category: 'Home > Kitchen' },
  { id: 'bowl', title: 'A blue bowl', priceMicros: 19_990_000, shop: 'potter', category: 'Home > Kitchen' },
  { id: 'scarf', title: 'A red scarf', priceMicros: 25_000_000, shop: 'weaver', category: 'Clothes' },
];

export async function openTestEngine(log: Log = new MemoryLog()): Promise<Engine> {
  let count = 0;
  const engine = await Engine.open({
    log,
    clock: new ManualClock(millis(NOW)),
    tokenSecret: new Uint8Array(32).fill(7),
    nonce: () => `n${count++}`,
  });
  await engine.save(
    'shop',
    [
      { id: 'potter', name: 'The Potter' },
      { id: 'weaver', name: 'The Weaver' },
    ],
    'test',
  );
  await engine.save('listing', LISTINGS, 'test');
  return engine;
}

/** The events of a log, as they were kept. */
export async function eventsOf(log: Log): Promise<BuyerEvent[]> {
  const events: BuyerEvent[] = [];
  for await (const { records } of log.read(0, 0)) {
    for (const record of records) if (record.kind === 'event') events.push(record.event);
  }
  return events;
}
