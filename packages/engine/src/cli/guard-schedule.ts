/**
 * Guardrails that are looked after by the server itself: every so often the outcomes of each running experiment with guardrails are read
 * from the log, in a thread of its own, and an experiment that breaks one is stopped; a canary of a model is retired. The stop is a record that says why.
 */
import type { Engine } from '../delivery/engine.ts';
import { watchedOf } from '../experiments/guarded-metrics.ts';
import { judgeGuardrails, stopReasonOf } from '../experiments/guardrails.ts';
import type { GuardReading, Watched } from './guard-readings.ts';

const BY = 'guardrails';
const REASON_MAX = 1_000;
/** Whose outcomes the log tells as the guards read them. */
const UNITS: ReadonlySet<string> = new Set(['buyer', 'session', 'listing', 'shop', 'campaign', 'region-time']);

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

function watchedBy({ state, models }: Engine, say: (message: string) => void): Watched[] {
  return state.experiments.all().flatMap(({ experiment, running, version }) => {
    const { id, unit, guardrails = [], variants, periodHours, burnInMinutes = 0 } = experiment;
    if (!running || guardrails.length === 0 || variants.length < 2) return [];
    const names = [...new Set(guardrails.map(({ metric }) => metric))];
    const tellable = watchedOf(unit);
    const known = names.filter((name) => Object.hasOwn(tellable, name));
    for (const name of names)
      if (!known.includes(name))
        say(
          `guardrail ${name} of experiment ${id} is not looked after by the server, which knows ${Object.keys(tellable).join(', ')}: use rialto experiment guard`,
        );
    if (known.length === 0) return [];
    if (!UNITS.has(unit)) {
      say(
        `guardrails of experiment ${id} are not looked after by the server: its units are ${unit}s; use rialto experiment guard`,
      );
      return [];
    }
    const weights = variants.map(({ name, weight }) => [name, weight] as const);
    // Each canary of a model is a version of one experiment: buyers of the one before say nothing of this one.
    const sinceVersion = models.canaryOf(id) === undefined ? 1 : version;
    const cells = periodHours === undefined ? {} : { cells: { periodHours, burnInMinutes } };
    return [{ experiment: id, control: variants[0]!.name, unit, metrics: known, weights, sinceVersion, ...cells }];
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
    const canary = engine.models.canaryOf(id);
    if (canary === undefined) {
      await engine.stopExperiment(id, { reason }, BY);
      say(`stopped experiment ${id}: ${reason}`);
      continue;
    }
    const { name, version } = canary;
    await engine.models.tryOut(name, version, { status: 'retired', reason }, BY);
    say(`${name} version ${version} is no canary any more: ${reason}`);
  }
}
