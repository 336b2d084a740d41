/**
 * How likely each item that a placement showed would have been under other rankers: the log is folded once more as it was, and each of the placement's
 * decisions whose items were drawn is made again with the change, following what was shown place by place. So a probability is given the items
 * above, as the logged propensities are. Models are those that served then, so that none has learned from what it is judged by.
 */
import { RialtoError } from '../base/errors.ts';
import type { DecidedRecord, DecisionRecord } from '../log/record.ts';
import type { FollowedSlate } from '../ranking/draw-slate.ts';
import { ChangedMarket, type RankerChange } from './changed-market.ts';
import { decide } from './decide.ts';
import { inputOf } from './decision-record.ts';
import { LogReplay, type ReplayedLog } from './log-replay.ts';
import type { State } from './state.ts';
import { Workspace } from './workspace.ts';

export interface ReplayInput extends ReplayedLog {
  readonly change: RankerChange;
  readonly placement: string;
}

/** What could have gone to the place of an item that was shown. */
export interface PlaceChances {
  readonly decisionId: string;
  /** What was shown there. */
  readonly shown: string;
  readonly listings: readonly string[];
  readonly chances: Float64Array; // [listings]
  /** What part of them the ranker that served could not have shown there. */
  readonly unsupported: number;
}

/** One for each item of the placement that was drawn, of the last million records. Throws `bad-request` where the placement ranks no listings by a declared ranker. */
export async function* replayChances(input: ReplayInput): AsyncGenerator<PlaceChances> {
  const replay = await LogReplay.open(input);
  const { state } = replay;
  const market = new ChangedMarket(state, input.change);
  const workspace = new Workspace();
  for await (const record of replay.records()) {
    const decided = record.kind === 'decision' ? drawnOn(record, input.placement, state) : undefined;
    if (decided === undefined) continue;
    const page = { record: record as DecisionRecord, decided, state, workspace };
    const then = chancesOf(page);
    const now = market.during(() => chancesOf(page));
    for (const place of now.values()) yield compared(place, then.get(place.shown));
  }
}

/** Undefined where nothing was drawn there, or the page asked for what is not there any more. */
function drawnOn(
  { placements, request }: DecisionRecord,
  placement: string,
  { market }: State,
): DecidedRecord | undefined {
  if (request.placements.some((id) => market.placements.get(id) === undefined)) return undefined;
  return placements.find((one) => one.placement === placement && one.propensities !== undefined);
}

interface Page {
  readonly record: DecisionRecord;
  readonly decided: DecidedRecord;
  readonly state: State;
  readonly workspace: Workspace;
}

type Chances = Omit<PlaceChances, 'unsupported'>;

/** By what was shown, from the top; decided as the market is now. */
function chancesOf({ record, decided, state, workspace }: Page): Map<string, Chances> {
  const { placement, listings, campaigns } = decided;
  const { ids } = state.market.listings;
  const organic = listings.filter((_, i) => (campaigns[i] ?? '') === '');
  const found = new Map<string, Chances>();
  let followed = false;
  const follow: FollowedSlate = {
    listingAt: (place) => (place < organic.length ? ids.find(organic[place]!) : -1),
    told: (place, rows, chances) => {
      const shown = organic[place];
      if (shown === undefined) return;
      const could = rows.map((row) => ids.text(row));
      found.set(shown, { decisionId: record.id, shown, listings: could, chances: chances.slice(0, rows.length) });
    },
  };
  const following = (asked: string): FollowedSlate | undefined => {
    if (asked !== placement) return undefined;
    followed = true;
    return follow;
  };
  const { id, at, request, brownout } = inputOf(record);
  decide(state, { id, at, request, brownout, follow: following }, workspace);
  if (!followed)
    throw new RialtoError(
      'bad-request',
      `with the change, placement ${JSON.stringify(placement)} does not rank listings by a declared ranker: only such a ranker says how likely an item is`,
    );
  return found;
}

function compared(place: Chances, then: Chances | undefined): PlaceChances {
  const could = new Set(then?.listings.filter((_, i) => then.chances[i]! > 0));
  const unsupported = place.listings.reduce((sum, listing, i) => sum + (could.has(listing) ? 0 : place.chances[i]!), 0);
  return { ...place, unsupported };
}
