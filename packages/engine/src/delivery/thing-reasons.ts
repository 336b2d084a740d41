/**
 * Why a query, review, shop or module is worth what it is, for people: what each of its factors adds to its value against the mean of all
 * that might have been shown (ranking/thing-effects.ts). What variety and chance make of the order is not in it.
 */
import type { Placement, ScoreReason } from '@rialto/sdk';
import { thingEffects } from '../ranking/thing-effects.ts';
import { NAMES_OF, OBJECTIVE_OF, type RankedThing, WORDS_OF } from '../ranking/thing-names.ts';
import { parseNamedValue } from '../ranking/value-expression.ts';
import type { JudgedThing } from './judged-thing.ts';
import type { PlacedThings } from './placed-ranker.ts';

/** Of a thing's strongest effect: less nobody asks for. */
const EFFECT_SHARE_MIN = 0.02;

/** The strongest first; nothing for those that were never weighed. [things] */
export function thingReasons(
  ranks: RankedThing & Placement['ranks'],
  placed: PlacedThings | undefined,
  judged: readonly JudgedThing[],
): (readonly ScoreReason[])[] {
  const value = placed?.value ?? parseNamedValue(OBJECTIVE_OF[ranks], NAMES_OF[ranks]);
  const weighed = judged.filter(({ factors }) => Object.keys(factors).length > 0);
  const { means, effects } = thingEffects(
    value,
    weighed.map(({ factors }) => factors),
  );
  const reasons = new Map(
    weighed.map((thing, i) => {
      const all = Object.entries(effects[i]!).sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
      const least = EFFECT_SHARE_MIN * Math.abs(all[0]?.[1] ?? 0);
      const strong = all.filter(([, effect]) => effect !== 0 && Math.abs(effect) >= least);
      return [
        thing,
        strong.map(([name, effect]) => reason(ranks, name, effect, [thing.factors[name] ?? 0, means[name]!])),
      ];
    }),
  );
  return judged.map((thing) => reasons.get(thing) ?? []);
}

function reason(
  ranks: RankedThing,
  feature: string,
  effect: number,
  [own, mean]: readonly [own: number, mean: number],
): ScoreReason {
  const sign = effect < 0 ? '−' : '+';
  const words = `“${WORDS_OF[ranks][feature] ?? feature}” ${short(own)}, on average ${short(mean)}: value ${sign} ${short(Math.abs(effect))}`;
  return { feature, effect, words };
}

const short = (value: number): string => String(Number(value.toPrecision(2)));
