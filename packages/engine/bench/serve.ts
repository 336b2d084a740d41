/** The process behind `ServedEngine`: serves a data directory on a free port and answers its parent's questions. */
import type { DecideRequest } from '@rialto/sdk';
import { systemClock } from '../src/base/clock.ts';
import { millis } from '../src/base/units.ts';
import { openEngine } from '../src/delivery/data-directory.ts';
import { decide } from '../src/delivery/decide.ts';
import type { State } from '../src/delivery/state.ts';
import { Workspace } from '../src/delivery/workspace.ts';
import { startServer } from '../src/server/listen.ts';
import { USUAL_LOAD_LIMITS } from '../src/server/server-context.ts';
import { cpuMicros, rounded } from './figures.ts';
import type { Question } from './served-engine.ts';

export async function serve(directory: string): Promise<void> {
  const engine = await openEngine(directory);
  // The same engine twice: so that it can be measured with all of its work, and as it protects itself.
  const server = await startServer(engine, { port: 0 });
  const shipped = await startServer(engine, { port: 0, load: USUAL_LOAD_LIMITS });
  const answers: Record<Question['ask'], (question: Question) => unknown> = {
    usage: () => ({
      cpuMicros: cpuMicros(),
      residentMiB: rounded(process.memoryUsage().rss / 2 ** 20),
      decisions: engine.counters.decisions,
      decisionsBrownout: engine.counters.decisionsBrownout,
    }),
    candidates: ({ requests = [] }) => countCandidates(engine.state, requests, systemClock.now()),
    stop: () => undefined,
  };
  process.on('message', async (question: Question) => {
    if (question.ask !== 'stop') return void process.send!(answers[question.ask](question));
    await Promise.all([server.stop(), shipped.stop()]);
    process.exit(0);
  });
  process.on('disconnect', () => process.exit(1));
  process.send!({ url: server.url, shippedUrl: shipped.url });
}

/** Decides as the engine does and looks at what was left in the workspace; each request must have one placement. */
export function countCandidates(state: State, requests: readonly DecideRequest[], at: number): number[] {
  const workspace = new Workspace();
  return requests.map((request, i) => {
    decide(state, { id: `count-${i}`, at: millis(at), request }, workspace);
    return workspace.candidates.size;
  });
}
