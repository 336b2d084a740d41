/** A logged decision's candidates once more, with their features and scores as they were, for whoever looks at them afterwards. */
import type { Placement } from '@rialto/sdk';
import { millis } from '../base/units.ts';
import { assignPage } from '../delivery/assign-page.ts';
import { considerCandidates, openPage } from '../delivery/decide.ts';
import type { State } from '../delivery/state.ts';
import type { Workspace } from '../delivery/workspace.ts';
import { type Moment, resolveMoment } from '../features/moment.ts';
import type { DecidedRecord, DecisionRecord } from '../log/record.ts';

export interface Reconsidered {
  readonly decided: DecidedRecord;
  readonly placement: Placement;
  readonly moment: Moment;
}

/**
 * `state`: the one at `record.stateOffset`. Calls `look` for each placement of listings, with its candidates in `workspace`. What is gone
 * since, because the log was changed by hand, is left out.
 */
export function reconsider(
  state: State,
  record: DecisionRecord,
  workspace: Workspace,
  look: (placement: Reconsidered) => void,
): void {
  const { request, at, id, brownout } = record;
  const { market, experiments } = state;
  const { changed } = assignPage({ market, experiments, request, at: millis(at) }, workspace.changed);
  const moment = resolveMoment(request, millis(at), state.signals.lastEventAt, market, brownout);
  openPage(workspace, { state, request, moment });
  const input = { id, at: millis(at), request };
  const excluded = new Set((request.exclude ?? []).map((listing) => market.listings.ids.find(listing)));
  const shown = new Set<number>();
  for (const decided of record.placements) {
    const placement = changed.get(decided.placement) ?? market.placements.get(decided.placement);
    if (placement === undefined || placement.ranks === 'signals') continue;
    considerCandidates({ state, input, workspace, moment, excluded, shown }, placement);
    look({ decided, placement, moment });
    for (const listing of decided.listings) shown.add(market.listings.ids.find(listing));
  }
}
