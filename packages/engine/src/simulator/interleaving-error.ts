/**
 * How sharply interleaved lists tell a better ranker from the one that serves: rankings of the same items by their worth to a buyer, each
 * with noise of its own; the better one's noise is as much smaller as gives the effect on clicks. Items of a list are clicked with a
 * chance that falls with their place, at the shop's rate. Per page, team draft's credit has mean m and variance v, so over n pages, taken as
 * independent of each other,
 *
 *     standard error relative to the effect = √(v / n) / m
 */
import { hashPair } from '../base/hash.ts';
import { Rng } from '../base/rng.ts';
import { SECOND, teamDraft } from '../experiments/interleaving.ts';

export interface InterleavingErrorInput {
  readonly seed: number;
  /** On clicks, relative. */
  readonly effect: number;
  readonly clicksAPage: number;
  readonly pages: number;
}

const ITEMS = 24;
const SHOWN = 8;
const NOISE = 1;
const DRAWS = 2_000;
const EXAMINED = 0.85;
const STEPS = 16;
/** Smaller effects are read off this one, in proportion: they would drown in the draws. */
const EFFECT_MIN = 0.1;

interface Page {
  readonly worth: Float64Array; // [items]
  readonly first: Float64Array; // noise of the ranker that serves, [items]
  readonly second: Float64Array; // [items]
}

/** Infinite where no ranker can be as much better. */
export function interleavingError({ seed, effect, clicksAPage, pages }: InterleavingErrorInput): number {
  const drawn = Array.from({ length: DRAWS }, (_, page) => drawPage(new Rng(hashPair(seed, page))));
  const serving = meanClicks(drawn, 'first', NOISE);
  const tried = Math.max(effect, EFFECT_MIN);
  const wanted = (1 + tried) * serving;
  if (meanClicks(drawn, 'first', 0) < wanted) return Number.POSITIVE_INFINITY;
  let [low, high] = [0, NOISE];
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (meanClicks(drawn, 'first', middle) >= wanted) low = middle;
    else high = middle;
  }
  const rate = clicksAPage / serving;
  let [mean, square] = [0, 0];
  drawn.forEach((page, name) => {
    const lists = [ranked(page, 'first', NOISE), ranked(page, 'second', low)] as const;
    const { items, team } = teamDraft(...lists, SHOWN, { seed, name: String(name) });
    items.forEach((item, place) => {
      if (team[place] === 0) return;
      const p = Math.min(1, rate * clicked(page.worth[item]!, place));
      mean += (team[place] === SECOND ? p : -p) / DRAWS;
      square += p / DRAWS;
    });
  });
  const found = (mean * effect) / tried;
  return found <= 0 ? Number.POSITIVE_INFINITY : Math.sqrt((square - mean * mean) / pages) / found;
}

function drawPage(rng: Rng): Page {
  const draw = (): Float64Array => Float64Array.from({ length: ITEMS }, () => rng.normal());
  return { worth: draw(), first: draw(), second: draw() };
}

function ranked({ worth, ...noises }: Page, by: 'first' | 'second', noise: number): number[] {
  const score = worth.map((value, item) => value + noise * noises[by][item]!);
  return Array.from(score.keys()).sort((a, b) => score[b]! - score[a]!);
}

/** Up to a factor. */
const clicked = (worth: number, place: number): number => Math.exp(worth) * EXAMINED ** place;

function meanClicks(pages: readonly Page[], by: 'first' | 'second', noise: number): number {
  let sum = 0;
  for (const page of pages)
    for (let place = 0, list = ranked(page, by, noise); place < SHOWN; place++)
      sum += clicked(page.worth[list[place]!]!, place);
  return sum / pages.length;
}
