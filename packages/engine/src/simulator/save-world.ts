/** A generated marketplace saved into an engine: what exists, through the same door as everybody's. */
import type { EntityKind, EntityOf } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { Engine } from '../delivery/engine.ts';
import type { World } from './world.ts';

const BATCH = 1000;
const BY = 'simulator';

/** Saving the same world again changes nothing. Throws `bad-request` where the engine holds another marketplace already. */
export async function saveWorld(engine: Engine, world: World): Promise<void> {
  const { listings } = engine.state.market;
  if (listings.size > 0 && listings.ids.find(world.listings[0].entity.id) < 0) {
    const message = `the data directory holds a marketplace of ${listings.size} listings that the simulator did not make; give it an empty one with --data DIR`;
    throw new RialtoError('bad-request', message, { path: 'data' });
  }
  await saveAll(engine, 'settings', [world.settings]);
  await saveAll(engine, 'shop', world.shops);
  await saveAll(
    engine,
    'listing',
    world.listings.map(({ entity }) => entity),
  );
  await saveAll(engine, 'campaign', world.campaigns);
  await saveAll(engine, 'review', world.reviews);
}

async function saveAll<Kind extends EntityKind>(
  engine: Engine,
  kind: Kind,
  entities: readonly EntityOf[Kind][],
): Promise<void> {
  for (let start = 0; start < entities.length; start += BATCH) {
    const { rejected } = await engine.save(kind, entities.slice(start, start + BATCH), BY);
    if (rejected.length > 0)
      throw new RialtoError(rejected[0].code, `the generated ${kind} was refused: ${rejected[0].message}`);
  }
}
