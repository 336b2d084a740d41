/** The state as it was at an offset of the log: the nearest checkpoint before it, and the records from there. */
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import { applyRecord } from './apply.ts';
import { State } from './state.ts';

export interface RebuildInput {
  readonly log: Log;
  readonly checkpoints?: CheckpointStore;
  /** The end of the log where absent. */
  readonly offset?: number;
  readonly onProgress?: (applied: number) => void;
}

export async function rebuild({ log, checkpoints, offset, onProgress }: RebuildInput): Promise<State> {
  const end = offset ?? log.end()[0]!;
  const state = new State();
  const checkpoint = await checkpoints?.newest(log, end);
  if (checkpoint) state.load(checkpoint.reader);
  for await (const { records } of log.read(0, state.offset, end)) {
    for (const record of records) applyRecord(state, record);
    onProgress?.(state.offset);
  }
  return state;
}
