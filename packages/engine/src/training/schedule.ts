/** When a serving engine trains by itself: once there are orders and nothing was trained, and then as they grow. */
import { RialtoError } from '../base/errors.ts';
import type { Engine } from '../delivery/engine.ts';
import { type PublishedSources, publishSources } from './publish-sources.ts';
import { type Published, trainAndPublish } from './train-and-publish.ts';

const ORDER_LINES_MIN = 500;
/** Trained anew once there are this many times as many order lines. */
const GROWTH = 1.1;
const LOOK_EVERY_MS = 60_000;

export interface ScheduleOptions {
  readonly engine: Engine;
  readonly directory: string;
  readonly onStarted: (orderLines: number) => void;
  readonly onTrained: (published: Published) => void;
  /** What placements with `learnedSources` are served with was learned anew. */
  readonly onSources?: (published: PublishedSources) => void;
  readonly onFailed: (message: string) => void;
}

/** Returns what ends it. A training under way at the end is left to end with the process. */
export function scheduleTraining({
  engine,
  directory,
  onStarted,
  onTrained,
  onSources,
  onFailed,
}: ScheduleOptions): () => void {
  let trainedAt = engine.state.tally.modelsServed === 0 ? 0 : engine.state.tally.orderLines;
  let training = false;
  const look = async (): Promise<void> => {
    const { orderLines } = engine.state.tally;
    if (training || orderLines < ORDER_LINES_MIN || orderLines < GROWTH * trainedAt) return;
    training = true;
    trainedAt = orderLines;
    onStarted(orderLines);
    const options = { seed: 1, by: 'schedule' } as const;
    try {
      await tried(async () => onTrained(await trainAndPublish(engine, directory, options)), onFailed);
      if (asksForSources(engine))
        await tried(async () => onSources?.(await publishSources(engine, directory, options)), onFailed);
    } finally {
      training = false;
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  void look();
  return () => clearInterval(timer);
}

async function tried(work: () => Promise<void>, onFailed: ScheduleOptions['onFailed']): Promise<void> {
  try {
    await work();
  } catch (error) {
    onFailed(
      error instanceof RialtoError ? error.message : `training failed: ${error instanceof Error ? error.stack : error}`,
    );
  }
}

function asksForSources({ state: { market } }: Engine): boolean {
  const { placements } = market;
  for (let row = 0; row < placements.size; row++) if (placements.at(row).learnedSources === true) return true;
  return false;
}
