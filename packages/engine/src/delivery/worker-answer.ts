/** How a worker thread reports: its progress, then one last message with the result or with an error of the one table. */
import type { MessagePort } from 'node:worker_threads';
import { type ErrorCode, RialtoError } from '../base/errors.ts';
import { giveWay } from './thread-priority.ts';

export type WorkerAnswer =
  | { readonly progress: unknown }
  | { readonly result: unknown }
  | { readonly code: ErrorCode; readonly message: string };

export async function answer(port: MessagePort, work: () => Promise<unknown>): Promise<void> {
  giveWay();
  try {
    port.postMessage({ result: await work() } satisfies WorkerAnswer);
  } catch (error) {
    if (!(error instanceof RialtoError)) throw error;
    port.postMessage({ code: error.code, message: error.message } satisfies WorkerAnswer);
  }
}
