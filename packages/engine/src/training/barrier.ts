/**
 * A point that worker threads wait at for each other, over shared memory. Waiting is busy for a while, as the others mostly come
 * within microseconds, then the thread sleeps.
 */
export type BarrierCells = Int32Array; // [ARRIVED, ROUND, BROKEN]

const ARRIVED = 0;
const ROUND = 1;
const BROKEN = 2;
/** A few tens of microseconds. */
const SPINS = 20_000;

export const newBarrier = (): BarrierCells => new Int32Array(new SharedArrayBuffer(12));

/** Returns when all `members` have called it, in whatever round they are; throws where the barrier was broken. */
export function meetAt(cells: BarrierCells, members: number): void {
  const round = Atomics.load(cells, ROUND);
  if (Atomics.add(cells, ARRIVED, 1) + 1 === members) {
    Atomics.store(cells, ARRIVED, 0);
    Atomics.add(cells, ROUND, 1);
    Atomics.notify(cells, ROUND);
    return;
  }
  for (let spin = 0; spin < SPINS && Atomics.load(cells, ROUND) === round; spin++);
  while (Atomics.load(cells, ROUND) === round) Atomics.wait(cells, ROUND, round);
  requireWhole(cells);
}

/** Lets everybody go who waits, or would, with an error: a member has failed. */
export function breakBarrier(cells: BarrierCells): void {
  Atomics.store(cells, BROKEN, 1);
  Atomics.add(cells, ROUND, 1);
  Atomics.notify(cells, ROUND);
}

function requireWhole(cells: BarrierCells): void {
  if (Atomics.load(cells, BROKEN) !== 0) throw new Error('another thread of the same work has failed');
}
