/**
 * Labels that do not say what happened, in a market whose truth is known: clicks by place, ranked again by what was learned; and
 * conversions of which half take longer than a day, half of them not seen yet.
 */

import { Rng } from '../src/base/rng.ts';
import { observeConversions } from '../src/learning/conversion-delay.ts';
import { DEFAULT_DEEP } from '../src/learning/deep-clicks.ts';
import { categoryOf, type Examples, type LabelledExamples, takeRows } from '../src/learning/examples.ts';
import { DEFAULT_FTRL, ftrlLearner } from '../src/learning/ftrl.ts';
import type { ClickModel } from '../src/learning/learner.ts';
import { logLossOf } from '../src/learning/log-loss.ts';
import { sigmoid } from '../src/learning/logistic.ts';
import { fitExamination, holdFixed, placesSeen } from '../src/learning/position-bias.ts';
import { trainDeep } from '../src/training/train-deep.ts';
import type { Bench, Figures } from './bench.ts';
import { machineFacts, rounded } from './figures.ts';
import { LOOKS, meanNdcg, placeAndClick, scoresOf } from './placed-clicks.ts';
import { type TrainingMarket, trainingMarket } from './training-market.ts';

const SIZES = { full: { rows: 1_000_000, fresh: 200_000, bits: 20 }, small: { rows: 10_000, fresh: 5000, bits: 12 } };
const WORLD = 3;

export const biasBench: Bench = async ({ small, say }) => {
  const { rows, fresh, bits } = small ? SIZES.small : SIZES.full;
  say(`drawing ${rows} impressions to learn from and ${fresh} fresh ones`);
  const draw = trainingMarket(WORLD);
  const market = draw(rows, 1);
  const test = draw(fresh, 2);
  const train = (examples: Examples, observation: { labels: Uint8Array; seen?: Float32Array }) =>
    trainDeep(examples, [observation], { seed: 1, options: { ...DEFAULT_DEEP, bits }, threads: 1 });
  return {
    position: await positionFigures(market, test, { train, bits, earlier: draw(rows / 10, 3).examples }),
    delay: await delayFigures(market, test, train),
    negatives: await negativeFigures(market, test, bits),
    machine: machineFacts(),
  };
};

type Train = (examples: Examples, observation: { labels: Uint8Array; seen?: Float32Array }) => Promise<ClickModel>;

/** The truth is learned from as many impressions, and from as many clicks; `bias-growth.ts` has more impressions. */
async function positionFigures(
  market: TrainingMarket,
  test: TrainingMarket,
  { train, bits, earlier }: { train: Train; bits: number; earlier: LabelledExamples },
): Promise<Figures> {
  const ranker = ftrlLearner({ ...DEFAULT_FTRL, bits }).train([earlier], { seed: 1 });
  const { examples } = market;
  const chance = { order: new Rng(5), clicks: new Rng(6), looks: LOOKS.harsh };
  const { labels, places } = placeAndClick(market, ranker, chance);
  const placed: Examples = {
    ...examples,
    categories: [
      ...examples.categories,
      { name: 'place', values: Int32Array.from(places, (place) => categoryOf(String(place + 1))) },
    ],
  };
  const examination = fitExamination(examples, { labels, places }, { options: { ...DEFAULT_DEEP, bits }, seed: 1 });
  const place = { name: 'place', values: new Int32Array(test.examples.rows) };
  const testPlaced = holdFixed({ ...test.examples, categories: [...test.examples.categories, place] }, 'place', '1');
  const clicks = labels.reduce((sum, label) => sum + label, 0);
  const asMany = takeRows(
    examples,
    Int32Array.from({ length: rowsOfClicks(examples.labels, clicks) }, (_, row) => row),
  );
  const ndcg = (model: ClickModel, of: Examples): number => rounded(meanNdcg(scoresOf(model, of), test.truth), 4);
  return {
    clicks,
    ndcgOfRanker: ndcg(ranker, test.examples),
    ndcgTruth: ndcg(await train(examples, examples), test.examples),
    ndcgTruthOfAsManyClicks: ndcg(await train(asMany, asMany), test.examples),
    ndcgSeenOnly: ndcg(await train(examples, { labels }), test.examples),
    ndcgHeldFixed: ndcg(await train(placed, { labels }), testPlaced),
    ndcgExamination: ndcg(await train(examples, { labels, seen: placesSeen(places, examination) }), test.examples),
    examination: [...examination].map((q) => rounded(q, 3)),
  };
}

/** How many rows from the start have so many clicks. */
function rowsOfClicks(labels: Uint8Array, clicks: number): number {
  let left = clicks;
  let rows = 0;
  while (left > 0) left -= labels[rows++]!;
  return rows;
}

/** Clicks came evenly over the last days, and conversions count within as many; a category makes delays short or long. */
const DAYS = 4;

async function delayFigures({ examples, truth }: TrainingMarket, test: TrainingMarket, train: Train): Promise<Figures> {
  const rng = new Rng(7);
  const { rows, labels } = examples;
  const segments = examples.categories[10]!.values;
  const ages = Float32Array.from({ length: rows }, () => DAYS * rng.unit());
  const all = new Float32Array(rows);
  const delays = new Float32Array(rows).fill(Number.NaN);
  let late = 0;
  let conversions = 0;
  let come = 0;
  for (let row = 0; row < rows; row++) {
    do all[row] = Math.exp((segments[row] === 1 ? -0.1 : 1.2) + 1.2 * rng.normal());
    while (all[row]! > DAYS);
    if (labels[row] === 0) continue;
    conversions++;
    if (all[row]! > 1) late++;
    if (all[row]! > ages[row]!) continue;
    delays[row] = all[row]!;
    come++;
  }
  const loss = (model: ClickModel): number =>
    rounded(logLossOf(test.examples.labels, scoresOf(model, test.examples).map(sigmoid)), 5);
  const seenNow = Uint8Array.from(delays, (delay) => (Number.isNaN(delay) ? 0 : 1));
  const mature = Int32Array.from(ages.keys()).filter((row) => ages[row]! > 0.8 * DAYS);
  const observation = observeConversions({ ages, delays }, segments);
  const matureExamples: LabelledExamples = takeRows({ ...examples, labels: seenNow }, mature);
  return {
    conversions,
    laterThanADay: rounded(late / conversions, 3),
    comeByNow: rounded(come / conversions, 3),
    bayesLogLoss: rounded(logLossOf(test.examples.labels, test.truth), 5),
    logLossAllKnown: loss(await train(examples, examples)),
    logLossCorrected: loss(await train(examples, observation)),
    logLossTakenAsSeen: loss(await train(examples, { labels: seenNow })),
    logLossOldClicksOnly: loss(await train(matureExamples, matureExamples)),
    meanTruth: rounded(truth.reduce((sum, p) => sum + p, 0) / rows, 4),
  };
}

/** One negative of ten is kept. */
const KEPT = 0.1;

async function negativeFigures({ examples }: TrainingMarket, test: TrainingMarket, bits: number): Promise<Figures> {
  const rng = new Rng(8);
  const kept = Int32Array.from(examples.labels.keys()).filter((row) => examples.labels[row] === 1 || rng.unit() < KEPT);
  const sample = takeRows(examples, kept);
  const offsets = new Float32Array(sample.rows).fill(-Math.log(KEPT));
  const settings = { seed: 1, options: { ...DEFAULT_DEEP, bits }, threads: 1 };
  const { labels } = test.examples;
  const figures = (model: ClickModel) => {
    const predictions = scoresOf(model, test.examples).map(sigmoid);
    return {
      logLoss: rounded(logLossOf(labels, predictions), 5),
      meanPrediction: rounded(predictions.reduce((sum, p) => sum + p, 0) / labels.length, 4),
    };
  };
  return {
    examplesKept: sample.rows,
    clickRate: rounded(labels.reduce((sum, label) => sum + label, 0) / labels.length, 4),
    all: figures(await trainDeep(examples, [examples], settings)),
    corrected: figures(await trainDeep(sample, [{ labels: sample.labels, offsets }], settings)),
    notCorrected: figures(await trainDeep(sample, [sample], settings)),
  };
}
