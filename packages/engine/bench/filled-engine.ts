/** An engine in this process, on a log that forgets, filled with a generated marketplace. */
import { ManualClock } from '../src/base/clock.ts';
import { millis } from '../src/base/units.ts';
import { Engine } from '../src/delivery/engine.ts';
import { ForgetfulLog } from '../src/simulator/forgetful-log.ts';
import type { Marketplace } from './marketplace.ts';

const SECRET = new Uint8Array(32).fill(7);

export async function fillEngine(marketplace: Marketplace): Promise<Engine> {
  const log = new ForgetfulLog();
  let decisions = 0;
  const engine = await Engine.open({
    log,
    clock: new ManualClock(millis(marketplace.size.endsAt)),
    nonce: () => `bench-${decisions++}`,
    tokenSecret: SECRET,
  });
  for (const record of marketplace.records()) log.take([record]);
  return engine;
}
