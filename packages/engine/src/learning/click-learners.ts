/**
 * Learners of clicks by name, each with its settings found on the examples that it learns from: what `click-blend.ts` stacks, its parts
 * alone, and the networks, whose rate and passes are chosen on a tenth of the examples.
 */
import { Rng } from '../base/rng.ts';
import {
  BLEND_STEPS,
  effortFor,
  FEATURE_SETS,
  slotBits,
  trainBlend,
  treeExamples,
  treesOptions,
} from './click-blend.ts';
import { trainClickTrees } from './click-trees.ts';
import { chooseFtrl, chooseTrees, partsOf, trainFtrl } from './cross-fit.ts';
import { DEFAULT_DEEP, type DeepModel, type DeepOptions, newDeepModel } from './deep-clicks.ts';
import { type LabelledExamples, takeRows } from './examples.ts';
import { shuffledRows } from './folds.ts';
import { DEFAULT_FTRL } from './ftrl.ts';
import { type ClickModel, requireLearnable } from './learner.ts';
import { logLossOf } from './log-loss.ts';
import { sigmoid } from './logistic.ts';
import { trainEffects } from './random-effects.ts';

export const CLICK_LEARNERS = ['blend', 'trees', 'ftrl', 'effects', 'fm', 'deep'] as const;
export type ClickLearner = (typeof CLICK_LEARNERS)[number];

/** How often `trainClicks` tells that it has come further. */
export const stepsOf = (learner: ClickLearner): number => (learner === 'blend' ? BLEND_STEPS : 1);

/** Throws `bad-training-data`. */
export function trainClicks(
  examples: LabelledExamples,
  learner: ClickLearner,
  seed: number,
  onStep: () => void = () => {},
): ClickModel {
  requireLearnable(examples);
  if (learner === 'blend') return trainBlend(examples, { seed, onStep });
  const model = ALONE[learner](examples, seed);
  onStep();
  return model;
}

type Alone = Exclude<ClickLearner, 'blend'>;

const ALONE: Readonly<Record<Alone, (examples: LabelledExamples, seed: number) => ClickModel>> = {
  trees(examples, seed) {
    const effort = effortFor(examples.rows);
    const few = treeExamples(examples, effort, seed);
    const parts = partsOf(few, effort.folds, effort.foldsRun, seed);
    const tried = FEATURE_SETS.map((set) => chooseTrees(parts, treesOptions(few, effort, set, seed), effort.leaves));
    const { options } = tried.reduce((least, one) => (one.loss < least.loss ? one : least));
    return trainClickTrees(few, options);
  },
  ftrl(examples, seed) {
    const effort = effortFor(examples.rows);
    const parts = partsOf(treeExamples(examples, effort, seed), effort.folds, effort.foldsRun, seed);
    const { options } = chooseFtrl(parts, { ...DEFAULT_FTRL, bits: slotBits(examples) }, { ...effort, seed });
    return trainFtrl(examples, options, seed);
  },
  effects: (examples) => trainEffects(examples),
  fm: (examples, seed) => trainNetwork(examples, { ...DEFAULT_DEEP, products: 0, units: 0 }, seed),
  deep: (examples, seed) => trainNetwork(examples, DEFAULT_DEEP, seed),
};

const HELD_SHARE = 0.1;
const RATES = [0.02, 0.05, 0.1] as const;
const PASSES_MAX = 6;

/** With the rate and the passes of the least loss on the rows held, which are learned from last. */
function trainNetwork(examples: LabelledExamples, options: DeepOptions, seed: number): ClickModel {
  const rows = shuffledRows(examples.rows, new Rng(seed));
  const shuffled = takeRows(examples, rows);
  const cut = Math.max(1, Math.floor((1 - HELD_SHARE) * examples.rows));
  const part = (from: number, to: number) =>
    takeRows(
      shuffled,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
    );
  const [train, held] = [part(0, cut), part(cut, examples.rows)];
  const sized = { ...options, bits: Math.min(options.bits, slotBits(examples)) };
  const out = new Float64Array(held.rows);
  const lossOn = (model: DeepModel): number => {
    model.score(held, out);
    return logLossOf(held.labels, out.map(sigmoid));
  };
  let best: { readonly model: DeepModel; readonly loss: number } | undefined;
  for (const rate of RATES) {
    const model = networkOf(train, sized, rate, seed);
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
  newDeepModel(examples, [examples], { ...options, tableRate: rate, denseRate: rate / 2 }, seed);
