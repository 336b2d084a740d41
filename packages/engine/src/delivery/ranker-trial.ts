/**
 * What a change of rankers and placements would have changed: the last hours of the log are folded once more, and a sample of their decisions is
 * made twice on the same state, as it was and with the change, both with the models that serve at the end. Latency is what the two took, one after the other, in turns of who goes first.
 *
 * What buyers would have done is not known: the predicted value is what the changed ranker itself expects of what is shown, before and after.
 */
import type { RankerTrial, TrialLatency } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { hashUnit } from '../base/hash.ts';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import type { Log } from '../log/log.ts';
import { ModelParts } from '../log/model-parts.ts';
import type { DecisionRecord, LogRecord, ModelRecord } from '../log/record.ts';
import { serveModel, withdrawModel } from './apply-model.ts';
import { ChangedMarket, patched, type RankerChange } from './changed-market.ts';
import { decide } from './decide.ts';
import type { Decision, DecisionInput } from './decision.ts';
import { inputOf } from './decision-record.ts';
import { LogReplay, type ReplayedLog } from './log-replay.ts';
import { whyRefused } from './references.ts';
import type { State } from './state.ts';
import { TrialTally } from './trial-tally.ts';
import { Workspace } from './workspace.ts';

const SEED = 0x2d1f;

export interface RankerTrialInput extends ReplayedLog {
  readonly change: RankerChange;
  readonly hours: number;
  /** The most decisions to make again. */
  readonly pagesMax: number;
  /** Milliseconds from any beginning. */
  readonly stopwatch: () => number;
}

/** What is wrong with the change, one text for each thing; none where it can be applied. Leaves the rankers in `state`. */
export function problemsOf({ rankers, placements }: RankerChange, state: State): string[] {
  // Rankers of one file may name each other.
  for (const ranker of rankers) state.market.rankers.put(ranker.id, ranker);
  return [
    ...rankers.flatMap((ranker) => {
      const refusal = whyRefused('ranker', ranker, state);
      return refusal === undefined ? [] : [`ranker ${JSON.stringify(ranker.id)}: ${refusal.message}`];
    }),
    ...placements.flatMap((patch) => {
      const refusal = whyNot(patch, state);
      return refusal === undefined ? [] : [`placement ${JSON.stringify(patch.id)}: ${refusal}`];
    }),
  ];
}

function whyNot(patch: RankerChange['placements'][number], state: State): string | undefined {
  try {
    return whyRefused('placement', patched(patch, state), state)?.message;
  } catch (error) {
    if (error instanceof RialtoError) return error.message;
    throw error;
  }
}

/** Throws `no-data` where no decision was made in that time. */
export async function tryRankers(input: RankerTrialInput): Promise<RankerTrial> {
  const { hours } = input;
  const replay = await LogReplay.open(input);
  const { from, to, decisions, models } = await windowOf(input.log, replay, hours);
  if (decisions === 0)
    throw new RialtoError(
      'no-data',
      `no decision was made in the last ${hours} hours of the log: there is nothing to try it on`,
    );
  const served = serveAll(models, replay.state);
  const trial = new Trial(replay.state, input, Math.min(1, input.pagesMax / decisions));
  // What served meanwhile is not what is asked about.
  const wasServed = (record: LogRecord): boolean => record.kind === 'model' && served.has(record.name);
  for await (const record of replay.records(wasServed))
    if (record.kind === 'decision' && record.at >= from) trial.consider(record);
  return trial.result({ from, to, decisions });
}

/** Lets them serve and says which do: an embedding of listings that are not there yet comes when the log has it. */
function serveAll(models: readonly ModelRecord[], state: State): ReadonlySet<string> {
  const served = new Set<string>();
  for (const { name, bytes, change } of models) {
    try {
      if (change?.withdrawn === true) withdrawModel(state, name);
      else serveModel(state, name, bytes);
      served.add(name);
    } catch (error) {
      if (!(error instanceof RialtoError)) throw error;
    }
  }
  return served;
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly decisions: number;
  /** The last to serve under each name, or to be withdrawn. */
  readonly models: ModelRecord[];
}

/** The last hours of the log, how many decisions there are in them, and what models they end with. */
async function windowOf(log: Log, { begin, end }: LogReplay, hours: number): Promise<Window> {
  const times: number[] = [];
  const models = new Map<string, ModelRecord>();
  const parts = new ModelParts();
  for await (const { records } of log.read(0, begin, end)) {
    for (const record of records) {
      if (record.kind === 'decision') times.push(record.at);
      if (record.kind !== 'model') continue;
      for (const one of parts.take(record)) {
        const { status = 'serving', withdrawn = false } = one.change ?? {};
        if (status === 'serving' || withdrawn) models.set(one.name, one);
      }
    }
  }
  const to = times.reduce((latest, at) => Math.max(latest, at), 0);
  const from = to - hours * MILLIS_PER_HOUR;
  return { from, to, decisions: times.filter((at) => at >= from).length, models: [...models.values()] };
}

type Side = 'before' | 'after';

class Trial {
  readonly #state: State;
  readonly #input: RankerTrialInput;
  readonly #share: number;
  readonly #workspaces = { before: new Workspace(), after: new Workspace() };
  readonly #times = { before: [] as number[], after: [] as number[] };
  readonly #tally = new TrialTally();
  readonly #changed: ChangedMarket;
  #pages = 0;

  constructor(state: State, input: RankerTrialInput, share: number) {
    this.#state = state;
    this.#input = input;
    this.#share = share;
    this.#changed = new ChangedMarket(state, input.change);
  }

  consider(record: DecisionRecord): void {
    const { placements } = this.#state.market;
    if (hashUnit(SEED, record.id) >= this.#share) return;
    if (record.request.placements.some((id) => placements.get(id) === undefined)) return;
    const decided: { before?: Decision; after?: Decision } = {};
    // Whoever is second finds the state in the processor's cache.
    for (const side of this.#pages++ % 2 === 0 ? (['before', 'after'] as const) : (['after', 'before'] as const))
      decided[side] = this.#as(side, () => this.#decide(record, side));
    const { before, after } = decided as { before: Decision; after: Decision };
    this.#tally.add(before, after);
    this.#as('after', () => {
      // Left from the page before, where this one's variant may have no declared ranker.
      this.#workspaces.after.valueRanking.ranked = '';
      const watch = (placement: string, { valueRanking }: Workspace): void => {
        if (valueRanking.ranked === placement)
          this.#tally.addValues(placement, before, after, (listing) => valueRanking.valueOf(listing));
      };
      decide(this.#state, askedAgain(record), this.#workspaces.after, { watch });
    });
  }

  #decide(record: DecisionRecord, side: Side): Decision {
    const { stopwatch } = this.#input;
    // What ran out of time then need not with the change.
    const input = side === 'before' ? inputOf(record) : askedAgain(record);
    const begin = stopwatch();
    const decision = decide(this.#state, input, this.#workspaces[side]);
    this.#times[side].push(stopwatch() - begin);
    return decision;
  }

  /** Does the work on the state as it is, or with the change. */
  #as<T>(side: Side, work: () => T): T {
    return side === 'before' ? work() : this.#changed.during(work);
  }

  result(window: { readonly from: number; readonly to: number; readonly decisions: number }): RankerTrial {
    const { ids } = this.#state.market.listings;
    const { before, after } = this.#times;
    return {
      ...window,
      pages: this.#pages,
      placements: this.#tally.placements((listing) => ids.text(listing)),
      latencyMs: { before: quantiles(before), after: quantiles(after) },
    };
  }
}

/** In brief where it was, or what that left out would seem to be the change's doing. */
const askedAgain = (record: DecisionRecord): DecisionInput => {
  const { id, at, request, brownout } = inputOf(record);
  return { id, at, request, brownout };
};

function quantiles(times: readonly number[]): TrialLatency {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const mean = times.reduce((sum, time) => sum + time, 0) / Math.max(1, times.length);
  return { mean, p50: at(0.5), p99: at(0.99) };
}
