/**
 * What a graph of listings is tried on: what somebody had before, and what came then. From a past: the latest 80 listings that a buyer dealt with, and
 * what of the next order is none of them. From a page: the listing that is looked at and the cart, and what the visit went on to buy, else what it
 * looked at next; of an order without a visit before it, every other line, and the lines between.
 */
import type { Visit } from './graph-visits.ts';

export const GRAPH_CONTEXTS = ['past', 'page'] as const;
export type GraphContext = (typeof GRAPH_CONTEXTS)[number];

/** All are numbers of items that recommenders were fitted on. */
export interface GraphTrial {
  /** Those whose edges speak, the latest first; -1 where it is no item. At least one is. */
  readonly seeds: Int32Array;
  /** Not looked for: the seeds, and what else was met. */
  readonly met: ReadonlySet<number>;
  /** None of them met; at least one. */
  readonly wanted: ReadonlySet<number>;
}

/** As the source `recommended` has them. */
const SEEDS_MAX = 80;
const TRIALS_MAX = 2_000;
/** Visits, and looks of one, that pages are taken from. */
const PAGE_VISITS_MAX = 4_000;
const PAGE_LOOKS_MAX = 20;

/** Items by their listings' rows. */
export type ItemNumbers = ReadonlyMap<number, number>;

/** `cut`: index of the first event that is held out. */
export function graphTrials(
  visits: readonly Visit[],
  cut: number,
  numbers: ItemNumbers,
): Readonly<Record<GraphContext, readonly GraphTrial[]>> {
  /** Rows that each buyer met, the latest last. */
  const pasts = new Map<number, Set<number>>();
  const held = visits.filter(({ first, rows }) => first >= cut && rows.length > 1);
  const page = thinned(held, PAGE_VISITS_MAX).flatMap((visit) => pageTrials(visit, numbers));
  const found: GraphTrial[] = [];
  for (const visit of visits) {
    const past = pasts.get(visit.buyer) ?? new Set<number>();
    pasts.set(visit.buyer, past);
    if (visit.first >= cut && visit.acts.includes('buy')) found.push(...pastTrial(visit, past, numbers));
    for (const row of visit.rows) {
      past.delete(row);
      past.add(row);
    }
  }
  return { past: thinned(found, TRIALS_MAX), page: thinned(page, TRIALS_MAX) };
}

function pastTrial({ rows, acts }: Visit, past: ReadonlySet<number>, numbers: ItemNumbers): GraphTrial[] {
  const met = [...past];
  const bought = rows.filter((_, i) => acts[i] === 'buy');
  return trialOf({ seeds: met.slice(-SEEDS_MAX).reverse(), met, wanted: bought }, numbers);
}

function pageTrials(visit: Visit, numbers: ItemNumbers): GraphTrial[] {
  const { rows, acts } = visit;
  const looks = rows.flatMap((_, i) => (acts[i] === 'look' ? [i] : []));
  if (looks.length > 0) return thinned(looks, PAGE_LOOKS_MAX).flatMap((at) => pageTrial(visit, at, numbers));
  const bought = [...new Set(rows.filter((_, i) => acts[i] === 'buy'))];
  const seeds = bought.filter((_, i) => i % 2 === 0);
  return trialOf({ seeds, met: seeds, wanted: bought.filter((_, i) => i % 2 === 1) }, numbers);
}

/** Of who looks at the listing of step `at`. */
function pageTrial({ rows, acts }: Visit, at: number, numbers: ItemNumbers): GraphTrial[] {
  const seeds = [...new Set([rows[at]!, ...rows.slice(0, at).filter((_, i) => acts[i] === 'cart')])];
  const after = rows.flatMap((row, i) => (i > at && !seeds.includes(row) ? [i] : []));
  const bought = after.filter((i) => acts[i] === 'buy');
  const wanted = (bought.length > 0 ? bought : after.slice(0, 1)).map((i) => rows[i]!);
  return trialOf({ seeds, met: seeds, wanted }, numbers);
}

type Rows = Readonly<Record<'seeds' | 'met' | 'wanted', readonly number[]>>;

/** None where nothing is left of what speaks, or of what is wanted. */
function trialOf(rows: Rows, numbers: ItemNumbers): GraphTrial[] {
  const known = (some: readonly number[]): Set<number> =>
    new Set(some.map((row) => numbers.get(row)).filter((item) => item !== undefined));
  const met = known(rows.met);
  const seeds = Int32Array.from(rows.seeds, (row) => numbers.get(row) ?? -1);
  const wanted = new Set([...known(rows.wanted)].filter((item) => !met.has(item)));
  return wanted.size === 0 || seeds.every((item) => item < 0) ? [] : [{ seeds, met, wanted }];
}

/** So many of them at most, spread evenly. */
export function thinned<One>(all: readonly One[], most: number): readonly One[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]!);
}
