/**
 * Divides a placement's candidate places among its sources, so that what buyers wanted is among the candidates and comes near the top of them:
 *
 *     maximise  F(l) = mean over pages of  Σ_{w ∈ wanted ∩ C(l)} δ(rank of w in C(l)) / Σ_{p < |wanted|} δ(p)   with  Σₛ lₛ = places
 *     C(l) = ⋃ₛ the first lₛ of source s,   rank: by the ranker's score, from 0,   δ(r) = k / (k + r),   k: slots
 *
 * A wanted listing that is brought but ranked far below what else was brought is hardly shown, so coverage alone, δ = 1, would waste places on it; only the
 * first k, δ = [r < k], would say too little from few pages. Coverage has diminishing returns, so that giving places to the source that gains most, again
 * and again, comes near its best division (Nemhauser, Wolsey and Fisher, Math. Programming 14, 1978); F is not far from that. Steps are then moved from
 * source to source as long as that gains. Sources bring their lists one after the other, each what those before have not: as live retrieval does. Few pages
 * leave the division near the one set by hand:
 *
 *     l = (n · learned + κ · by hand) / (n + κ),   n: pages
 *
 * Candidates cost time. Where each is to bring a gain c, F(l) − c · mean |C(l)| is maximised, and places that bring less are not given to anybody.
 */
import { shareOut } from '../base/share-out.ts';

/** What the sources list on one page, how it is ranked, and what was wanted there. Items are numbered page by page, from 0. */
export interface SourcePage {
  readonly items: number;
  /** Best first. [sources] */
  readonly lists: readonly Int32Array[];
  /** All that may be shown, the highest score first. */
  readonly ranking: Int32Array;
  /** Of the wanted items, those that are in some list. */
  readonly wanted: Int32Array;
  /** In a list or not. */
  readonly wantedCount: number;
}

export interface AllocationProblem {
  readonly pages: readonly SourcePage[];
  /** Places by hand; 0 for sources that the placement does not have yet. [sources] */
  readonly own: readonly number[];
  /** No source gets fewer. [sources] */
  readonly floors: readonly number[];
  /** k: how many are shown. */
  readonly slots: number;
  /** c; 0 where absent, and all places are given then. */
  readonly cost?: number;
}

/** In so many steps places are given. */
const STEPS = 64;
const MOVES_MAX = 40;
const GAIN_MIN = 1e-9;
/** κ, in pages. */
const PRIOR_PAGES = 20;
/** F must gain so much by a source that the placement did not have. */
const ENTRY_GAIN_MIN = 0.001;
/** Asking a source takes about as long as scoring so many candidates. */
const SOURCE_CANDIDATES = 50;
/** Of few pages a source that is not worth asking keeps places; it is not asked for fewer than this share of those by hand. */
const KEPT_SHARE_MIN = 0.1;

/** Places by source; as many in all as by hand, or fewer where candidates cost. */
export function allocateSources(problem: AllocationProblem): number[] {
  const { pages, own } = problem;
  const total = own.reduce((sum, limit) => sum + limit, 0);
  const { limits, left } = new Allocator(problem, total).worthwhile();
  const n = pages.length;
  const blended = limits.map((limit, source) => {
    const by = own[source]!;
    const places = (n * limit + PRIOR_PAGES * by) / (n + PRIOR_PAGES);
    return left.has(source) && places < KEPT_SHARE_MIN * by ? 0 : places;
  });
  const places = blended.reduce((sum, limit) => sum + limit, 0);
  return shareOut(blended, (problem.cost ?? 0) > 0 ? Math.round(places) : total);
}

/** What a division does for each page. [pages] */
export interface PageShares {
  /** What F is the mean of. */
  readonly gain: Float64Array;
  /** Share of what was wanted that is among the first k, and among the candidates at all. */
  readonly shown: Float64Array;
  readonly covered: Float64Array;
  /** Candidates. */
  readonly size: Float64Array;
}

export function sharesOf(pages: readonly SourcePage[], limits: readonly number[], slots: number): PageShares {
  const room = new Room(pages, slots);
  const gain = new Float64Array(pages.length);
  const shown = new Float64Array(pages.length);
  const covered = new Float64Array(pages.length);
  const size = new Float64Array(pages.length);
  pages.forEach((page, i) => {
    room.look(page, limits);
    gain[i] = room.gain;
    shown[i] = room.shown;
    covered[i] = room.covered;
    size[i] = room.size;
  });
  return { gain, shown, covered, size };
}

/** Marks items of one page after the other without wiping. */
class Room {
  readonly #slots: number;
  /** By item, the page that it was brought to, counted by `#stamp`. */
  readonly #brought: Int32Array;
  readonly #wanted: Int32Array;
  #stamp = 0;
  gain = 0;
  shown = 0;
  covered = 0;
  size = 0;

  constructor(pages: readonly SourcePage[], slots: number) {
    this.#slots = slots;
    const items = pages.reduce((most, page) => Math.max(most, page.items), 1);
    this.#brought = new Int32Array(items);
    this.#wanted = new Int32Array(items);
  }

  look({ lists, ranking, wanted, wantedCount }: SourcePage, limits: readonly number[]): void {
    const brought = this.#brought;
    const stamp = ++this.#stamp;
    let size = 0;
    for (let source = 0; source < limits.length; source++) {
      const list = lists[source]!;
      const limit = limits[source]!;
      for (let i = 0, added = 0; i < list.length && added < limit; i++) {
        if (brought[list[i]!] === stamp) continue;
        brought[list[i]!] = stamp;
        added++;
        size++;
      }
    }
    let covered = 0;
    for (const item of wanted) {
      this.#wanted[item] = stamp;
      if (brought[item] === stamp) covered++;
    }
    const k = this.#slots;
    let rank = 0;
    let gain = 0;
    let shown = 0;
    for (let i = 0, found = 0; i < ranking.length && found < covered; i++) {
      if (brought[ranking[i]!] !== stamp) continue;
      if (this.#wanted[ranking[i]!] === stamp) {
        found++;
        gain += k / (k + rank);
        if (rank < k) shown++;
      }
      rank++;
    }
    this.gain = gain / idealGain(wantedCount, k);
    this.size = size;
    this.covered = covered / wantedCount;
    this.shown = shown / Math.min(k, wantedCount);
  }
}

/** Of what is wanted at the very top. */
export function idealGain(wanted: number, slots: number): number {
  let sum = 0;
  for (let rank = 0; rank < wanted; rank++) sum += slots / (slots + rank);
  return sum;
}

/** Twice as many, at last all that there is room for; 0 after that. */
const nextStep = (step: number, room: number): number => (step === room ? 0 : Math.min(2 * step, room));

class Allocator {
  readonly #problem: AllocationProblem;
  readonly #total: number;
  readonly #step: number;
  readonly #room: Room;
  /** Longest list of each source: more places are of no use to it. [sources] */
  readonly #longest: readonly number[];

  constructor(problem: AllocationProblem, total: number) {
    this.#problem = problem;
    this.#total = total;
    this.#step = Math.max(1, Math.round(total / STEPS));
    this.#room = new Room(problem.pages, problem.slots);
    this.#longest = problem.own.map((_, source) =>
      problem.pages.reduce((most, { lists }) => Math.max(most, lists[source]!.length), 0),
    );
  }

  /** F, less what the candidates cost. */
  goal(limits: readonly number[]): number {
    const { pages, cost = 0 } = this.#problem;
    let sum = 0;
    for (const page of pages) {
      this.#room.look(page, limits);
      sum += this.#room.gain - cost * this.#room.size;
    }
    return sum / pages.length;
  }

  /** The best places, and the sources that are left out because they gain less than asking them costs. */
  worthwhile(): { readonly limits: readonly number[]; readonly left: ReadonlySet<number> } {
    const { own, floors, cost = 0 } = this.#problem;
    let limits = this.solve(new Set());
    const left = new Set<number>();
    for (let source = 0; source < own.length; source++) {
      const gainMin = (own[source] === 0 ? ENTRY_GAIN_MIN : 0) + SOURCE_CANDIDATES * cost;
      if (gainMin === 0 || limits[source] === 0 || floors[source]! > 0) continue;
      const without = this.solve(new Set([...left, source]));
      if (this.goal(limits) - this.goal(without) >= gainMin) continue;
      left.add(source);
      limits = without;
    }
    return { limits, left };
  }

  /** left: sources that get nothing */
  solve(left: ReadonlySet<number>): number[] {
    const limits = [...this.#problem.floors];
    this.#give(limits, left);
    this.#exchange(limits, left);
    return this.#rest(limits);
  }

  /** The most gain a place, of one step or several: what a source is good for may lie behind places that gain nothing. */
  #give(limits: number[], left: ReadonlySet<number>): void {
    let places = this.#total - limits.reduce((sum, limit) => sum + limit, 0);
    let reached = this.goal(limits);
    while (places > 0) {
      let best: { readonly source: number; readonly step: number; readonly goal: number } | undefined;
      let rate = GAIN_MIN;
      for (let source = 0; source < limits.length; source++) {
        if (left.has(source)) continue;
        const room = Math.min(places, this.#longest[source]! - limits[source]!);
        for (let step = Math.min(this.#step, room); step > 0; step = nextStep(step, room)) {
          const goal = this.#moved(limits, source, source, step);
          if ((goal - reached) / step <= rate) continue;
          rate = (goal - reached) / step;
          best = { source, step, goal };
        }
      }
      if (best === undefined) return;
      limits[best.source]! += best.step;
      places -= best.step;
      reached = best.goal;
    }
  }

  /** F with so many more places `to` a source, taken `from` another one unless it is the same. */
  #moved(limits: number[], from: number, to: number, step: number): number {
    if (from !== to) limits[from]! -= step;
    limits[to]! += step;
    const goal = this.goal(limits);
    if (from !== to) limits[from]! += step;
    limits[to]! -= step;
    return goal;
  }

  #exchange(limits: number[], left: ReadonlySet<number>): void {
    const { floors } = this.#problem;
    let reached = this.goal(limits);
    for (let move = 0; move < MOVES_MAX; move++) {
      let most = reached + GAIN_MIN;
      let best: readonly [from: number, to: number, step: number] | undefined;
      for (let from = 0; from < limits.length; from++) {
        const step = Math.min(this.#step, limits[from]! - floors[from]!);
        for (let to = 0; step > 0 && to < limits.length; to++) {
          if (to === from || left.has(to) || limits[to]! >= this.#longest[to]!) continue;
          const goal = this.#moved(limits, from, to, step);
          if (goal > most) {
            most = goal;
            best = [from, to, step];
          }
        }
      }
      if (best === undefined) return;
      limits[best[0]]! -= best[2];
      limits[best[1]]! += best[2];
      reached = most;
    }
  }

  /** Places that gain nothing go where they were set by hand, unless candidates cost. */
  #rest(limits: number[]): number[] {
    const places = this.#total - limits.reduce((sum, limit) => sum + limit, 0);
    if (places === 0 || (this.#problem.cost ?? 0) > 0) return limits;
    const more = shareOut(this.#problem.own, places);
    return limits.map((limit, source) => limit + more[source]!);
  }
}
