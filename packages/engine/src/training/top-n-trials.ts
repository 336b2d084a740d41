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
  /** So many of them, the first, are what settings are tried on. */
  readonly triedOn: number;
  readonly k: number;
  readonly sparse: boolean;
}

export interface ExampleSource {
  /** Of each hold-out. */
  readonly buyersMax: number;
  /** Of all hold-outs, not only of those to try on. */
  readonly all: boolean;
}

export interface TopNTrials {
  /** The mean over the hold-outs to try on. `best`: the best of the kind before. */
  measure(spec: RecommenderSpec, best?: RecommenderSpec): Promise<number>;
  examples(specs: readonly RecommenderSpec[], from: ExampleSource): Promise<BlendExamples>;
  /** Fitted on all there is; model files' bytes. */
  fit(specs: readonly RecommenderSpec[]): Promise<readonly Uint8Array[]>;
  close(): Promise<void>;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function trialsHere(options: TrialsOptions): TopNTrials {
  const trials = new OwnTrials(options);
  return {
    measure: async (spec, best) => mean(trials.measures(spec, best)),
    examples: async (specs, from) => joinedExamples(trials.examples(specs, from)),
    fit: async (specs) => specs.map((spec) => trials.fit(spec)),
    close: async () => {},
  };
}

/** The hold-outs of one thread; each is made when it is first needed. */
export class OwnTrials {
  readonly #options: TrialsOptions;
  readonly #trials: TopNTrial[] = [];

  constructor(options: TrialsOptions) {
    this.#options = options;
  }

  /** By hold-out. */
  measures(spec: RecommenderSpec, best?: RecommenderSpec): number[] {
    return this.#first(this.#options.triedOn).map((trial) => trial.measure(spec, best));
  }

  /** By hold-out. */
  examples(specs: readonly RecommenderSpec[], { buyersMax, all }: ExampleSource): BlendExamples[] {
    const { holdOuts, triedOn } = this.#options;
    return this.#first(all ? holdOuts.length : triedOn).map((trial) => trial.examples(specs, buyersMax));
  }

  fit({ kind, options }: RecommenderSpec): Uint8Array {
    return RECOMMENDER_KINDS[kind].fit(this.#options.matrix, options).pack();
  }

  #first(count: number): readonly TopNTrial[] {
    const { matrix, holdOuts, k, sparse } = this.#options;
    for (let h = this.#trials.length; h < count; h++) this.#trials.push(new TopNTrial(matrix, holdOuts[h]!, k, sparse));
    return this.#trials.slice(0, count);
  }
}

export type TrialCall =
  | { readonly call: 'measures'; readonly spec: RecommenderSpec; readonly best: RecommenderSpec | undefined }
  | { readonly call: 'examples'; readonly specs: readonly RecommenderSpec[]; readonly from: ExampleSource }
  | { readonly call: 'fit'; readonly spec: RecommenderSpec };

export function trialsInThreads(options: TrialsOptions, threadCount: number): TopNTrials {
  const { matrix, holdOuts, triedOn } = options;
  const shared = { ...matrix, starts: inSharedMemory(matrix.starts), columns: inSharedMemory(matrix.columns) };
  const threads = Array.from({ length: Math.min(threadCount, holdOuts.length) }, (_, t) => {
    const isOwn = (_: unknown, h: number): boolean => h % threadCount === t;
    const own = { holdOuts: holdOuts.filter(isOwn), triedOn: holdOuts.slice(0, triedOn).filter(isOwn).length };
    return new TrialThread({ ...options, matrix: shared, ...own });
  });
  /** By hold-out, whoever had it, so that sums are the same to the bit as in one thread. */
  const askAll = async <T>(call: TrialCall): Promise<readonly T[]> => {
    const answers = (await Promise.all(threads.map((thread) => thread.ask(call)))) as T[][];
    return holdOuts.flatMap((_, h) => answers[h % threads.length]!.slice(Math.floor(h / threads.length)).slice(0, 1));
  };
  return {
    measure: async (spec, best) => mean(await askAll<number>({ call: 'measures', spec, best })),
    examples: async (specs, from) => joinedExamples(await askAll<BlendExamples>({ call: 'examples', specs, from })),
    fit: (specs) =>
      Promise.all(
        specs.map((spec, i) => threads[i % threads.length]!.ask({ call: 'fit', spec }) as Promise<Uint8Array>),
      ),
    async close() {
      await Promise.all(threads.map((thread) => thread.close()));
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
