/** A worker thread that learns its shards of each step. */
import { parentPort, workerData } from 'node:worker_threads';
import { answer } from '../delivery/worker-answer.ts';
import { DeepModel } from '../learning/deep-clicks.ts';
import { DeepNetwork } from '../learning/deep-network.ts';
import type { Examples } from '../learning/examples.ts';
import type { Observation } from '../learning/observation.ts';
import type { SharedMemory } from '../learning/wasm-assembler.ts';
import { type BarrierCells, meetAt } from './barrier.ts';

export interface TrainDeepWork extends Pick<DeepModel, 'schema' | 'options' | 'slots' | 'seed' | 'seen'> {
  readonly memory: SharedMemory;
  readonly shape: DeepNetwork['shape'];
  readonly examples: Examples;
  readonly observations: readonly Observation[];
  readonly member: number;
  readonly members: number;
  readonly cells: BarrierCells;
}

const { memory, shape, examples, observations, member, members, cells, ...model } = workerData as TrainDeepWork;

await answer(parentPort!, async () => {
  const meet = (): void => meetAt(cells, members);
  new DeepModel(model, new DeepNetwork(shape, memory)).learn(examples, observations, { member, members, meet });
  return null;
});
