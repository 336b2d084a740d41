/**
 * Two ways of deciding the same pages, counted side by side by placement: how many pages change, how much of what is shown stays, what is
 * shown more and less, and what a value expects of each.
 */
import type { PlacementTrial } from '@rialto/sdk';
import type { Decision, PlacementDecision } from './decision.ts';

const SHIFTS_MAX = 10;

interface Counts {
  pages: number;
  changed: number;
  overlap: number;
  pagesValued: number;
  valueBefore: number;
  valueAfter: number;
  /** Before, after. */
  readonly shown: Map<Shown, [number, number]>;
}

/** The row of a listing, or the id of what else the placement ranks. */
type Shown = number | string;

const shownBy = ({ items, things }: PlacementDecision): Shown[] =>
  things === undefined ? items.map(({ listing }) => listing) : things.map(({ id }) => id);

export class TrialTally {
  readonly #counts = new Map<string, Counts>();

  add(before: Decision, after: Decision): void {
    before.placements.forEach((decided, i) => {
      const counts = this.#of(decided.placement);
      const then = shownBy(decided);
      const now = shownBy(after.placements[i]!);
      const kept = new Set(now);
      counts.pages++;
      if (then.length !== now.length || then.some((one, place) => now[place] !== one)) counts.changed++;
      counts.overlap +=
        then.length === 0 ? Number(now.length === 0) : then.filter((one) => kept.has(one)).length / then.length;
      count(counts.shown, then, 0);
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
        .map(([one, [before, after]]) => ({ id: typeof one === 'string' ? one : idOf(one), before, after }))
        .filter(({ before, after }) => before !== after)
        .sort((a, b) => b.after - b.before - (a.after - a.before) || (a.id < b.id ? -1 : 1));
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

function count(shown: Counts['shown'], all: readonly Shown[], side: 0 | 1): void {
  for (const one of all) {
    const times = shown.get(one) ?? [0, 0];
    times[side]++;
    shown.set(one, times);
  }
}
