/** How a worker thread reports: its progress, then one last message with the result or with an error of the one table. */
import type { MessagePort } from 'node:worker_threads';
import { type ErrorCode, RialtoError } from '../base/errors.ts';
import { giveWay } from './thread-priority.ts';

export type WorkerAnswer =
  | { readonly progress: unknown }
  | { readonly result: unknown }
  | { readonly code: ErrorCode; readonly message: string };

/** `handedOver`: what of the result is not copied; nothing else may need it, nor lie in it. */
export async function answer<T>(
  port: MessagePort,
  work: () => Promise<T>,
  handedOver: (result: T) => ArrayBuffer[] = () => [],
): Promise<void> {
  giveWay();
  try {
    const result = await work();
    port.postMessage({ result } satisfies WorkerAnswer, handedOver(result));
  } catch (error) {
    if (!(error instanceof RialtoError)) throw error;
    port.postMessage({ code: error.code, message: error.message } satisfies WorkerAnswer);
  }
}
