/**
 * Learners of clicks by name, each with its settings found on the examples that it learns from: what `click-blend.ts` stacks, its parts
 * alone, and the networks, whose rate and passes are chosen on a tenth of the examples.
 */
import { blendSteps, effortFor, featureSets, trainBlend, treeExamples, treesOptions } from './click-blend.ts';
import { slotBits } from './click-slots.ts';
import { trainClickTrees } from './click-trees.ts';
import { chooseFtrl, chooseTrees, partsOf, trainFtrl } from './cross-fit.ts';
import { DEFAULT_DEEP } from './deep-clicks.ts';
import { trainNetwork } from './deep-fit.ts';
import type { Examples, LabelledExamples } from './examples.ts';
import { DEFAULT_FTRL } from './ftrl.ts';
import { type ClickModel, requireLearnable } from './learner.ts';
import { trainEffects } from './random-effects.ts';

export const CLICK_LEARNERS = ['blend', 'trees', 'ftrl', 'effects', 'fm', 'deep'] as const;
export type ClickLearner = (typeof CLICK_LEARNERS)[number];

/** How often `trainClicks` tells that it has come further. */
export const stepsOf = (learner: ClickLearner, examples: Examples): number =>
  learner === 'blend' ? blendSteps(examples) : 1;

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
    const tried = featureSets(few).map((set) =>
      chooseTrees(parts, treesOptions(few, effort, set, seed), effort.leaves),
    );
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
