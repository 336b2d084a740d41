/** A serving engine looks once an hour, in a thread of its own, at how its ranker does; what is wrong is on the metrics page and told. */
import { workerUrl } from '../base/worker-url.ts';
import type { Engine } from '../delivery/engine.ts';
import { inWorker } from '../delivery/in-worker.ts';
import type { ModelWatch } from './watch-models.ts';

/** An hour. */
const EVERY_MS = 3_600_000;

export interface WatchSchedule {
  readonly engine: Engine;
  readonly directory: string;
  /** Told what was not so an hour before. */
  readonly onAlert: (alert: string) => void;
  /** Milliseconds from look to look; an hour where absent. */
  readonly everyMs?: number;
}

/** Returns what ends it. */
export function scheduleWatch({ engine, directory, onAlert, everyMs = EVERY_MS }: WatchSchedule): () => void {
  const look = async (): Promise<void> => {
    const tries = engine.models.list().some(({ status }) => status === 'canary');
    if (engine.models.serving('ranker') === undefined && !tries) return;
    const url = workerUrl(import.meta.url, './watch-worker.ts');
    const { alerts, canaries, version, decisions } = await inWorker<ModelWatch>(url, { directory });
    for (const { model, version: tried, control, canary, z, worse } of canaries) {
      // Somebody may have given it up meanwhile.
      if (!worse || engine.models.read(model, tried).status !== 'canary') continue;
      const share = ({ clicked, buyers }: typeof canary): string => `${((100 * clicked) / buyers).toFixed(1)} %`;
      const reason = `${share(canary)} of its buyers clicked, ${share(control)} of the others: z ${z.toFixed(1)}`;
      await engine.models.tryOut(model, tried, { status: 'retired', reason }, 'watch');
      onAlert(`${model} version ${tried} is no canary any more: ${reason}`);
    }
    const before = engine.models.verdict?.alerts ?? [];
    engine.models.noteVerdict({ ...(version !== undefined && { version }), decisions, alerts });
    for (const alert of alerts) if (!before.includes(alert)) onAlert(`ranker: ${alert}`);
  };
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch((error: unknown) => onAlert(`the ranker could not be watched: ${error}`))
      .finally(() => {
        looking = false;
      });
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
