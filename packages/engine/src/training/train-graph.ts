/**
 * Which listings lead to which, from a buyer's past and from a page: every recommender (graph-members.ts) is fitted on all but the latest of the
 * orders, each one's edges are tried on what came then (graph-trials.ts), and of those that help a blend is learned (graph-blend.ts), for either
 * context its own. What a blend learned from one half of what was held out is judged on the other; what it blends is fitted on everything.
 */
import type { ListingGraph } from '../features/embedding.ts';
import type { Market } from '../market/market.ts';
import { paired } from './gates.ts';
import { blendedEdges, type EdgeShare, learnShares, recallsOf } from './graph-blend.ts';
import type { ContextFit, GraphFit } from './graph-fit.ts';
import {
  edgesOf,
  GRAPH_MEMBERS,
  type GraphMember,
  type ItemEdges,
  type Meetings,
  meetingsOf,
} from './graph-members.ts';
import {
  GRAPH_CONTEXTS,
  type GraphContext,
  type GraphTrial,
  graphTrials,
  type ItemNumbers,
  thinned,
} from './graph-trials.ts';
import { type Visit, visitsOf } from './graph-visits.ts';
import type { Basket, History } from './history.ts';

/** Listings that most buyers met. */
const ITEMS_MAX = 10_000;
const BUYERS_MIN = 2;
const EDGES = 40;
/** Edges of a member before the blend is cut. */
const MEMBER_EDGES = 80;
/** Of the orders, to try on: of few a larger part. */
const HELD_SHARE = 0.1;
const HELD_SHARE_MAX = 0.25;
const HELD_MIN = 300;
const HELD_MAX = 2_000;
/** With fewer, half of them to learn from, members cannot be told apart. */
const TRIALS_MIN = 30;
/** With fewer to learn from, the best member serves alone. */
const BLEND_TRIALS_MIN = 50;
/** Enough to find each member's exponent by. */
const TUNING_TRIALS_MAX = 400;
/** How much an item with strong edges may speak louder than others. */
const EXPONENTS = [0, 0.5, 1];
/** How much less each listing of a past says than the one after it, the most likely first; those of a page and a cart have no order. */
const FADES: Readonly<Record<GraphContext, readonly number[]>> = { past: [0.98, 1, 0.95], page: [1] };

export interface TrainedGraphs {
  readonly graphs: Readonly<Record<GraphContext, ListingGraph>>;
  /** How they were chosen. */
  readonly fit: GraphFit;
}

export interface GraphInput {
  readonly history: Pick<History, 'events'>;
  /** Oldest first. */
  readonly baskets: readonly Basket[];
  /** Index of the first event that is not to be known. */
  readonly end: number;
  readonly seed: number;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

/** Undefined where there are too few orders to choose by. */
export function trainGraph(
  market: Market,
  { history, baskets, end, seed, onProgress }: GraphInput,
): TrainedGraphs | undefined {
  const held = heldOf(baskets.length);
  if (held === 0) return undefined;
  const cut = baskets[baskets.length - held]!.first;
  const { visits } = visitsOf(history, market, end);
  const rows = mostMet(visits);
  const numbers: ItemNumbers = new Map(Array.from(rows, (row, item) => [row, item]));
  const trials = graphTrials(visits, cut, numbers);
  if (GRAPH_CONTEXTS.every((context) => trials[context].length < TRIALS_MIN)) return undefined;
  const before = visits.filter(({ first }) => first < cut);
  const told = (what: string): Told | undefined => onProgress && ((done, all) => onProgress(done, all, what));
  const members = fitted(GRAPH_MEMBERS, meetingsOf(before, numbers), told('trying recommenders'));
  const found = GRAPH_CONTEXTS.flatMap((context) => {
    const one = chosen(members, { trials: trials[context], fades: FADES[context], seed });
    return one === undefined ? [] : [[context, one] as const];
  });
  if (found.length === 0) return undefined;
  const used = new Set(found.flatMap(([, { parts }]) => parts.map(({ member }) => member)));
  const all = fitted([...used], meetingsOf(visits, numbers), told('fitting recommenders'));
  const graphs = found.map(([context, { parts, fade }]) => {
    const edges = blendedEdges(
      parts.map((part) => ({ ...part, edges: all.get(part.member)! })),
      EDGES,
    );
    return [context, graphOf(edges, fade, rows, market.listings.size)];
  });
  const { past, page } = Object.fromEntries(graphs) as Partial<Record<GraphContext, ListingGraph>>;
  return {
    graphs: { past: (past ?? page)!, page: (page ?? past)! },
    fit: { listings: rows.length, ...Object.fromEntries(found.map(([context, { fit }]) => [context, fit])) },
  };
}

function heldOf(orders: number): number {
  const wanted = Math.min(HELD_MAX, Math.max(HELD_MIN, HELD_SHARE * orders));
  return Math.floor(Math.min(wanted, HELD_SHARE_MAX * orders));
}

/** Rows of listings, rising. [items] */
function mostMet(visits: readonly Visit[]): Int32Array {
  const buyers = new Map<number, Set<number>>();
  for (const { buyer, rows } of visits)
    for (const row of rows) {
      const of = buyers.get(row) ?? new Set();
      buyers.set(row, of.add(buyer));
    }
  const known = [...buyers].filter(([, of]) => of.size >= BUYERS_MIN);
  known.sort(([a, left], [b, right]) => right.size - left.size || a - b);
  return Int32Array.from(known.slice(0, ITEMS_MAX), ([row]) => row).sort();
}

type Fitted = ReadonlyMap<GraphMember, ItemEdges>;

type Told = (done: number, all: number) => void;

function fitted(members: readonly GraphMember[], meetings: Meetings, told: Told | undefined): Fitted {
  const all = members.map((member, i) => {
    told?.(i, members.length);
    return [member, edgesOf(member, meetings, MEMBER_EDGES)] as const;
  });
  told?.(members.length, members.length);
  return new Map(all.filter((one): one is [GraphMember, ItemEdges] => one[1] !== undefined));
}

interface Alone extends EdgeShare {
  readonly member: GraphMember;
  /** On the trials that it was chosen by. */
  readonly recall: number;
}

interface Learned {
  readonly fade: number;
  /** Each member with the exponent that suits it. */
  readonly alone: readonly Alone[];
  readonly best: Alone;
  /** What is blended: `best` alone where nothing helps it. */
  readonly parts: readonly Alone[];
  readonly weights: readonly number[];
}

interface Chosen extends Pick<Learned, 'fade' | 'parts'> {
  readonly fit: ContextFit;
}

interface Asked {
  readonly trials: readonly GraphTrial[];
  readonly fades: readonly number[];
  readonly seed: number;
}

/** Learned from one half of the trials and judged on the other, both ways round; what serves is learned from all. */
function chosen(members: Fitted, { trials, fades, seed }: Asked): Chosen | undefined {
  if (trials.length < TRIALS_MIN || members.size === 0) return undefined;
  const middle = Math.ceil(trials.length / 2);
  const halves = [trials.slice(middle), trials.slice(0, middle)];
  const judged = halves.map((half, i) => judgedOn(half, learned(members, { trials: halves[1 - i]!, fades, seed })));
  const joined = (of: (one: Judged) => Float64Array): Float64Array =>
    Float64Array.from(judged.flatMap((one) => [...of(one)]));
  const [best, blend] = [joined((one) => one.best), joined((one) => one.blend)];
  const gain = paired(blend, best);
  const all = learned(members, { trials, fades, seed });
  const blends = gain.mean > 0;
  const parts = blends ? all.parts : [all.best];
  const recall = [...members.keys()].map((member) => [member, mean(joined((one) => one.each.get(member)!))] as const);
  const weights = parts.map(({ member }, i) => [member, blends ? all.weights[i]! : 1] as const);
  return {
    fade: all.fade,
    parts,
    fit: {
      trials: trials.length,
      recall: Object.fromEntries(recall),
      best: { member: all.best.member, recall: mean(best) },
      blend: { recall: mean(blend), gain },
      weights: Object.fromEntries(weights),
      fade: all.fade,
    },
  };
}

interface Judged {
  readonly each: ReadonlyMap<GraphMember, Float64Array>;
  readonly best: Float64Array;
  readonly blend: Float64Array;
}

function judgedOn(trials: readonly GraphTrial[], { alone, best, parts, fade }: Learned): Judged {
  const recalls = (of: readonly EdgeShare[]): Float64Array => recallsOf(blendedEdges(of, EDGES), fade, trials);
  const each = new Map(alone.map((one) => [one.member, recalls([one])]));
  return { each, best: each.get(best.member)!, blend: recalls(parts) };
}

function learned(members: Fitted, { trials, fades, seed }: Asked): Learned {
  const some = thinned(trials, TUNING_TRIALS_MAX);
  const tuned = [...members].map(([member, edges]) => bestExponent(member, edges, fades[0]!, some));
  const strongest = bestOf(tuned);
  const fade = bestOf(fades.map((one) => ({ one, recall: recallOf([strongest], one, trials) }))).one;
  const alone = tuned.map((one) => ({ ...one, recall: recallOf([one], fade, trials) }));
  const best = bestOf(alone);
  const single = { fade, alone, best, parts: [best], weights: [1] };
  if (trials.length < BLEND_TRIALS_MIN) return single;
  const { weights, shares } = learnShares(alone, { fade, trials, seed });
  const parts = alone.map((one, m) => ({ ...one, scale: shares[m]!.scale })).filter(({ scale }) => scale > 0);
  if (recallOf(parts, fade, trials) <= best.recall) return single;
  return { ...single, parts, weights: [...weights].filter((weight) => weight > 0) };
}

function bestExponent(member: GraphMember, edges: ItemEdges, fade: number, trials: readonly GraphTrial[]): Alone {
  const tried = EXPONENTS.map((exponent) => ({ member, edges, exponent, scale: 1 }));
  return bestOf(tried.map((one) => ({ ...one, recall: recallOf([one], fade, trials) })));
}

const recallOf = (shares: readonly EdgeShare[], fade: number, trials: readonly GraphTrial[]): number =>
  mean(recallsOf(blendedEdges(shares, EDGES), fade, trials));

/** The first of equals. */
const bestOf = <Tried extends { readonly recall: number }>(tried: readonly Tried[]): Tried =>
  tried.reduce((a, b) => (b.recall > a.recall ? b : a));

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** In rows of listings. */
function graphOf(edges: ItemEdges, fade: number, rows: Int32Array, listings: number): ListingGraph {
  const { perItem, targets: items, weights: strengths } = edges;
  const targets = new Int32Array(listings * perItem).fill(-1);
  const weights = new Float32Array(listings * perItem);
  rows.forEach((row, item) => {
    const own = items.subarray(item * perItem, (item + 1) * perItem);
    targets.set(
      own.map((other) => (other < 0 ? -1 : rows[other]!)),
      row * perItem,
    );
    weights.set(strengths.subarray(item * perItem, (item + 1) * perItem), row * perItem);
  });
  return { edgesPerListing: perItem, fade, targets, weights };
}
