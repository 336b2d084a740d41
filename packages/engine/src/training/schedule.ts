/**
 * When a serving engine trains by itself: once there are orders and nothing was trained, and then as they grow. What a gate refused waits for more orders, as
 * more of the same would be refused again; what failed (a full disk, too little memory) is tried again after an hour, then after two, four, up to a day.
 */
import type { TrainingOutcome } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { Engine } from '../delivery/engine.ts';
import { type PublishedSources, publishSources } from './publish-sources.ts';
import { type Published, trainAndPublish } from './train-and-publish.ts';

const ORDER_LINES_MIN = 500;
/** Trained anew once there are this many times as many order lines. */
const GROWTH = 1.1;
const LOOK_EVERY_MS = 60_000;
/** Looks that a failed training waits for. */
const LOOKS_AFTER_FAILURE = 60;
const LOOKS_MAX = 24 * LOOKS_AFTER_FAILURE;

export interface ScheduleOptions {
  readonly engine: Engine;
  readonly directory: string;
  readonly onStarted: (orderLines: number) => void;
  readonly onTrained: (published: Published) => void;
  /** What placements with `learnedSources` are served with was learned anew. */
  readonly onSources?: (published: PublishedSources) => void;
  readonly onFailed: (message: string) => void;
  /** Milliseconds from look to look; a minute where absent. */
  readonly lookEveryMs?: number;
}

type Trained = TrainingOutcome['model'];

/** Returns what ends it. A training under way at the end is left to end with the process. */
export function scheduleTraining(options: ScheduleOptions): () => void {
  const { engine, directory, onStarted, onTrained, onSources, onFailed } = options;
  let trainedAt = engine.state.tally.modelsServed === 0 ? 0 : engine.state.tally.orderLines;
  let training = false;
  const failed = new Set<Trained>();
  let failures = 0;
  let looksToWait = 0;
  const chosen = { seed: 1, by: 'schedule' } as const;
  const work: Readonly<Record<Trained, () => Promise<number>>> = {
    ranker: async () => {
      const published = await trainAndPublish(engine, directory, chosen);
      onTrained(published);
      return published.version;
    },
    sources: async () => {
      const published = await publishSources(engine, directory, chosen);
      onSources?.(published);
      return published.version;
    },
  };
  const train = async (model: Trained): Promise<void> => {
    failed.delete(model);
    const outcome = await outcomeOf(work[model]);
    engine.models.noteTraining({ model, ...outcome });
    if (outcome.outcome === 'failed') failed.add(model);
    if (outcome.message !== undefined) onFailed(outcome.message);
  };
  const look = async (): Promise<void> => {
    if (training) return;
    const { orderLines } = engine.state.tally;
    const grown = orderLines >= ORDER_LINES_MIN && orderLines >= GROWTH * trainedAt;
    const again = failed.size > 0 && --looksToWait <= 0;
    if (!grown && !again) return;
    training = true;
    trainedAt = orderLines;
    onStarted(orderLines);
    try {
      if (grown || failed.has('ranker')) await train('ranker');
      if (asksForSources(engine) && (grown || failed.has('sources'))) await train('sources');
    } finally {
      training = false;
      failures = failed.size > 0 ? failures + 1 : 0;
      looksToWait = Math.min(LOOKS_MAX, LOOKS_AFTER_FAILURE * 2 ** (failures - 1));
    }
  };
  const timer = setInterval(look, options.lookEveryMs ?? LOOK_EVERY_MS);
  timer.unref();
  void look();
  return () => clearInterval(timer);
}

async function outcomeOf(work: () => Promise<number>): Promise<Omit<TrainingOutcome, 'at' | 'model'>> {
  try {
    return { outcome: 'published', version: await work() };
  } catch (error) {
    const refused = error instanceof RialtoError && (error.code === 'model-refused' || error.code === 'no-data');
    return { outcome: refused ? 'refused' : 'failed', message: whyFailed(error) };
  }
}

function whyFailed(error: unknown): string {
  if (error instanceof RialtoError) return error.message;
  if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
    return 'training ran out of memory, what serves stays: train in a process of its own beside this one, with as much as it needs: NODE_OPTIONS=--max-old-space-size=MEGABYTES rialto train --data DIR --url URL';
  return `training failed, what serves stays: ${error instanceof Error ? error.stack : error}`;
}

function asksForSources({ state: { market } }: Engine): boolean {
  const { placements } = market;
  for (let row = 0; row < placements.size; row++) if (placements.at(row).learnedSources === true) return true;
  return false;
}
