/**
 * Training rows for learners elsewhere: every item that a decision showed, and a sample of the candidates that it did not show, with their
 * features as they were known at the decision (a point-in-time join: the state is folded up to the decision and no further), and
 * what the buyer did with them within some days after it. What is not known then cannot be in a feature, whatever the log holds later.
 *
 * The log is read twice: once for what followed the decisions, once to fold it.
 */
import { hashUnit } from '../base/hash.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { applyRecord } from '../delivery/apply.ts';
import { State } from '../delivery/state.ts';
import { Workspace } from '../delivery/workspace.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { cellOf } from '../learning/additive-model.ts';
import type { Log } from '../log/log.ts';
import type { DecisionRecord, EventRecord } from '../log/record.ts';
import { LABELS, type Label, Outcomes } from './outcomes.ts';
import { reconsider } from './reconsider.ts';

export type SetColumnType = 'VARCHAR' | 'INTEGER' | 'BIGINT' | 'TIMESTAMP' | 'BOOLEAN' | 'FLOAT';
export type SetCell = string | number | boolean | undefined;

const FACTS = [
  ['group_id', 'VARCHAR', 'the decision and its placement: rows of one group compete'],
  ['decision_id', 'VARCHAR', ''],
  ['decided_at', 'TIMESTAMP', 'of the decision, UTC'],
  ['placement', 'VARCHAR', ''],
  ['buyer', 'VARCHAR', 'null where not known'],
  ['listing', 'VARCHAR', ''],
  ['shown', 'BOOLEAN', 'false: a candidate that was not shown'],
  ['position', 'INTEGER', 'from 0; null where not shown'],
  ['ad', 'BOOLEAN', 'shown because it was paid for'],
  ['propensity', 'FLOAT', 'of the item at its place, where it was drawn'],
  ['sampled_at', 'FLOAT', 'share of candidates of its kind that are in the file: its inverse is the weight'],
  ['score', 'FLOAT', 'of the ranker that served, log-odds, with what rules add'],
  ['own', 'BOOLEAN', 'the buyer bought it before'],
] as const satisfies readonly (readonly [string, SetColumnType, string])[];

/** Columns of the rows, in their order. */
export const SET_COLUMNS: readonly { readonly name: string; readonly type: SetColumnType }[] = [
  ...FACTS.map(([name, type]) => ({ name, type })),
  ...FEATURE_NAMES.map((name) => ({ name: `f_${name.replaceAll('-', '_')}`, type: 'FLOAT' as const })),
  ...Object.keys(LABELS).map((name) => ({ name: `label_${name}`, type: 'BOOLEAN' as const })),
];

export interface TrainingSetOptions {
  /** Candidates of a decision's placement that were not shown: at most so many. */
  readonly negatives: number;
  /** How long after the decision what a buyer does counts. */
  readonly days: number;
  /** Only the latest. */
  readonly decisionsMax: number;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

/** Calls `add` with each row. Returns how many decisions and rows there were. */
export async function buildTrainingSet(
  log: Log,
  add: (row: readonly SetCell[]) => void,
  options: TrainingSetOptions,
): Promise<{ readonly decisions: number; readonly rows: number }> {
  const { decisionsMax, days, onProgress } = options;
  const end = log.end()[0]!;
  const outcomes = new Outcomes(days * MILLIS_PER_DAY);
  let decisions: DecisionRecord[] = [];
  for await (const { first, records } of log.read(0, 0, end)) {
    for (const record of records) {
      if (record.kind === 'decision') decisions.push(record);
      else if (record.kind === 'event') outcomes.note(record as EventRecord);
    }
    if (decisions.length > 2 * decisionsMax) decisions = decisions.slice(-decisionsMax);
    onProgress?.(first, 2 * end, 'looking for decisions');
  }
  decisions = decisions.slice(-decisionsMax).sort((a, b) => a.stateOffset - b.stateOffset);
  const writer = new RowWriter(outcomes, add, options.negatives);
  const state = new State();
  let next = 0;
  const lookAtThoseHere = (): void => {
    for (; decisions[next]?.stateOffset === state.offset; next++) writer.take(state, decisions[next]!);
  };
  lookAtThoseHere();
  for await (const { records } of log.read(0, 0, end)) {
    if (next === decisions.length) break;
    for (const record of records) {
      applyRecord(state, record);
      lookAtThoseHere();
    }
    onProgress?.(end + state.offset, 2 * end, 'records folded');
  }
  return { decisions: decisions.length, rows: writer.rows };
}

class RowWriter {
  readonly #outcomes: Outcomes;
  readonly #add: (row: readonly SetCell[]) => void;
  readonly #negatives: number;
  readonly #workspace = new Workspace();
  rows = 0;

  constructor(outcomes: Outcomes, add: (row: readonly SetCell[]) => void, negatives: number) {
    this.#outcomes = outcomes;
    this.#add = add;
    this.#negatives = negatives;
  }

  take(state: State, record: DecisionRecord): void {
    const { candidates, matrix } = this.#workspace;
    const { ids } = state.market.listings;
    reconsider(state, record, this.#workspace, ({ decided, placement }) => {
      const { columns, gates } = matrix.whole();
      const { propensities } = decided as { readonly propensities?: readonly number[] };
      const group = `${record.id}/${placement.id}`;
      const places = new Map(decided.listings.map((listing, position) => [ids.find(listing), position]));
      let others = 0;
      for (let i = 0; i < candidates.size; i++) if (this.#competes(i, places)) others++;
      const share = Math.min(1, this.#negatives / Math.max(1, others));
      for (let i = 0; i < candidates.size; i++) {
        const row = candidates.listing[i]!;
        const position = places.get(row);
        const listing = ids.text(row);
        if (position === undefined && !(this.#competes(i, places) && hashUnit(1, `${group}/${listing}`) < share))
          continue;
        const seen = position !== undefined;
        const labels = this.#outcomes.of(record, listing);
        this.#add([
          group,
          record.id,
          record.at,
          placement.id,
          record.request.buyer,
          listing,
          seen,
          position,
          seen && (decided.campaigns[position] ?? '') !== '',
          seen ? propensities?.[position] : undefined,
          seen ? 1 : share,
          candidates.score[i]!,
          gates[i] === 1,
          ...columns.map((column) => cellOf(column, i)),
          ...(Object.keys(LABELS) as Label[]).map((label) => labels.has(label)),
        ]);
        this.rows++;
      }
    });
  }

  #competes(candidate: number, places: ReadonlyMap<number, number>): boolean {
    const { candidates } = this.#workspace;
    return candidates.dropped[candidate] === undefined && !places.has(candidates.listing[candidate]!);
  }
}
