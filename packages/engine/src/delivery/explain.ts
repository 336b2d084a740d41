/**
 * Why a decision came out as it did: the state at that decision is built again, the request is decided again with a trace,
 * and the outcome is compared with what was shown then.
 */

import { isDeepStrictEqual } from 'node:util';
import type { DecisionExplanation } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import type { DecisionRecord } from '../log/record.ts';
import { decide } from './decide.ts';
import { inputOf, recordOf, stateOffsetOf } from './decision-record.ts';
import { rebuild } from './rebuild.ts';
import type { State } from './state.ts';
import { Trace } from './trace.ts';
import { Workspace } from './workspace.ts';

/** A decision's record follows the state that it was made with by no more than what can wait to be written. */
const RECORDS_BETWEEN_MAX = 1_000_000;

export async function explainDecision(
  source: { readonly log: Log; readonly checkpoints?: CheckpointStore },
  decisionId: string,
): Promise<DecisionExplanation> {
  const record = await findDecision(source.log, decisionId);
  const state = await rebuild({ ...source, offset: record.stateOffset });
  const trace = new Trace();
  const late = new Set(record.placements.filter((decided) => decided.late).map(({ placement }) => placement));
  return {
    decisionId,
    at: record.at,
    stateOffset: record.stateOffset,
    request: record.request,
    ...(record.brownout && { brownout: true as const }),
    identical: decideAgain(state, record, new Workspace(), trace),
    experiments: trace.experiments,
    placements: trace.placements.map((explained) =>
      late.has(explained.placement) ? { ...explained, late: true } : explained,
    ),
  };
}

/** Makes the decision of a record again and says whether it comes out the same. `state` is the one at `record.stateOffset`. */
export function decideAgain(state: State, record: DecisionRecord, workspace: Workspace, trace?: Trace): boolean {
  const input = inputOf(record);
  return isDeepStrictEqual(recordOf(input, state, decide(state, input, workspace, { trace })), record);
}

async function findDecision(log: Log, decisionId: string): Promise<DecisionRecord> {
  const from = stateOffsetOf(decisionId);
  const end = Math.min(log.end()[0]!, from + RECORDS_BETWEEN_MAX);
  if (from < end) {
    for await (const { records } of log.read(0, from, end)) {
      for (const record of records) if (record.kind === 'decision' && record.id === decisionId) return record;
    }
  }
  throw new RialtoError('not-found', `the log holds no decision ${JSON.stringify(decisionId)}`);
}
