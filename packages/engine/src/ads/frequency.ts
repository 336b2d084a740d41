/**
 * How often each viewer has seen each campaign with a frequency cap: impressions that a good token stands behind, each token
 * once, with their times to the millisecond. So "at most n in h hours" is exact over the sliding window.
 *
 * Impressions are kept by UTC day and by how long they will be asked for: a cap of up to a day, a week or thirty days. A day's
 * impressions are forgotten as a whole once no window reaches them, so memory is bounded by what capped campaigns show
 * within their own windows: about 60 bytes an impression. A cap that is widened beyond a day or a week counts what was seen
 * under the narrower one as long as that is remembered.
 *
 * A viewer and a campaign are known by 62 bits of hash; of n living pairs two share them with a chance of n² / 2^63, and then
 * somebody sees an ad less.
 */
import { type Hash64, hash64, hashPair } from '../base/hash.ts';
import { IntLists } from '../base/int-lists.ts';
import { PairIndex } from '../base/pair-index.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { dayOf, MILLIS_PER_DAY, MILLIS_PER_HOUR, type Millis } from '../base/units.ts';
import type { AdClaims } from './token.ts';
import { UsedTokens } from './used-tokens.ts';

/** How many days back a generation is asked for. */
const SPANS = [1, 7, 30] as const;
const NON_NEGATIVE = 0x7fffffff;
const hash: Hash64 = { high: 0, low: 0 };

/** Of one UTC day, by pair: milliseconds since midnight. */
interface Generation {
  readonly day: number;
  readonly span: number;
  readonly pairs: PairIndex;
  readonly times: IntLists;
}

export interface Cap {
  readonly impressions: number;
  readonly hours: number;
}

export interface SeenAd {
  readonly claims: AdClaims;
  /** Row of the campaign. */
  readonly campaign: number;
  /** Of the campaign, as it is now. */
  readonly capHours: number;
  /** By `buyerKey`. */
  readonly viewer: string;
  readonly at: Millis;
}

export class Frequency implements Part {
  /** In the order in which they began. */
  #generations: Generation[] = [];
  readonly #counted = new UsedTokens();
  #today = 0;

  /** Living impressions. */
  get size(): number {
    let size = 0;
    for (const { times } of this.#generations) for (let row = 0; row < times.rows; row++) size += times.lengths[row]!;
    return size;
  }

  /** Counts an impression of a campaign that has a cap; once for each token, and not of one that has expired. */
  count({ claims, campaign, capHours, viewer, at }: SeenAd): void {
    this.#advance(at);
    if (at >= claims.expiresAt) return;
    if (this.#counted.has(claims, 'view')) return;
    this.#counted.use(claims, 'view');
    const { pairs, times } = this.#generation(dayOf(at), spanOf(capHours));
    const { high, low } = pairOf(viewer, campaign);
    let row = pairs.find(high, low);
    if (row < 0) {
      row = times.rows;
      times.reserve(row + 1);
      pairs.add(high, low, row);
    }
    times.push(row, at % MILLIS_PER_DAY);
  }

  #generation(day: number, span: number): Generation {
    const known = this.#generations.find((one) => one.day === day && one.span === span);
    if (known !== undefined) return known;
    const made = { day, span, pairs: new PairIndex(), times: new IntLists() };
    this.#generations.push(made);
    return made;
  }

  /** Forgets what no window reaches any more. Days never go back. */
  #advance(at: Millis): void {
    const today = dayOf(at);
    if (today <= this.#today) return;
    this.#today = today;
    this.#generations = this.#generations.filter(({ day, span }) => day + span >= today);
    this.#counted.forgetExpired(at);
  }

  /** Whether the viewer has had all the impressions of the campaign that the cap allows in the hours before `at`. */
  capped(viewer: string, campaign: number, cap: Cap, at: Millis): boolean {
    if (this.#generations.length === 0) return false;
    const since = at - cap.hours * MILLIS_PER_HOUR;
    const { high, low } = pairOf(viewer, campaign);
    let seen = 0;
    for (const { day, pairs, times } of this.#generations) {
      if ((day + 1) * MILLIS_PER_DAY <= since) continue;
      const row = pairs.find(high, low);
      if (row < 0) continue;
      for (const time of times.view(row)) if (day * MILLIS_PER_DAY + time > since) seen++;
      if (seen >= cap.impressions) return true;
    }
    return false;
  }

  save(out: SnapshotWriter): void {
    out.json(
      'frequency.generations',
      this.#generations.map(({ day, span }) => [day, span]),
    );
    out.json('frequency.today', this.#today);
    for (const { day, span, pairs, times } of this.#generations) {
      pairs.save(out, `frequency.${day}.${span}.pairs`);
      times.save(out, `frequency.${day}.${span}.times`);
    }
    this.#counted.save(out, 'frequency.counted');
  }

  load(from: SnapshotReader): void {
    this.#today = from.json<number>('frequency.today');
    for (const [day, span] of from.json<[number, number][]>('frequency.generations')) {
      const { pairs, times } = this.#generation(day, span);
      pairs.load(from, `frequency.${day}.${span}.pairs`);
      times.load(from, `frequency.${day}.${span}.times`);
    }
    this.#counted.load(from, 'frequency.counted');
  }
}

const spanOf = (hours: number): number => SPANS.find((days) => 24 * days >= hours) ?? SPANS[SPANS.length - 1]!;

function pairOf(viewer: string, campaign: number): Hash64 {
  hash64(viewer, hash);
  hash.high = hashPair(hash.high, campaign) & NON_NEGATIVE;
  hash.low = hashPair(hash.low, ~campaign) & NON_NEGATIVE;
  return hash;
}
