/**
 * What a choice of recommender may try, from the data's form: how many hold-outs of how many buyers, which kinds, and how much
 * work in all. Every kind is tried once, the cheapest first, while the budget lasts; what is left is for the settings of those
 * that a blend trusts. A kind whose single fit takes too long is left out, and of EASE and the neighbourhood ridge, which say
 * nearly the same, the dearer one. Of large data a sample of the buyers is tried on; what is chosen is fitted on all of them.
 */
import { RECOMMENDER_KINDS, type RecommenderKind, type RecommenderOptions } from '../learning/recommender-kinds.ts';
import { rowSize, type SparseMatrix } from '../learning/sparse-matrix.ts';
import type { HoldOutOptions } from './hold-out.ts';
import { type DataForm, formOf, type TrialCost, trialCost } from './trial-costs.ts';

export interface PlannedSearch {
  readonly kind: RecommenderKind;
  readonly start: RecommenderOptions;
  /** Of one try with the options; as are the budget's, in nanoseconds of an ordinary core. */
  costOf(options: RecommenderOptions): number;
}

export interface SearchPlan {
  /** The first `triedOn` are what settings are tried on; a blend is learned on all. */
  readonly holdOuts: readonly HoldOutOptions[];
  readonly triedOn: number;
  readonly searches: readonly PlannedSearch[];
  /** For the climbs, when each search has had its first try. */
  readonly budget: number;
  /** The catalogue is too large for a look at every item for every buyer: only graphs of items and of buyers are tried. */
  readonly sparse: boolean;
}

const HOLD_OUT_SHARE = 0.1;
/** Interactions held out, over all hold-outs, that tell two settings apart, and that a blend is learned from. */
const HELD_OUT_WANTED = { tried: 6000, blended: 20_000 };
/** Even, so that two threads have the same to do. */
const HOLD_OUTS = [2, 4, 6] as const;
/** Scores of one try: buyers of whom something is held out × items. */
const CELLS_MAX = 40_000_000;
const BUYERS_MIN = 3000;

/** For all tries: so much for `BUDGET_PAIRS` interactions, up to `BUDGET_GROWTH` times that for more. */
const BUDGET = 8e9;
const BUDGET_PAIRS = 100_000;
const BUDGET_GROWTH = 3;
/** Steps that a fit of a try may take: of more, a sample of the buyers is tried on. */
const STEPS_MAX = 3e8;
/** Buyers × items: beyond, not even the last scoring of all can look at each. */
const DENSE_CELLS_MAX = 5e9;
const DENSE: readonly RecommenderKind[] = ['ease', 'implicit-als'];
/** A single fit on everything that is still worth it. */
const FIT_MAX = 2e10;
/** 4 n² bytes: 64 MiB. */
const EASE_ITEMS_MAX = 4096;
/** EASE looks at all items, the ridge at some: where it does not cost more than so many times as much, it is taken. */
const EASE_WORTH = 1.5;
/** Neighbours of a catalogue for which as many as usual take too long. */
const NEIGHBOURS_FEW = 40;

export function searchPlan(matrix: SparseMatrix, seed: number): SearchPlan {
  const form = formOf(matrix);
  const sparse = form.buyers * form.items > DENSE_CELLS_MAX;
  const share = Math.min(1, STEPS_MAX / form.steps);
  const rowsMax = Math.max(Math.min(form.buyers, BUYERS_MIN), Math.floor(share * form.buyers));
  const judgedShare = judgedBuyers(matrix) / Math.max(1, form.buyers);
  const judgedMax = Math.max(BUYERS_MIN, CELLS_MAX / Math.max(1, form.items));
  const buyersMax = Math.floor(judgedMax / Math.max(judgedShare, HOLD_OUT_SHARE));
  const sampled = Math.min(1, buyersMax / Math.max(1, rowsMax)) * (rowsMax / Math.max(1, form.buyers));
  const heldOut = sampled * HOLD_OUT_SHARE * form.pairs;
  const countFor = (wanted: number): number => HOLD_OUTS.find((n) => n * heldOut >= wanted) ?? HOLD_OUTS.at(-1)!;
  const triedOn = countFor(HELD_OUT_WANTED.tried);
  const blendedOn = Math.min(2 * triedOn, countFor(HELD_OUT_WANTED.blended));
  const buyers = sampled * judgedShare * form.buyers;
  const costOf = (kind: RecommenderKind, options: RecommenderOptions): number => {
    const { fit, score } = trialCost(kind, form, options);
    return triedOn * (share * fit + buyers * (score + (sparse ? 0 : 2 * form.items)));
  };
  const all = BUDGET * Math.min(BUDGET_GROWTH, Math.max(1, form.pairs / BUDGET_PAIRS));
  const searches: PlannedSearch[] = [];
  let budget = all;
  const starts = startsOf(form, sparse).map(({ kind, start }) => ({ kind, start, cost: costOf(kind, start) }));
  for (const { kind, start, cost } of starts.sort((a, b) => a.cost - b.cost)) {
    if (searches.length > 0 && cost > budget) continue;
    budget -= cost;
    searches.push({ kind, start, costOf: (options) => costOf(kind, options) });
  }
  const holdOuts = Array.from({ length: blendedOn }, (_, i) => ({
    share: HOLD_OUT_SHARE,
    buyersMax,
    seed: seed + i,
    ...(rowsMax < form.buyers && { rowsMax }),
  }));
  return { holdOuts, triedOn, searches, budget, sparse };
}

/** Of whom a hold-out takes something, on average. */
function judgedBuyers(matrix: SparseMatrix): number {
  let buyers = 0;
  for (let row = 0; row < matrix.rowCount; row++) {
    const size = rowSize(matrix, row);
    if (size > 1) buyers += Math.min(1, HOLD_OUT_SHARE * size);
  }
  return buyers;
}

interface Start {
  readonly kind: RecommenderKind;
  readonly start: RecommenderOptions;
}

/** Where each kind's search begins, of those that can be fitted in time. */
function startsOf(form: DataForm, sparse: boolean): readonly Start[] {
  const costs = new Map<RecommenderKind, TrialCost>();
  const starts: Start[] = [];
  for (const kind of Object.keys(RECOMMENDER_KINDS) as RecommenderKind[]) {
    const usual = RECOMMENDER_KINDS[kind].start;
    const few = { ...usual, neighbours: NEIGHBOURS_FEW };
    const start = kind === 'neighbourhood-ridge' && trialCost(kind, form, usual).fit > FIT_MAX / 2 ? few : usual;
    costs.set(kind, trialCost(kind, form, start));
    starts.push({ kind, start });
  }
  const [ease, ridge] = [costs.get('ease')!.fit, costs.get('neighbourhood-ridge')!.fit];
  const dearer = ease <= EASE_WORTH * ridge && form.items <= EASE_ITEMS_MAX ? 'neighbourhood-ridge' : 'ease';
  return starts.filter(
    ({ kind }) => kind !== dearer && costs.get(kind)!.fit <= FIT_MAX && !(sparse && DENSE.includes(kind)),
  );
}
