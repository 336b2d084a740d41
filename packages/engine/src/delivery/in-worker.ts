/** Work in a thread of its own: started, waited for, ended. Its module reports through `answer` (worker-answer.ts). */
import { Worker } from 'node:worker_threads';
import { RialtoError } from '../base/errors.ts';
import type { WorkerAnswer } from './worker-answer.ts';

/** Rejects with the worker's error of the one table, or with what crashed it. */
export function inWorker<T>(module: URL, workerData: unknown, onProgress?: (progress: unknown) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(module, { workerData });
    worker.on('message', (answer: WorkerAnswer) => {
      if ('progress' in answer) return onProgress?.(answer.progress);
      if ('code' in answer) reject(new RialtoError(answer.code, answer.message));
      else resolve(answer.result as T);
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new Error(`the worker ${module.pathname} ended without an answer, exit code ${code}`)),
    );
  });
}
