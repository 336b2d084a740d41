/** The network over embeddings: the contract, as a factorisation machine and in full. */
import { DEFAULT_DEEP, deepLearner } from './deep-clicks.ts';
import { learnerContract } from './learner.contract.ts';

const SMALL = { ...DEFAULT_DEEP, bits: 10, caution: 1 };

learnerContract(deepLearner(SMALL));
learnerContract(deepLearner({ ...SMALL, products: 0, units: 0 }));
