/**
 * Which thread goes first where cores are few: the one that decides. On Linux each thread has a priority of its own; elsewhere it
 * belongs to the whole process, and nothing is done.
 *
 * The garbage collector marks in threads that run from the start of the process. On a core that decisions share with them, they
 * would take half of it for as long as they mark, and requests would pile up; at a low priority they use what decisions leave.
 */
import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const { PRIORITY_BELOW_NORMAL } = constants.priority;
const THREADS = '/proc/self/task';

/** For a worker thread: a tenth of a core that decisions keep busy, so that a checkpoint is finished there, too. */
export function giveWay(): void {
  if (process.platform === 'linux') setPriority(PRIORITY_BELOW_NORMAL);
}

/** For the thread that decides, once and early: those that run already come after it. Later ones are as they are made. */
export function goFirst(): void {
  if (process.platform !== 'linux') return;
  try {
    for (const thread of readdirSync(THREADS))
      if (Number(thread) !== process.pid) setPriority(Number(thread), PRIORITY_BELOW_NORMAL);
  } catch {
    // Without /proc, or where a thread has just ended: it is as fast as it was.
  }
}
