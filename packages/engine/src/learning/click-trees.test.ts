/** Trees for clicks: the contract, with categories as encodings and as columns of their values. */
import { clickTreesLearner, DEFAULT_CLICK_TREES } from './click-trees.ts';
import { learnerContract } from './learner.contract.ts';

const boosting = { ...DEFAULT_CLICK_TREES.boosting, rounds: 60, rate: 0.1 };
const { features } = DEFAULT_CLICK_TREES;

learnerContract(clickTreesLearner({ boosting, features, bags: 2 }));

const byValue = clickTreesLearner({
  boosting,
  features: { ...features, targets: false, counts: false, oneHot: true },
  bags: 1,
});
learnerContract({ ...byValue, name: 'boosted trees on single values' });
