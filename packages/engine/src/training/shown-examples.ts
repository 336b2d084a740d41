/**
 * Training rows of what buyers were shown: logged decisions made again on the state that made them, with the features that every candidate had then, and
 * what became of the items that were shown. An event belongs to the item whose token it carries, or else to the item that the same buyer was shown
 * last within a day. Where the log has impressions, only items that were seen count.
 */
import { float32Column, int32Column, uint8Column } from '../base/column.ts';
import { hashUnit } from '../base/hash.ts';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { decide } from '../delivery/decide.ts';
import { inputOf } from '../delivery/decision-record.ts';
import type { State } from '../delivery/state.ts';
import { Workspace } from '../delivery/workspace.ts';
import { FEATURES } from '../features/catalogue.ts';
import { Identities, pageValues } from '../features/identities.ts';
import type { ShownExamples } from '../learning/action-trainer.ts';
import { cellOf } from '../learning/additive-model.ts';
import type { DecidedRecord, DecisionRecord, EventRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import { ACTION_COLUMNS } from '../ranking/action-heads.ts';
import { ACTIONS, type Action } from '../ranking/value-expression.ts';

const SEED = 0x51ab;
const WINDOW_MS = MILLIS_PER_DAY;
const ACTION_OF: Readonly<Partial<Record<EventRecord['event']['type'], Action>>> = {
  click: 'click',
  'cart-add': 'cart',
  purchase: 'purchase',
  hide: 'hide',
};
const bitOf = (action: Action): number => 1 << ACTIONS.indexOf(action);

export class CollectedExamples {
  /** Of the decisions, so many are made again. */
  readonly #share: number;
  readonly #workspace = new Workspace();
  readonly #values = float32Column();
  readonly #identities = new Identities();
  /** By ACTION_COLUMNS. [rows × identities] */
  readonly #identityValues = int32Column();
  readonly #gates = uint8Column();
  readonly #placements = int32Column();
  readonly #positions = int32Column();
  readonly #pages = int32Column();
  /** One bit an action. */
  readonly #labels = uint8Column();
  readonly #seen = uint8Column();
  readonly #times: number[] = [];
  readonly #placementNames = new Map<string, number>();
  readonly #rowOfItem = new Map<string, number>();
  readonly #rowOfViewer = new Map<string, number>();
  #impressions = 0;
  #page = 0;
  decisions = 0;

  constructor(share: number) {
    this.#share = share;
  }

  /** Before the record is applied. */
  decided(state: State, record: DecisionRecord): void {
    if (hashUnit(SEED, record.id) >= this.#share) return;
    if (record.request.placements.some((id) => state.market.placements.get(id) === undefined)) return;
    this.decisions++;
    const watch = (placement: string): void => {
      const shown = record.placements.find((decided) => decided.placement === placement);
      if (shown !== undefined && shown.late !== true) this.#addShown(state, record, shown);
    };
    decide(state, inputOf(record), this.#workspace, { watch });
  }

  #addShown({ market }: State, { id, at, request }: DecisionRecord, { placement, listings }: DecidedRecord): void {
    const { candidates, matrix } = this.#workspace;
    if (matrix.input === undefined) return;
    const whole = matrix.whole();
    this.#identities.fill(matrix.input);
    const onPage = pageValues(placement, request.context?.device);
    const viewer = buyerKey(request);
    const name = this.#placementNames.get(placement) ?? this.#placementNames.size;
    this.#placementNames.set(placement, name);
    const page = this.#page++;
    listings.forEach((listing, position) => {
      const candidate = candidates.find(market.listings.ids.find(listing));
      if (candidate < 0) return;
      const row = this.#labels.length;
      const cells = this.#values.extend(FEATURES.length);
      for (let feature = 0; feature < FEATURES.length; feature++)
        this.#values.data[cells + feature] = cellOf(whole.columns[feature]!, candidate);
      for (const values of this.#identities.candidates) this.#identityValues.push(values[candidate]!);
      for (const values of this.#identities.request) this.#identityValues.push(values[0]!);
      for (const value of onPage) this.#identityValues.push(value);
      this.#gates.push(whole.gates[candidate]!);
      this.#placements.push(name);
      this.#positions.push(position);
      this.#pages.push(page);
      this.#labels.push(0);
      this.#seen.push(0);
      this.#times.push(at);
      this.#rowOfItem.set(itemKey({ decisionId: id, placement, listing }), row);
      if (viewer !== undefined) this.#rowOfViewer.set(viewerKey(viewer, listing), row);
    });
  }

  happened({ event, claims }: EventRecord): void {
    if (event.bot === true) return;
    if (event.type === 'impression') this.#impressions += claims === undefined ? 0 : 1;
    const action = ACTION_OF[event.type];
    const row = this.#rowOf(event, claims);
    if (row === undefined) return;
    if (event.type === 'impression' || event.type === 'click') this.#seen.data[row] = 1;
    if (action !== undefined) this.#labels.data[row]! |= bitOf(action);
  }

  #rowOf(event: EventRecord['event'], claims: EventRecord['claims']): number | undefined {
    if (claims !== undefined) return this.#rowOfItem.get(itemKey(claims));
    const viewer = buyerKey(event);
    if (viewer === undefined || event.listing === undefined) return undefined;
    const row = this.#rowOfViewer.get(viewerKey(viewer, event.listing));
    if (row === undefined) return undefined;
    // What comes late may have happened before the page was there.
    const since = event.at - this.#times[row]!;
    return since >= 0 && since <= WINDOW_MS ? row : undefined;
  }

  /** What was seen for long enough for everything to have happened, and of each action whether it did. */
  examples(end: number): { readonly examples: ShownExamples; readonly labels: ReadonlyMap<Action, Uint8Array> } {
    const young = (this.#times.at(-1) ?? 0) - (this.#times[0] ?? 0) < 4 * WINDOW_MS;
    const kept = Int32Array.from({ length: this.#labels.length }, (_, row) => row).filter((row) => {
      const seen = this.#impressions === 0 || this.#seen.data[row] === 1 || this.#labels.data[row] !== 0;
      return seen && (young || this.#times[row]! <= end - WINDOW_MS);
    });
    const width = FEATURES.length;
    const values = new Float32Array(kept.length * width);
    kept.forEach((row, i) => {
      values.set(this.#values.data.subarray(row * width, (row + 1) * width), i * width);
    });
    const { identityNames } = ACTION_COLUMNS;
    const identities = new Int32Array(kept.length * identityNames.length);
    kept.forEach((row, i) => {
      const from = row * identityNames.length;
      identities.set(this.#identityValues.data.subarray(from, from + identityNames.length), i * identityNames.length);
    });
    const examples = {
      ...ACTION_COLUMNS,
      values,
      identities,
      gates: Uint8Array.from(kept, (row) => this.#gates.data[row]!),
      placements: kept.map((row) => this.#placements.data[row]!),
      positions: kept.map((row) => this.#positions.data[row]!),
      placementNames: [...this.#placementNames.keys()],
      pages: kept.map((row) => this.#pages.data[row]!),
    };
    const labelsOf = (action: Action) =>
      Uint8Array.from(kept, (row) => (this.#labels.data[row]! & bitOf(action) ? 1 : 0));
    return { examples, labels: new Map(ACTIONS.map((action) => [action, labelsOf(action)])) };
  }
}

const itemKey = (item: { readonly decisionId: string; readonly placement: string; readonly listing: string }): string =>
  `${item.decisionId}\n${item.placement}\n${item.listing}`;
const viewerKey = (viewer: string, listing: string): string => `${viewer}\n${listing}`;
