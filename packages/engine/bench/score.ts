/**
 * Scoring the candidates of a request on one core, by the network that `train` trains: 15 of the 30 fields are the request's, 15 the
 * candidate's. Addresses of rows are looked up within the time. Beside it, the same candidates as whole examples.
 */
import { CandidateScorer } from '../src/learning/candidate-scorer.ts';
import { DEFAULT_DEEP } from '../src/learning/deep-clicks.ts';
import { type Examples, takeRows } from '../src/learning/examples.ts';
import { trainDeep } from '../src/training/train-deep.ts';
import type { Bench } from './bench.ts';
import { machineFacts, median, rounded } from './figures.ts';
import { trainingMarket } from './training-market.ts';

const SIZES = {
  full: { rows: 1_000_000, candidates: 1000, requests: 2000, bits: 20 },
  small: { rows: 2000, candidates: 100, requests: 20, bits: 10 },
};
const WARM_UP = 200;
/** That of `train`. */
const WORLD = 2;

/** Every second column of each kind. */
const half = <T>(columns: readonly T[], odd: number): T[] => columns.filter((_, i) => i % 2 === odd);
const part = ({ rows, numbers, categories }: Examples, odd: number): Examples => ({
  rows,
  numbers: half(numbers, odd),
  categories: half(categories, odd),
});

export const scoreBench: Bench = async ({ small, say }) => {
  const { rows, candidates, requests, bits } = small ? SIZES.small : SIZES.full;
  say(`training on ${rows} impressions`);
  const draw = trainingMarket(WORLD);
  const { examples } = draw(rows, 1);
  const model = await trainDeep(examples, [examples], { seed: 1, options: { ...DEFAULT_DEEP, bits }, threads: 1 });
  const fresh = draw(requests + candidates, 3).examples;
  const own = part(fresh, 1);
  const scorer = new CandidateScorer(
    model,
    [...own.numbers, ...own.categories].map(({ name }) => name),
  );
  const rowsOf = (request: number): Int32Array => Int32Array.from({ length: candidates }, (_, i) => request + i);
  const millis: number[] = [];
  const wholeMillis: number[] = [];
  const scores = new Float64Array(candidates);
  const whole = new Float64Array(candidates);
  let worst = 0;
  for (let request = 0; request < requests; request++) {
    const asked = takeRows(part(fresh, 0), Int32Array.of(request));
    const offered = takeRows(own, rowsOf(request));
    const begin = performance.now();
    scorer.score(asked, offered, scores);
    const end = performance.now();
    if (request >= WARM_UP || small) millis.push(end - begin);
    if (request % 20 !== 0) continue;
    const repeated = takeRows(part(fresh, 0), new Int32Array(candidates).fill(request));
    const all = joined(fresh, repeated, offered);
    const wholeBegin = performance.now();
    model.score(all, whole);
    wholeMillis.push(performance.now() - wholeBegin);
    for (let i = 0; i < candidates; i++) worst = Math.max(worst, Math.abs(whole[i]! - scores[i]!));
  }
  return {
    candidates,
    fields: { request: 15, candidate: 15 },
    medianMs: rounded(median(millis), 4),
    /** Where other work keeps the machine busy, this is nearer to what it takes. */
    fastestTenthMs: rounded(millis.sort((a, b) => a - b)[Math.floor(0.1 * millis.length)]!, 4),
    p99Ms: rounded(millis[Math.floor(0.99 * millis.length)]!, 4),
    wholeExamplesMedianMs: rounded(median(wholeMillis), 4),
    largestDifference: Number(worst.toExponential(1)),
    machine: machineFacts(),
  };
};

/** The columns of both parts in the model's order. */
function joined(order: Examples, request: Examples, candidates: Examples): Examples {
  return {
    rows: candidates.rows,
    numbers: order.numbers.map((_, i) => (i % 2 === 0 ? request : candidates).numbers[i >> 1]!),
    categories: order.categories.map((_, i) => (i % 2 === 0 ? request : candidates).categories[i >> 1]!),
  };
}
