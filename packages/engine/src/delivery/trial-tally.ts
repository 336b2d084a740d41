/**
 * Two ways of deciding the same pages, counted side by side by placement: how many pages change, how much of what is shown stays, which listings are
 * shown more and less, and what a value expects of each.
 */
import type { Decision, DecisionItem } from './decision.ts';

export interface PlacementTrial {
  readonly placement: string;
  readonly pages: number;
  /** Share of pages on which any item is another one or at another place. */
  readonly changed: number;
  /** Mean share of the items shown before that are still shown. */
  readonly overlap: number;
  /** Mean over pages, by the changed ranker's own predictions, of the items that it knows on both sides; absent where no ranker is declared. */
  readonly value?: { readonly before: number; readonly after: number };
  readonly gain: readonly ListingShift[];
  readonly lose: readonly ListingShift[];
}

/** How often a listing was shown. */
export interface ListingShift {
  readonly listing: string;
  readonly before: number;
  readonly after: number;
}

const SHIFTS_MAX = 10;

interface Counts {
  pages: number;
  changed: number;
  overlap: number;
  pagesValued: number;
  valueBefore: number;
  valueAfter: number;
  /** By listing row: before, after. */
  readonly shown: Map<number, [number, number]>;
}

export class TrialTally {
  readonly #counts = new Map<string, Counts>();

  add(before: Decision, after: Decision): void {
    before.placements.forEach(({ placement, items }, i) => {
      const counts = this.#of(placement);
      const now = after.placements[i]!.items;
      const kept = new Set(now.map(({ listing }) => listing));
      counts.pages++;
      if (items.length !== now.length || items.some(({ listing }, place) => now[place]!.listing !== listing))
        counts.changed++;
      counts.overlap +=
        items.length === 0
          ? Number(now.length === 0)
          : items.filter(({ listing }) => kept.has(listing)).length / items.length;
      count(counts.shown, items, 0);
      count(counts.shown, now, 1);
    });
  }

  addValues(
    placement: string,
    before: Decision,
    after: Decision,
    worthOf: (listing: number) => number | undefined,
  ): void {
    const counts = this.#of(placement);
    const sum = (decision: Decision): number => {
      const { items } = decision.placements.find((decided) => decided.placement === placement)!;
      return items.reduce((total, { listing }) => total + (worthOf(listing) ?? 0), 0);
    };
    counts.pagesValued++;
    counts.valueBefore += sum(before);
    counts.valueAfter += sum(after);
  }

  placements(idOf: (listing: number) => string): PlacementTrial[] {
    return [...this.#counts].map(([placement, counts]) => {
      const { pages, changed, overlap, pagesValued, valueBefore, valueAfter, shown } = counts;
      const shifts = [...shown]
        .map(([listing, [before, after]]) => ({ listing: idOf(listing), before, after }))
        .filter(({ before, after }) => before !== after)
        .sort((a, b) => b.after - b.before - (a.after - a.before) || (a.listing < b.listing ? -1 : 1));
      return {
        placement,
        pages,
        changed: changed / pages,
        overlap: overlap / pages,
        ...(pagesValued > 0 && { value: { before: valueBefore / pagesValued, after: valueAfter / pagesValued } }),
        gain: shifts.filter(({ before, after }) => after > before).slice(0, SHIFTS_MAX),
        lose: shifts
          .filter(({ before, after }) => after < before)
          .reverse()
          .slice(0, SHIFTS_MAX),
      };
    });
  }

  #of(placement: string): Counts {
    let counts = this.#counts.get(placement);
    if (counts === undefined) {
      counts = { pages: 0, changed: 0, overlap: 0, pagesValued: 0, valueBefore: 0, valueAfter: 0, shown: new Map() };
      this.#counts.set(placement, counts);
    }
    return counts;
  }
}

function count(shown: Counts['shown'], items: readonly DecisionItem[], side: 0 | 1): void {
  for (const { listing } of items) {
    const times = shown.get(listing) ?? [0, 0];
    times[side]++;
    shown.set(listing, times);
  }
}
