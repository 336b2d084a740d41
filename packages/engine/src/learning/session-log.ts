/**
 * Sessions as they come: who clicked what after what, in growing columns. Each click knows the click before it on the same
 * item, so that walking from an item's latest click meets its sessions newest first, and a session that has just ended is
 * found by the next question.
 */
import type { ModelFile } from './model-file.ts';

const DECAYS_MAX = 20;
const START = 1024;

export class SessionLog {
  readonly itemCount: number;
  /** Of each click. [clicks] */
  items = new Int32Array(START);
  sessions = new Int32Array(START); // [clicks]
  /** The click before on the same item, or -1. [clicks] */
  before = new Int32Array(START);
  /** Of each session: its first click; the next one's is its end. [sessions + 1] */
  starts = new Int32Array(START);
  /** When it ended, in any unit. [sessions] */
  times = new Float64Array(START);
  /** The latest click on each item, or -1. [items] */
  readonly latest: Int32Array;
  /** Clicks on each item. [items] */
  readonly counts: Int32Array;
  clickCount = 0;
  sessionCount = 0;
  /** When the session that ended last did. */
  last = Number.NEGATIVE_INFINITY;

  constructor(itemCount: number) {
    this.itemCount = itemCount;
    this.latest = new Int32Array(itemCount).fill(-1);
    this.counts = new Int32Array(itemCount);
  }

  /** Clicks in order; those on items that are not known are passed over. */
  add(clicks: Int32Array, time: number): void {
    const session = this.sessionCount++;
    if (this.sessionCount >= this.starts.length) {
      this.starts = grown(this.starts);
      this.times = grownFloats(this.times);
    }
    this.times[session] = time;
    this.last = Math.max(this.last, time);
    for (const item of clicks) {
      if (item < 0 || item >= this.itemCount) continue;
      if (this.clickCount === this.items.length) {
        this.items = grown(this.items);
        this.sessions = grown(this.sessions);
        this.before = grown(this.before);
      }
      const click = this.clickCount++;
      this.items[click] = item;
      this.sessions[click] = session;
      this.before[click] = this.latest[item]!;
      this.latest[item] = click;
      this.counts[item]!++;
    }
    this.starts[session + 1] = this.clickCount;
  }

  /**
   * The moment to count ages from, in units of time by which a weight falls to 1/e. Long after the last session all weights are small alike;
   * they must not become 0, for then they say nothing.
   */
  ageFrom(at: number, decay: number): number {
    return Math.min(at, this.last + DECAYS_MAX * decay);
  }

  /** From the first session's end to the last one's; 1 where that is no time at all. */
  span(): number {
    if (this.sessionCount === 0) return 1;
    let first = this.times[0]!;
    let last = first;
    for (let session = 1; session < this.sessionCount; session++) {
      first = Math.min(first, this.times[session]!);
      last = Math.max(last, this.times[session]!);
    }
    return last > first ? last - first : 1;
  }

  arrays(): ModelFile['arrays'] {
    return {
      items: this.items.slice(0, this.clickCount),
      starts: this.starts.slice(0, this.sessionCount + 1),
      times: this.times.slice(0, this.sessionCount),
    };
  }

  static from(itemCount: number, arrays: ModelFile['arrays']): SessionLog {
    const log = new SessionLog(itemCount);
    const [items, starts, times] = [arrays['items'], arrays['starts'], arrays['times']] as Int32Array[];
    for (let session = 0; session < times!.length; session++)
      log.add(items!.subarray(starts![session]!, starts![session + 1]!), times![session]!);
    return log;
  }
}

function grown(column: Int32Array): Int32Array<ArrayBuffer> {
  const out = new Int32Array(2 * column.length);
  out.set(column);
  return out;
}

function grownFloats(column: Float64Array): Float64Array<ArrayBuffer> {
  const out = new Float64Array(2 * column.length);
  out.set(column);
  return out;
}
