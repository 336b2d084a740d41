/**
 * Who would have seen an ad, whether or not an experiment kept it away: the log is folded once more, and the pages of both arms are decided again from
 * their states as if there were no such experiment. A buyer (or session) is reached by the first page that then shows an ad; what came in the days
 * from there on is counted. The two arms are measured alike, and nothing has to be run or kept while the page waits.
 *
 * Where the ads of one arm use up a budget, the other would have found it used up as well.
 */
import type { Experiment } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import type { DecisionRecord, EventRecord } from '../log/record.ts';
import { decide } from './decide.ts';
import { inputOf } from './decision-record.ts';
import { LogReplay, type ReplayedLog } from './log-replay.ts';
import type { State } from './state.ts';
import { Workspace } from './workspace.ts';

export interface GhostInput extends ReplayedLog {
  readonly experiment: Experiment;
  /** Only ads of this campaign; any where absent. */
  readonly campaign?: string | undefined;
  /** Days from the first such page on that count. */
  readonly windowDays: number;
}

export interface GhostUnit {
  readonly variant: string;
  /** When a page first would have had the ad; undefined where none would. */
  since: number | undefined;
  orders: number;
  /** In micros. */
  revenue: number;
}

export interface GhostUnits {
  /** In one variant all the time. */
  readonly units: readonly GhostUnit[];
  /** Met two variants: left out. */
  readonly inTwo: number;
}

/** Of the last million records. Throws `bad-request` for experiments that are not dealt by buyer or session. */
export async function ghostUnits(input: GhostInput): Promise<GhostUnits> {
  const { experiment, campaign, windowDays } = input;
  const { id, unit } = experiment;
  if (unit !== 'buyer' && unit !== 'session')
    throw new RialtoError(
      'bad-request',
      `experiment ${JSON.stringify(id)} is dealt by ${unit}: ghost ads are of buyers or sessions that see ads or not`,
    );
  const replay = await LogReplay.open(input);
  const ghosts = new Ghosts(replay.state, { id, campaign, unit, windowMs: windowDays * MILLIS_PER_DAY });
  for await (const record of replay.records()) {
    if (record.kind === 'decision') ghosts.consider(record);
    if (record.kind === 'event') ghosts.count(record);
  }
  return ghosts.result();
}

interface Asked {
  readonly id: string;
  readonly campaign: string | undefined;
  readonly unit: 'buyer' | 'session';
  readonly windowMs: number;
}

class Ghosts {
  readonly #state: State;
  readonly #asked: Asked;
  readonly #workspace = new Workspace();
  readonly #units = new Map<string, GhostUnit>();
  readonly #inTwo = new Set<string>();
  /** Several lines may be of one order. */
  readonly #orders = new Set<string>();

  constructor(state: State, asked: Asked) {
    this.#state = state;
    this.#asked = asked;
  }

  consider(record: DecisionRecord): void {
    const met = record.exposures?.find(({ experiment }) => experiment === this.#asked.id);
    if (met === undefined) return;
    let unit = this.#units.get(met.unit);
    if (unit === undefined) {
      unit = { variant: met.variant, since: undefined, orders: 0, revenue: 0 };
      this.#units.set(met.unit, unit);
    }
    if (unit.variant !== met.variant) this.#inTwo.add(met.unit);
    if (unit.since === undefined && this.#wouldShow(record)) unit.since = record.at;
  }

  #wouldShow(record: DecisionRecord): boolean {
    const { market, experiments } = this.#state;
    if (record.request.placements.some((id) => market.placements.get(id) === undefined)) return false;
    const { campaign } = this.#asked;
    const { placements } = experiments.without(this.#asked.id, () =>
      decide(this.#state, inputOf(record), this.#workspace),
    );
    return placements.some(({ items }) =>
      items.some((item) => (campaign === undefined ? item.campaign !== '' : item.campaign === campaign)),
    );
  }

  /** What was bought. */
  count({ event }: EventRecord): void {
    if (event.type !== 'purchase' || event.bot === true) return;
    const unit = this.#units.get(event[this.#asked.unit] ?? '');
    if (unit?.since === undefined || event.at === undefined) return;
    if (event.at < unit.since || event.at >= unit.since + this.#asked.windowMs) return;
    const { ids, priceMicros } = this.#state.market.listings;
    const row = event.listing === undefined ? -1 : ids.find(event.listing);
    unit.revenue += (event.quantity ?? 1) * (event.priceMicros ?? (row < 0 ? 0 : priceMicros.data[row]!));
    const order = event.order ?? event.id;
    if (this.#orders.has(order)) return;
    this.#orders.add(order);
    unit.orders++;
  }

  result(): GhostUnits {
    const kept = [...this.#units].filter(([id]) => !this.#inTwo.has(id));
    return { units: kept.map(([, unit]) => unit), inTwo: this.#inTwo.size };
  }
}
