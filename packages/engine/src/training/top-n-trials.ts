/** Several hold-outs tried side by side: in this thread, or shared out to worker threads. The answers are the same. */
import { Worker } from 'node:worker_threads';
import { workerUrl } from '../base/worker-url.ts';
import type { BlendExamples } from '../learning/blender.ts';
import { RECOMMENDER_KINDS, type RecommenderSpec } from '../learning/recommender-kinds.ts';
import type { SparseMatrix } from '../learning/sparse-matrix.ts';
import type { HoldOutOptions } from './hold-out.ts';
import { joinedExamples, TopNTrial } from './top-n-trial.ts';

export interface TrialsOptions {
  readonly matrix: SparseMatrix;
  readonly holdOuts: readonly HoldOutOptions[];
  readonly k: number;
  readonly sparse: boolean;
}

export interface TopNTrials {
  /** The mean over the hold-outs. `best`: the best of the kind before. */
  measure(spec: RecommenderSpec, best?: RecommenderSpec): Promise<number>;
  /** Of at most so many buyers of each hold-out. */
  examples(specs: readonly RecommenderSpec[], buyersMax: number): Promise<BlendExamples>;
  /** Fitted on all there is; model files' bytes. */
  fit(specs: readonly RecommenderSpec[]): Promise<readonly Uint8Array[]>;
  close(): Promise<void>;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function trialsHere({ matrix, holdOuts, k, sparse }: TrialsOptions): TopNTrials {
  const trials = holdOuts.map((options) => new TopNTrial(matrix, options, k, sparse));
  return {
    measure: async (spec, best) => mean(trials.map((trial) => trial.measure(spec, best))),
    examples: async (specs, buyersMax) => joinedExamples(trials.map((trial) => trial.examples(specs, buyersMax))),
    fit: async (specs) => specs.map(({ kind, options }) => RECOMMENDER_KINDS[kind].fit(matrix, options).pack()),
    close: async () => {},
  };
}

export type TrialCall =
  | { readonly call: 'measure'; readonly spec: RecommenderSpec; readonly best: RecommenderSpec | undefined }
  | { readonly call: 'examples'; readonly specs: readonly RecommenderSpec[]; readonly buyersMax: number }
  | { readonly call: 'fit'; readonly spec: RecommenderSpec };

export function trialsInThreads({ matrix, holdOuts, k, sparse }: TrialsOptions, threadCount: number): TopNTrials {
  const shared = { ...matrix, starts: inSharedMemory(matrix.starts), columns: inSharedMemory(matrix.columns) };
  const threads = Array.from({ length: Math.min(threadCount, holdOuts.length) }, (_, t) => {
    const own = holdOuts.filter((_, h) => h % threadCount === t);
    return { thread: new TrialThread({ matrix: shared, holdOuts: own, k, sparse }), holdOuts: own.length };
  });
  return {
    async measure(spec, best) {
      const sums = await Promise.all(
        threads.map(async (t) => t.holdOuts * ((await t.thread.ask({ call: 'measure', spec, best })) as number)),
      );
      return sums.reduce((sum, value) => sum + value, 0) / holdOuts.length;
    },
    async examples(specs, buyersMax) {
      const call = { call: 'examples', specs, buyersMax } as const;
      const parts = await Promise.all(threads.map(({ thread }) => thread.ask(call)));
      return joinedExamples(parts as BlendExamples[]);
    },
    fit: (specs) =>
      Promise.all(
        specs.map((spec, i) => threads[i % threads.length]!.thread.ask({ call: 'fit', spec }) as Promise<Uint8Array>),
      ),
    async close() {
      await Promise.all(threads.map(({ thread }) => thread.close()));
    },
  };
}

export function inSharedMemory<T extends Int32Array | Uint8Array>(array: T): T {
  const make = array.constructor as new (buffer: SharedArrayBuffer) => T;
  const shared = new make(new SharedArrayBuffer(array.byteLength));
  shared.set(array);
  return shared;
}

/** Calls are answered in the order in which they were asked. */
class TrialThread {
  readonly #worker: Worker;
  readonly #waiting: { resolve(result: unknown): void; reject(error: Error): void }[] = [];

  constructor(options: TrialsOptions) {
    this.#worker = new Worker(workerUrl(import.meta.url, 'top-n-worker.ts'), { workerData: options });
    this.#worker.on('message', (result: unknown) => this.#waiting.shift()!.resolve(result));
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  ask(call: TrialCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(call);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
