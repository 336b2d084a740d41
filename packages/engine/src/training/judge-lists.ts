/**
 * Lists of the k best of all items but those of a history, against what was wanted of it. Many cases are shared out among worker
 * threads, each with the model read from its bytes.
 */
import { workerUrl } from '../base/worker-url.ts';
import { inWorker } from '../delivery/in-worker.ts';
import { BlendedRecommender } from '../learning/blended-recommender.ts';
import type { Recommender } from '../learning/recommender.ts';
import { ItemPopularity, SparseBlend } from '../learning/sparse-blend.ts';
import { rowOf, type SparseMatrix } from '../learning/sparse-matrix.ts';
import { topScores } from '../learning/top-scores.ts';
import { type ListQuality, listQuality } from './list-quality.ts';
import { inSharedMemory } from './top-n-trials.ts';

/** What each of several buyers wanted. */
export interface ListCases {
  /** The buyer's row of the histories, or -1 where there is none. [cases] */
  readonly rows: Int32Array;
  readonly starts: Int32Array; // [cases + 1]
  /** Ascending within a case. */
  readonly wanted: Int32Array;
}

export interface JudgeOptions {
  readonly histories: SparseMatrix;
  readonly cases: ListCases;
  readonly k: number;
  /** No look at items that nothing speaks for, where the model is a blend of graphs. */
  readonly sparse: boolean;
}

export interface JudgeSlice {
  readonly from: number;
  readonly to: number;
  readonly onCase?: (done: number) => void;
}

/** Sums over the cases of the slice. */
export function judgeSlice(
  model: Recommender,
  { histories, cases, k, sparse }: JudgeOptions,
  { from, to, onCase }: JudgeSlice,
): ListQuality {
  const lists =
    sparse && model instanceof BlendedRecommender
      ? new SparseBlend(model.parts, new ItemPopularity(histories))
      : undefined;
  const scores = new Float32Array(lists === undefined ? model.itemCount : 0);
  const top = new Int32Array(k);
  const none = new Int32Array(0);
  const listOf = (history: Int32Array): number => {
    if (lists !== undefined) return lists.top(history, k, top);
    model.score(history, scores);
    for (const item of history) scores[item] = Number.NEGATIVE_INFINITY;
    return topScores(scores, k, top);
  };
  let recall = 0;
  let ndcg = 0;
  for (let c = from; c < to; c++) {
    const row = cases.rows[c]!;
    const size = listOf(row < 0 ? none : rowOf(histories, row));
    const quality = listQuality(
      top.subarray(0, size),
      cases.wanted.subarray(cases.starts[c]!, cases.starts[c + 1]!),
      k,
    );
    recall += quality.recall;
    ndcg += quality.ndcg;
    onCase?.(c - from + 1);
  }
  return { recall, ndcg };
}

/** What a worker thread is given. */
export interface JudgeCall extends JudgeOptions {
  readonly model: Uint8Array;
  readonly from: number;
  readonly to: number;
}

export async function judgeInThreads(
  model: BlendedRecommender,
  options: JudgeOptions,
  threads: number,
  onCases: (done: number) => void,
): Promise<ListQuality> {
  const { histories, cases } = options;
  const all = cases.rows.length;
  const shared = {
    ...options,
    model: inSharedMemory(new Uint8Array(model.pack())),
    histories: { ...histories, starts: inSharedMemory(histories.starts), columns: inSharedMemory(histories.columns) },
    cases: {
      rows: inSharedMemory(cases.rows),
      starts: inSharedMemory(cases.starts),
      wanted: inSharedMemory(cases.wanted),
    },
  };
  const done = new Array<number>(threads).fill(0);
  const sums = await Promise.all(
    done.map((_, thread) => {
      const call: JudgeCall = {
        ...shared,
        from: Math.floor((thread * all) / threads),
        to: Math.floor(((thread + 1) * all) / threads),
      };
      return inWorker<ListQuality>(workerUrl(import.meta.url, './judge-worker.ts'), call, (count) => {
        done[thread] = count as number;
        onCases(done.reduce((sum, one) => sum + one, 0));
      });
    }),
  );
  return sums.reduce((sum, one) => ({ recall: sum.recall + one.recall, ndcg: sum.ndcg + one.ndcg }));
}
