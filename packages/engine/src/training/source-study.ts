/**
 * Which sources a placement's candidate places should go to, learned on the earlier half of its pages and judged on the later half, by live retrieval and
 * the ranker of the time. What was learned serves only where it does more for what buyers wanted than what serves now, beyond chance, and shows no less of it:
 *
 *     z = mean(dᵢ) / (s / √n) > 1.645,   dᵢ: gain of page i (learning/source-allocation.ts), learned minus serving
 *
 * or, where candidates cost nothing, dᵢ: the share of what was wanted that is among the candidates.
 */
import type { Placement, Source, SourceName } from '@rialto/sdk';
import { shareOut } from '../base/share-out.ts';
import { allocateSources, idealGain, type SourcePage, sharesOf } from '../learning/source-allocation.ts';
import { type LearnedList, placesOf, servedAs } from '../retrieval/learned-sources.ts';
import { SOURCE_NAMES } from '../retrieval/retrieve.ts';
import { type PairedDifference, paired } from './gates.ts';
import { bring, listSources, type OpenedPage, score, showable } from './source-lists.ts';

/** What a source is worth to a placement. */
export interface SourceWorth {
  readonly source: SourceName;
  /** Places by hand. */
  readonly byHand: number;
  readonly learned: number;
  /** With its learned places alone, or, where it has none, with those by hand: share of what was wanted that it brings. */
  readonly alone: number;
  /** What would be missing without it: of what is shown, and of the candidates. */
  readonly lostShown: number;
  readonly lostCovered: number;
  /** Of one page, with those places; the median. */
  readonly micros: number;
}

/** What a list of sources does for a page on the average; times are medians. */
export interface ListWorth {
  /** What is learned for: what was wanted, by how near to the top of the candidates it is. */
  readonly gain: number;
  /** Share of what was wanted that is among the best by the ranker, as many as there are slots. */
  readonly shown: number;
  /** Share that is among the candidates. */
  readonly covered: number;
  readonly candidates: number;
  readonly retrievalMicros: number;
  /** Retrieval, filters and scores. */
  readonly micros: number;
}

export interface JudgedSources {
  /** Pages learned from, and pages judged on. */
  readonly pages: number;
  readonly judged: number;
  readonly byHand: ListWorth;
  readonly serving: ListWorth;
  readonly learned: ListWorth;
  /** Learned minus serving; what candidates cost is taken off. */
  readonly gain: PairedDifference;
  readonly shown: PairedDifference;
  readonly covered: PairedDifference;
  readonly list: readonly Source[];
  readonly sources: readonly SourceWorth[];
  /** What fewer places would do, divided anew. */
  readonly fewer: readonly (Pick<ListWorth, 'shown' | 'covered' | 'candidates'> & { readonly places: number })[];
}

export interface PlacementStudy {
  readonly placement: string;
  readonly byHand: readonly Source[];
  /** What serves from here on. */
  readonly after: readonly Source[];
  /** `dropped`: what was learned before is worse than by hand by now. */
  readonly outcome: 'learned' | 'kept' | 'by-hand' | 'dropped';
  /** Why not `learned`. */
  readonly reason?: string;
  readonly judged?: JudgedSources;
}

export interface StudyOptions {
  readonly placement: Placement;
  /** What was learned before, where that serves. */
  readonly serving?: LearnedList | undefined;
  /** Gain that a candidate has to bring (learning/source-allocation.ts). */
  readonly cost?: number;
  /** Pages that will be looked at. */
  readonly planned: number;
  /** Microseconds from any beginning. */
  readonly stopwatch: () => number;
}

/** Learned from fewer pages, and judged on fewer, nothing serves. */
export const PAGES_MIN = 100;
const Z = 1.645;
/** Sources that know listings nobody has dealt with yet keep so much of the places, where they had it: or such listings are never met. */
const COLD: ReadonlySet<SourceName> = new Set(['popular', 'category', 'similar', 'search']);
const FLOOR_SHARE = 0.04;
/** Of the places, what fewer would do. */
const FEWER = [0.5, 0.25];
/** Sources that answer what the page asks for: beside them alone nothing else belongs there. */
const ASKED: ReadonlySet<SourceName> = new Set(['search', 'category']);

/** The sources that the placement's places may go to, its own first. */
export function eligibleSources({ sources }: Pick<Placement, 'sources'>): readonly SourceName[] {
  const own = [...new Set(sources.map(({ source }) => source))];
  if (own.every((source) => ASKED.has(source))) return own;
  return [...own, ...SOURCE_NAMES.filter((source) => !own.includes(source))];
}

export class SourceStudy {
  readonly #options: StudyOptions;
  readonly #names: readonly SourceName[];
  readonly #own: readonly number[];
  readonly #serving: readonly Source[];
  readonly #earlier: SourcePage[] = [];
  readonly #later: SourcePage[] = [];
  #looks = 0;
  #learned: readonly Source[] | undefined;
  /** Of pages judged on: by hand, serving, learned. */
  readonly #tallies = [new ListTally(), new ListTally(), new ListTally()] as const;
  /** By source. */
  readonly #sourceMicros: readonly number[][];

  constructor(options: StudyOptions) {
    const { placement, serving } = options;
    this.#options = options;
    this.#names = eligibleSources(placement);
    this.#own = this.#names.map((name) => placesOf(placement.sources.filter(({ source }) => source === name)));
    this.#serving = serving === undefined ? placement.sources : servedAs(serving, placesOf(placement.sources));
    this.#sourceMicros = this.#names.map(() => []);
  }

  /** Pages come in the order of time. wanted: listing rows */
  look(opened: OpenedPage, wanted: Iterable<number>): void {
    const { placement, planned } = this.#options;
    this.#looks++;
    const rows = showable(opened, placement, wanted);
    if (rows.length > 0) {
      const page = listSources(opened, placement, this.#names, rows);
      if (this.#learned === undefined) this.#earlier.push(page);
      else this.#judge(opened, page, new Set(rows));
    }
    if (this.#learned === undefined && this.#looks >= planned / 2 && this.#earlier.length >= PAGES_MIN) this.#learn();
  }

  #learn(): void {
    const limits = this.#allocated(placesOf(this.#options.placement.sources));
    this.#learned = this.#names.map((source, i) => ({ source, limit: limits[i]! })).filter(({ limit }) => limit > 0);
  }

  #allocated(total: number): number[] {
    const { placement, cost = 0 } = this.#options;
    const own = shareOut(this.#own, total);
    const floors = this.#names.map((name, i) =>
      COLD.has(name) ? Math.min(own[i]!, Math.ceil(FLOOR_SHARE * total)) : 0,
    );
    return allocateSources({ pages: this.#earlier, own, floors, slots: placement.slots, cost });
  }

  #judge(opened: OpenedPage, page: SourcePage, wanted: ReadonlySet<number>): void {
    const { stopwatch, placement } = this.#options;
    const lists = [placement.sources, this.#serving, this.#learned!];
    lists.forEach((list, i) => {
      const begun = stopwatch();
      bring(opened, list);
      const brought = stopwatch();
      score(opened, placement);
      const scored = stopwatch();
      this.#tallies[i]!.add(opened, {
        wanted,
        slots: placement.slots,
        retrieval: brought - begun,
        all: scored - begun,
      });
    });
    this.#names.forEach((source, i) => {
      const begun = stopwatch();
      bring(opened, [{ source, limit: Math.max(1, this.#limit(i)) }]);
      this.#sourceMicros[i]!.push(stopwatch() - begun);
    });
    this.#later.push(page);
  }

  /** Learned, or else by hand. */
  #limit(index: number): number {
    return this.#limits()[index]! || this.#own[index]!;
  }

  #limits(): number[] {
    return this.#names.map((name) => this.#learned!.find(({ source }) => source === name)?.limit ?? 0);
  }

  result(): PlacementStudy {
    const { placement, serving, cost = 0 } = this.#options;
    const told = { placement: placement.id, byHand: placement.sources };
    const stays = { ...told, after: this.#serving, outcome: serving === undefined ? 'by-hand' : 'kept' } as const;
    const judged = this.#judgement();
    if (judged === undefined)
      return {
        ...stays,
        reason: `${this.#earlier.length + this.#later.length} pages that led to something are too few`,
      };
    const { gain, shown, covered } = judged;
    const shownNoLess = shown.mean >= -Z * shown.standardError;
    // Where candidates cost, more of them are no end in itself.
    const gains = isUp(gain) || (cost === 0 && isUp(covered));
    if (gains && shownNoLess) return { ...told, after: judged.list, outcome: 'learned', judged };
    const [byHand, served] = this.#tallies;
    const regret = paired(byHand.net(cost), served.net(cost));
    if (serving !== undefined && isUp(regret)) {
      const reason = 'what was learned before is worse than the sources by hand by now';
      return { ...told, after: placement.sources, outcome: 'dropped', reason, judged };
    }
    const reason = shownNoLess
      ? `what the learned places gain is within chance: ${interval(gain)} points`
      : `the learned places show less of what was wanted: ${interval(shown)} points`;
    return { ...stays, reason, judged };
  }

  #judgement(): JudgedSources | undefined {
    const n = this.#later.length;
    const { cost = 0 } = this.#options;
    if (this.#learned === undefined || n < PAGES_MIN) return undefined;
    const [byHand, serving, learned] = this.#tallies;
    return {
      pages: this.#earlier.length,
      judged: n,
      byHand: byHand.worth(),
      serving: serving.worth(),
      learned: learned.worth(),
      gain: paired(learned.net(cost), serving.net(cost)),
      shown: paired(learned.shown, serving.shown),
      covered: paired(learned.covered, serving.covered),
      list: this.#learned,
      sources: this.#worths(),
      fewer: this.#fewer(),
    };
  }

  #worths(): SourceWorth[] {
    const { slots } = this.#options.placement;
    const limits = this.#limits();
    const all = sharesOf(this.#later, limits, slots);
    return this.#names.map((source, i) => {
      const only = limits.map((_, other) => (other === i ? this.#limit(i) : 0));
      const without = sharesOf(
        this.#later,
        limits.map((limit, other) => (other === i ? 0 : limit)),
        slots,
      );
      return {
        source,
        byHand: this.#own[i]!,
        learned: limits[i]!,
        alone: meanOf(sharesOf(this.#later, only, slots).covered),
        lostShown: meanOf(all.shown) - meanOf(without.shown),
        lostCovered: meanOf(all.covered) - meanOf(without.covered),
        micros: medianOf(this.#sourceMicros[i]!),
      };
    });
  }

  #fewer(): JudgedSources['fewer'] {
    const { slots, sources } = this.#options.placement;
    return FEWER.map((share) => {
      const places = Math.ceil(share * placesOf(sources));
      const { shown, covered, size } = sharesOf(this.#later, this.#allocated(places), slots);
      return { places, shown: meanOf(shown), covered: meanOf(covered), candidates: meanOf(size) };
    });
  }
}

/** Of pages judged on, one list of sources. */
class ListTally {
  readonly #gain: number[] = [];
  readonly #shown: number[] = [];
  readonly #covered: number[] = [];
  readonly #sizes: number[] = [];
  readonly #retrieval: number[] = [];
  readonly #all: number[] = [];

  /** After its candidates were scored. retrieval, all: microseconds */
  add(
    { workspace: { candidates } }: OpenedPage,
    {
      wanted,
      slots,
      retrieval,
      all,
    }: {
      readonly wanted: ReadonlySet<number>;
      readonly slots: number;
      readonly retrieval: number;
      readonly all: number;
    },
  ): void {
    this.#sizes.push(candidates.size);
    const open: number[] = [];
    for (let i = 0; i < candidates.size; i++) if (candidates.dropped[i] === undefined) open.push(i);
    const isWanted = (candidate: number): boolean => wanted.has(candidates.listing[candidate]!);
    this.#covered.push(open.filter(isWanted).length / wanted.size);
    open.sort((a, b) => candidates.score[b]! - candidates.score[a]! || a - b);
    const gain = open.reduce((sum, one, rank) => sum + (isWanted(one) ? slots / (slots + rank) : 0), 0);
    this.#gain.push(gain / idealGain(wanted.size, slots));
    this.#shown.push(open.slice(0, slots).filter(isWanted).length / Math.min(slots, wanted.size));
    this.#retrieval.push(retrieval);
    this.#all.push(all);
  }

  get shown(): Float64Array {
    return Float64Array.from(this.#shown);
  }

  get covered(): Float64Array {
    return Float64Array.from(this.#covered);
  }

  get gain(): Float64Array {
    return Float64Array.from(this.#gain);
  }

  /** Gain less what the candidates cost. */
  net(cost: number): Float64Array {
    return Float64Array.from(this.#gain, (gain, i) => gain - cost * this.#sizes[i]!);
  }

  get sizes(): Float64Array {
    return Float64Array.from(this.#sizes);
  }

  worth(): ListWorth {
    return {
      gain: meanOf(this.gain),
      shown: meanOf(this.shown),
      covered: meanOf(this.covered),
      candidates: meanOf(this.sizes),
      retrievalMicros: medianOf(this.#retrieval),
      micros: medianOf(this.#all),
    };
  }
}

const isUp = ({ mean, standardError }: PairedDifference): boolean => mean > Z * standardError;
const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Of times: the mean would be of what else the machine did. */
const medianOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const points = (share: number): string => (100 * share).toFixed(2);
const interval = ({ mean, standardError }: PairedDifference): string =>
  `${points(mean)} ± ${points(1.96 * standardError)}`;
