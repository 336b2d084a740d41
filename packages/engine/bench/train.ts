/**
 * Training on a market whose truth is known (`training-market.ts`): how much of the gap between the log loss of the click rate and
 * that of the true probabilities is closed on fresh impressions after one pass, how fast that went, and how honest the
 * probabilities are. Logistic regression and a factorisation machine go over the same impressions, for comparison.
 */
import { aucOf } from '../src/learning/auc.ts';
import { calibrationError, reliabilityTable } from '../src/learning/calibration.ts';
import { DEFAULT_DEEP } from '../src/learning/deep-clicks.ts';
import type { LabelledExamples } from '../src/learning/examples.ts';
import { DEFAULT_FTRL, ftrlLearner } from '../src/learning/ftrl.ts';
import type { ClickModel } from '../src/learning/learner.ts';
import { logLossOf } from '../src/learning/log-loss.ts';
import { sigmoid } from '../src/learning/logistic.ts';
import { trainDeep } from '../src/training/train-deep.ts';
import type { Bench, Figures } from './bench.ts';
import { cpuMicros, machineFacts, rounded } from './figures.ts';
import { type TrainingMarket, trainingMarket } from './training-market.ts';

const SIZES = {
  full: { rows: 1_000_000, fresh: 500_000, bits: 20 },
  small: { rows: 10_000, fresh: 5000, bits: 12 },
};
/** Settings were chosen in worlds 1, 4 and 5. */
const WORLD = 2;
/** Of the reliability table: bins of equally many rows. */
const BINS = 20;

export const trainBench: Bench = async ({ small, seed = WORLD, say }) => {
  const { rows, fresh, bits } = small ? SIZES.small : SIZES.full;
  say(`drawing ${rows} impressions to learn from and ${fresh} fresh ones`);
  const market = trainingMarket(seed);
  const { examples } = market(rows, 1);
  const test = market(fresh, 2);
  const options = { ...DEFAULT_DEEP, bits };
  const timed = async (name: string, train: () => Promise<ClickModel>) => {
    const begin = performance.now();
    const cpuBefore = cpuMicros();
    const model = await train();
    const cpu = cpuMicros() - cpuBefore;
    const seconds = (performance.now() - begin) / 1000;
    const figures = {
      ...qualityOf(model, test, examples),
      examplesPerSecond: Math.round(rows / seconds),
      /** With the threads' waiting for each other. */
      cpuMicrosPerExample: rounded(cpu / rows, 2),
    };
    say(`${name}: ${JSON.stringify(figures)}`);
    return figures;
  };
  const deep = (threads: number, shape = {}) =>
    trainDeep(examples, [examples], { seed: 1, options: { ...options, ...shape }, threads });
  const twoThreads = await timed('network, 2 threads', () => deep(2));
  const oneThread = await timed('network, 1 thread', () => deep(1));
  // Both make the same model; one thread is as fast where other work keeps a core busy.
  const faster = twoThreads.examplesPerSecond > oneThread.examplesPerSecond ? twoThreads : oneThread;
  return {
    rows,
    fields: 30,
    clickRate: rounded(shareOf(examples), 4),
    bayesAuc: rounded(aucOf(test.examples.labels, test.truth), 4),
    ...faster,
    twoThreads,
    oneThread,
    factorisationMachine: await timed('factorisation machine', () => deep(2, { products: 0, units: 0 })),
    logisticRegression: await timed('logistic regression', async () =>
      ftrlLearner({ ...DEFAULT_FTRL, bits: bits + 1 }).train([examples], { seed: 1 }),
    ),
    machine: machineFacts(),
  };
};

const shareOf = ({ labels, rows }: LabelledExamples): number => labels.reduce((sum, label) => sum + label, 0) / rows;

function qualityOf(model: ClickModel, { examples, truth }: TrainingMarket, trained: LabelledExamples): Figures {
  const scores = new Float64Array(examples.rows);
  model.score(examples, scores);
  const predictions = scores.map(sigmoid);
  const { labels } = examples;
  const base = logLossOf(labels, new Float64Array(examples.rows).fill(shareOf(trained)));
  const bayes = logLossOf(labels, truth);
  const logLoss = logLossOf(labels, predictions);
  return {
    gapClosed: rounded((base - logLoss) / (base - bayes), 4),
    logLoss: rounded(logLoss, 5),
    baseLogLoss: rounded(base, 5),
    bayesLogLoss: rounded(bayes, 5),
    auc: rounded(aucOf(labels, scores), 4),
    ece: rounded(calibrationError(reliabilityTable(predictions, labels, BINS)), 5),
  };
}
