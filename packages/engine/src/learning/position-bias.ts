/**
 * Clicks tell of places as well as of what was in them. Two ways to tell these apart:
 *
 *     held fixed      the place is a category like others while learning, and the same for all candidates when they are scored
 *                     (`holdFixed`); it may be learned by any learner, and in one pass
 *     examination     P(click) = q_k σ(z): a click needs that place k was looked at (the position-based model; Richardson et
 *                     al., WWW 2007). Regression EM in the manner of Wang et al. (WSDM 2018): q makes clicks of each place
 *                     what the model expects there, the model learns with q, by turns
 */
import { RialtoError } from '../base/errors.ts';
import { type DeepModel, type DeepOptions, newDeepModel } from './deep-clicks.ts';
import { categoryOf, type Examples, takeRows } from './examples.ts';
import { sigmoid } from './logistic.ts';

/** Clicks by place; 0 is the first. */
export interface PlacedClicks {
  readonly labels: Uint8Array; // [rows]
  readonly places: Uint8Array; // [rows]
}

/** The examples with one category the same in every row, such as the place when candidates are scored. */
export function holdFixed(examples: Examples, name: string, value: string): Examples {
  if (!examples.categories.some((column) => column.name === name))
    throw new RialtoError('bad-training-data', `there is no category ${JSON.stringify(name)} to be held fixed`);
  const values = new Int32Array(examples.rows).fill(categoryOf(value));
  return {
    ...examples,
    categories: examples.categories.map((column) => (column.name === name ? { name, values } : column)),
  };
}

/** Places are learned from at most so many rows. */
const ROWS_MAX = 300_000;
const ROUNDS = 6;
/** As if each place had been clicked once more, and expected to be, in a place that is always looked at. */
const PRIOR_CLICKS = 1;

/** How likely each place is to be looked at, the likeliest 1. [places] */
export function fitExamination(
  examples: Examples,
  { labels, places }: PlacedClicks,
  { options, seed }: { options: DeepOptions; seed: number },
): Float64Array {
  const stride = Math.ceil(examples.rows / ROWS_MAX);
  const rows = Int32Array.from({ length: Math.floor(examples.rows / stride) }, (_, i) => i * stride);
  const sample = takeRows(examples, rows);
  const sampleLabels = Uint8Array.from(rows, (row) => labels[row]!);
  const samplePlaces = Uint8Array.from(rows, (row) => places[row]!);
  const placed = { labels: sampleLabels, places: samplePlaces };
  let examination: Float64Array = new Float64Array(
    samplePlaces.reduce((most, place) => Math.max(most, place + 1), 0),
  ).fill(1);
  const scores = new Float64Array(sample.rows);
  for (let round = 0; round < ROUNDS; round++) {
    learnPlaced(sample, placed, examination, { options, seed }).score(sample, scores);
    const tally = new ExaminationTally(examination.length);
    tally.add(placed, scores);
    examination = tally.examination();
  }
  return examination;
}

function learnPlaced(
  examples: Examples,
  { labels, places }: PlacedClicks,
  examination: Float64Array,
  { options, seed }: { options: DeepOptions; seed: number },
): DeepModel {
  const observations = [{ labels, seen: placesSeen(places, examination) }];
  const model = newDeepModel(examples, observations, options, seed);
  model.learn(examples, observations);
  return model;
}

/** `seen` of an observation. [rows] */
export const placesSeen = (places: Uint8Array, examination: Float64Array): Float32Array =>
  Float32Array.from(places, (place) => examination[place]!);

/** What is known of q: the clicks of each place beside those that a model expects of places that are always looked at. */
export class ExaminationTally {
  readonly #clicks: Float64Array; // [places]
  readonly #expected: Float64Array; // [places]

  constructor(places: number) {
    this.#clicks = new Float64Array(places).fill(PRIOR_CLICKS);
    this.#expected = new Float64Array(places).fill(PRIOR_CLICKS);
  }

  /** `scores`: log-odds by a model; one that has not learned from these rows is not surer of them than it should be. [rows] */
  add({ labels, places }: PlacedClicks, scores: Float64Array): void {
    places.forEach((place, row) => {
      this.#clicks[place]! += labels[row]!;
      this.#expected[place]! += sigmoid(scores[row]!);
    });
  }

  /** q_k = clicks / expected clicks of place k, by the largest. [places] */
  examination(): Float64Array {
    const ratios = this.#clicks.map((count, place) => count / this.#expected[place]!);
    const most = Math.max(...ratios);
    return ratios.map((ratio) => ratio / most);
  }
}
