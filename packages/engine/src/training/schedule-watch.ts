/** A serving engine looks once an hour, in a thread of its own, at how its ranker does; what is wrong is on the metrics page and told. */
import { workerUrl } from '../base/worker-url.ts';
import type { Engine } from '../delivery/engine.ts';
import { inWorker } from '../delivery/in-worker.ts';
import type { ModelWatch } from './watch-models.ts';

const EVERY_MS = 3_600_000;

export interface WatchSchedule {
  readonly engine: Engine;
  readonly directory: string;
  /** Told what was not so an hour before. */
  readonly onAlert: (alert: string) => void;
}

/** Returns what ends it. */
export function scheduleWatch({ engine, directory, onAlert }: WatchSchedule): () => void {
  const look = async (): Promise<void> => {
    if (engine.models.serving('ranker') === undefined) return;
    const url = workerUrl(import.meta.url, './watch-worker.ts');
    const { alerts, canary, version, decisions } = await inWorker<ModelWatch>(url, { directory });
    const tried = engine.models.list('ranker').find(({ status }) => status === 'canary');
    if (canary?.worse && tried !== undefined) {
      const share = ({ clicked, buyers }: typeof canary.canary): string => `${((100 * clicked) / buyers).toFixed(1)} %`;
      const reason = `${share(canary.canary)} of its buyers clicked, ${share(canary.control)} of the others: z ${canary.z.toFixed(1)}`;
      await engine.models.tryOut('ranker', tried.version, { status: 'retired', reason }, 'watch');
      onAlert(`ranker version ${tried.version} is no canary any more: ${reason}`);
    }
    const before = engine.models.verdict?.alerts ?? [];
    engine.models.noteVerdict({ ...(version !== undefined && { version }), decisions, alerts });
    for (const alert of alerts) if (!before.includes(alert)) onAlert(`ranker: ${alert}`);
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => onAlert(`the ranker could not be watched: ${error}`));
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
