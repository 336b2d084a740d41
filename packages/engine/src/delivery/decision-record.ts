/** A decision as the log keeps it, and its id: where the state stood and a part that nobody guesses. */
import { RialtoError } from '../base/errors.ts';
import { millis } from '../base/units.ts';
import type { DecidedRecord, DecisionRecord } from '../log/record.ts';
import type { Decision, DecisionInput } from './decision.ts';
import type { State } from './state.ts';

export function decisionIdOf(stateOffset: number, nonce: string): string {
  return `${stateOffset.toString(36)}-${nonce}`;
}

/** Throws `not-found` on an id that is no decision's. */
export function stateOffsetOf(decisionId: string): number {
  const match = /^([0-9a-z]{1,11})-./.exec(decisionId);
  if (!match) throw new RialtoError('not-found', `${JSON.stringify(decisionId)} is not the id of a decision`);
  return Number.parseInt(match[1]!, 36);
}

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };

/** What a decision was made from, to make it again. */
export function inputOf({ id, at, request, placements, brownout }: DecisionRecord): DecisionInput {
  const late = placements.filter((decided) => decided.late === true).map(({ placement }) => placement);
  const outOfTime = late.length === 0 ? undefined : (placement: string): boolean => late.includes(placement);
  return { id, at: millis(at), request, outOfTime, brownout };
}

/** What the log keeps: the request and what was shown. Everything else follows from the state at `stateOffset`. */
export function recordOf(
  { id, at, request, brownout }: DecisionInput,
  state: State,
  decision: Decision,
): DecisionRecord {
  const { ids } = state.market.listings;
  const placements = decision.placements.map(
    ({ placement, items, signals, things, propensities, late, interleaved }) => {
      const decided: Writable<DecidedRecord> = {
        placement,
        listings: items.map((item) => ids.text(item.listing)),
        campaigns: items.map((item) => item.campaign),
        pricesMicros: items.map((item) => item.priceMicros),
      };
      if (things !== undefined) decided.things = things.map(({ kind, id, score }) => ({ kind, id, score }));
      if (propensities !== undefined) decided.propensities = propensities;
      if (late !== undefined) decided.late = late;
      if (signals !== undefined)
        decided.signals = signals.map(({ listing, claim }) => ({ listing: ids.text(listing), ...claim }));
      if (interleaved !== undefined) decided.interleaved = interleaved;
      return decided;
    },
  );
  const record: Writable<DecisionRecord> = { kind: 'decision', at, id, stateOffset: state.offset, request, placements };
  // Not spread into a larger object: V8 would make a new hidden class each time.
  if (decision.exposures.length > 0) record.exposures = decision.exposures;
  if (brownout === true) record.brownout = true;
  return record;
}
