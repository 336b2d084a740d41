/**
 * Guardrails that are looked after by the server itself: every so often the outcomes of each running experiment with guardrails are read
 * from the log, in a thread of its own, and an experiment that breaks one is stopped. The stop is a record that says why.
 */
import type { Engine } from '../delivery/engine.ts';
import { judgeGuardrails, stopReasonOf } from '../experiments/guardrails.ts';
import { type GuardReading, WATCHED, type Watched } from './guard-readings.ts';

const BY = 'guardrails';
const REASON_MAX = 1_000;

export interface GuardOptions {
  readonly engine: Engine;
  readonly everyMs: number;
  /** In a worker thread, where it serves. */
  readonly read: (watched: readonly Watched[]) => Promise<readonly GuardReading[]>;
  readonly onNotice: (message: string) => void;
}

/** Returns what ends it. */
export function scheduleGuards({ engine, everyMs, read, onNotice }: GuardOptions): () => void {
  let looking = false;
  const said = new Set<string>();
  const sayOnce = (message: string): void => {
    if (!said.has(message)) onNotice(message);
    said.add(message);
  };
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const watched = watchedBy(engine, sayOnce);
      if (watched.length > 0) await judge(engine, await read(watched), onNotice);
    } catch (error) {
      onNotice(`guardrails were not looked at: ${error instanceof Error ? error.message : error}`);
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function watchedBy({ state }: Engine, say: (message: string) => void): Watched[] {
  return state.experiments.all().flatMap(({ experiment, running }) => {
    const { id, guardrails = [], variants } = experiment;
    if (!running || guardrails.length === 0 || variants.length < 2) return [];
    const names = [...new Set(guardrails.map(({ metric }) => metric))];
    const known = names.filter((name) => Object.hasOwn(WATCHED, name));
    for (const name of names)
      if (!known.includes(name))
        say(
          `guardrail ${name} of experiment ${id} is not looked after by the server, which knows ${Object.keys(WATCHED).join(', ')}: use rialto experiment guard`,
        );
    if (known.length === 0) return [];
    const weights = variants.map(({ name, weight }) => [name, weight] as const);
    return [{ experiment: id, control: variants[0]!.name, metrics: known, weights }];
  });
}

async function judge(engine: Engine, found: readonly GuardReading[], say: (message: string) => void): Promise<void> {
  for (const { experiment: id, readings } of found) {
    const experiment = engine.read('experiment', id);
    // Somebody may have stopped it meanwhile.
    if (experiment?.status !== 'running') continue;
    const { breaches } = judgeGuardrails(experiment, readings);
    if (breaches.length === 0) continue;
    const reason = stopReasonOf(breaches).slice(0, REASON_MAX);
    await engine.stopExperiment(id, { reason }, BY);
    say(`stopped experiment ${id}: ${reason}`);
  }
}
