/**
 * Clicks that tell of places as well as of what was in them: ten impressions of the training market are a page. Half of the pages were
 * ranked by logistic regression on earlier impressions, with some noise, half were sorted by a number, as by price. How likely place k
 * is looked at is the simulator's click model, an impression being what came on screen (`simulator/examination.ts`: 1, .76, .64, .57, … .40),
 * or the harsher 1/k. What was learned is judged by the NDCG of fresh pages, gains being the true probabilities.
 */
import type { Rng } from '../src/base/rng.ts';
import type { Examples } from '../src/learning/examples.ts';
import type { ClickModel } from '../src/learning/learner.ts';
import type { PlacedClicks } from '../src/learning/position-bias.ts';
import { attention } from '../src/simulator/examination.ts';
import type { TrainingMarket } from './training-market.ts';

export const PLACES = 10;
/** Of the log-odds that pages were ranked by. */
const NOISE = 0.5;
/** Which number. */
const SORTED_BY = 8;

/** That each place of what came on screen is looked at. [PLACES] */
export const LOOKS: Readonly<Record<'simulator' | 'harsh', Float64Array>> = {
  simulator: Float64Array.from({ length: PLACES }, (_, k) => attention(k)),
  harsh: Float64Array.from({ length: PLACES }, (_, k) => 1 / (k + 1)),
};

/** Shows the impressions in an order, and draws who clicks. */
export function placeAndClick(
  { examples, truth }: TrainingMarket,
  ranker: ClickModel,
  { order, clicks, looks }: { readonly order: Rng; readonly clicks: Rng; readonly looks: Float64Array },
): PlacedClicks {
  const places = placesOf(scoresOf(ranker, examples), examples.numbers[SORTED_BY]!.values, order);
  const labels = Uint8Array.from(truth, (p, row) => (clicks.unit() < p * looks[places[row]!]! ? 1 : 0));
  return { labels, places };
}

/** [rows] */
function placesOf(scores: Float64Array, prices: Float32Array, rng: Rng): Uint8Array {
  const places = new Uint8Array(scores.length);
  for (let from = 0; from < scores.length; from += PLACES) {
    const sorted = rng.unit() < 0.5;
    const keyOf = (row: number): number => (sorted ? -prices[row]! : scores[row]! + NOISE * rng.normal());
    const keys = Array.from({ length: PLACES }, (_, i) => keyOf(from + i));
    const order = keys.map((_, i) => i).sort((a, b) => keys[b]! - keys[a]!);
    order.forEach((i, place) => {
      places[from + i] = place;
    });
  }
  return places;
}

export function scoresOf(model: ClickModel, examples: Examples): Float64Array {
  const out = new Float64Array(examples.rows);
  model.score(examples, out);
  return out;
}

/** Of fresh pages, by the truth. */
export function meanNdcg(scores: Float64Array, truth: Float64Array): number {
  const gain = (order: readonly number[]): number =>
    order.reduce((sum, row, place) => sum + truth[row]! / Math.log2(place + 2), 0);
  let sum = 0;
  for (let from = 0; from < truth.length; from += PLACES) {
    const rows = Array.from({ length: PLACES }, (_, i) => from + i);
    const ours = gain([...rows].sort((a, b) => scores[b]! - scores[a]!));
    sum += ours / gain([...rows].sort((a, b) => truth[b]! - truth[a]!));
  }
  return (sum * PLACES) / truth.length;
}
