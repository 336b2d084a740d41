/**
 * A network over embeddings (`deep-clicks.ts`) for a table of examples: its rate and its passes found by cross-validation, or, where it
 * learns by itself, on a tenth of the examples.
 */
import { Rng } from '../base/rng.ts';
import { slotBits } from './click-slots.ts';
import { best, type CrossFit, type Part, testLabels } from './cross-fit.ts';
import { DEFAULT_DEEP, type DeepModel, type DeepOptions, newDeepModel } from './deep-clicks.ts';
import { type LabelledExamples, takeRows } from './examples.ts';
import { shuffledRows } from './folds.ts';
import type { ClickModel } from './learner.ts';
import { logLossOf } from './log-loss.ts';
import { sigmoid } from './logistic.ts';

const RATES = [0.02, 0.05, 0.1] as const;

export interface NetworkTraining {
  readonly rate: number;
  readonly passes: number;
}

export function chooseNetwork(
  parts: readonly Part[],
  { passesMax, seed }: { readonly passesMax: number; readonly seed: number },
): CrossFit<NetworkTraining> {
  const labels = testLabels(parts);
  const tries = RATES.flatMap((rate) => {
    const logits = Array.from({ length: passesMax }, () => new Float64Array(labels.length));
    let at = 0;
    for (const { train, test } of parts) {
      eachPass(train, { rate, passes: passesMax }, seed, (model, pass) =>
        model.score(test, logits[pass]!.subarray(at, at + test.rows)),
      );
      at += test.rows;
    }
    return logits.map((scores, pass) => ({
      loss: logLossOf(labels, scores.map(sigmoid)),
      options: { rate, passes: pass + 1 },
      logits: scores,
    }));
  });
  return best(tries);
}

export const trainChosenNetwork = (examples: LabelledExamples, training: NetworkTraining, seed: number): DeepModel =>
  eachPass(examples, training, seed, () => {});

function eachPass(
  examples: LabelledExamples,
  { rate, passes }: NetworkTraining,
  seed: number,
  after: (model: DeepModel, pass: number) => void,
): DeepModel {
  const model = networkOf(examples, DEFAULT_DEEP, rate, seed);
  const shuffled = takeRows(examples, shuffledRows(examples.rows, new Rng(seed)));
  for (let pass = 0; pass < passes; pass++) {
    model.learn(shuffled, [shuffled]);
    after(model, pass);
  }
  return model;
}

const HELD_SHARE = 0.1;
const PASSES_MAX = 6;

/** With the rate and the passes of the least loss on the rows held, which are learned from last. */
export function trainNetwork(examples: LabelledExamples, options: DeepOptions, seed: number): ClickModel {
  const rows = shuffledRows(examples.rows, new Rng(seed));
  const shuffled = takeRows(examples, rows);
  const cut = Math.max(1, Math.floor((1 - HELD_SHARE) * examples.rows));
  const part = (from: number, to: number) =>
    takeRows(
      shuffled,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
    );
  const [train, held] = [part(0, cut), part(cut, examples.rows)];
  const out = new Float64Array(held.rows);
  const lossOn = (model: DeepModel): number => {
    model.score(held, out);
    return logLossOf(held.labels, out.map(sigmoid));
  };
  let best: { readonly model: DeepModel; readonly loss: number } | undefined;
  for (const rate of RATES) {
    const model = networkOf(train, options, rate, seed);
    let before = Number.POSITIVE_INFINITY;
    for (let passes = 1; passes <= PASSES_MAX; passes++) {
      model.learn(train, [train]);
      const loss = lossOn(model);
      if (best === undefined || loss < best.loss) best = { model: model.copy(), loss };
      if (!(loss < before)) break;
      before = loss;
    }
  }
  const last = best!.model.copy();
  last.learn(held, [held]);
  // Rows that were learned from are known better, unless a step went astray.
  return lossOn(last) <= best!.loss ? last : best!.model;
}

const networkOf = (examples: LabelledExamples, options: DeepOptions, rate: number, seed: number): DeepModel =>
  newDeepModel(
    examples,
    [examples],
    { ...options, bits: Math.min(options.bits, slotBits(examples)), tableRate: rate, denseRate: rate / 2 },
    seed,
  );
