/** The process of `stall-watch.ts`: watches until it is asked, then says what it saw. It imports next to nothing, so as to be there at once. */
import { setImmediate as turn } from 'node:timers/promises';
import { monotonicMs } from './figures.ts';
import type { Stall } from './stall-watch.ts';

/** Of a busy core a waking takes some 40 µs: every millisecond they took a twentieth of what was measured. */
const PERIOD_MS = 5;
/** Late by less is what waking takes. */
const STALL_MS = 2;
const WAKES_A_TURN = 100;

const stalls: Stall[] = [];
const never = new Int32Array(new SharedArrayBuffer(4));
let asked = false;
process.once('message', () => {
  asked = true;
});
process.send!('watching');
while (!asked && process.connected) {
  for (let i = 0; i < WAKES_A_TURN; i++) {
    const due = monotonicMs() + PERIOD_MS;
    Atomics.wait(never, 0, 0, PERIOD_MS);
    const to = monotonicMs();
    if (to - due > STALL_MS) stalls.push({ from: due, to });
  }
  await turn();
}
if (process.connected) process.send!(stalls, () => process.disconnect());
