/** `rialto serve`: the HTTP server on a data directory. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { workerUrl } from '../../base/worker-url.ts';
import { logDirectory, openEngine } from '../../delivery/data-directory.ts';
import type { Engine } from '../../delivery/engine.ts';
import { inWorker } from '../../delivery/in-worker.ts';
import { listSegments } from '../../log/segment.ts';
import { mayListen, startServer } from '../../server/listen.ts';
import { USUAL_LOAD_LIMITS } from '../../server/server-context.ts';
import { scheduleTraining } from '../../training/schedule.ts';
import { scheduleWatch } from '../../training/schedule-watch.ts';
import { keysFromEnvironment } from '../environment.ts';
import { scheduleGuards } from '../guard-schedule.ts';
import { decimalNumber, wholeNumber } from '../number-option.ts';
import { stepProgress } from '../step-progress.ts';

const MINUTE_MS = 60_000;
/** How long a start waits for what the segments are found to be that it did not have to read: some gigabytes are. */
const CHECK_MS = 5_000;

interface ServeFlags {
  readonly port: number;
  readonly host: string;
  readonly data: string;
  readonly bodyLimit?: number;
  readonly brownoutAfter: number;
  readonly refuseAfter: number;
  readonly modelLimit?: number;
  readonly train: boolean;
  readonly guardMinutes: number;
  readonly log: boolean;
  readonly damagedLog?: boolean;
}

const HELP = `
Keys come from the environment: RIALTO_API_KEYS="name=key,…" for servers and operators, RIALTO_PUBLISHABLE_KEYS="key,…" for
web pages and apps (deciding and sending events only). Without keys only this machine can connect.

Examples:
  rialto serve
  RIALTO_API_KEYS=ops=s3cret RIALTO_PUBLISHABLE_KEYS=pk_shop rialto serve --host 0.0.0.0
`;

export const serveCommand = new Command('serve')
  .description('serve decisions, events and the catalogue over HTTP')
  .option('--port <n>', 'the port to listen on', portOf, 4400)
  .option('--host <address>', 'the address to listen on', '127.0.0.1')
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--body-limit <bytes>', 'the largest request body', wholeNumber({ min: 1_024, max: 1 << 30 }))
  .option(
    '--brownout-after <ms>',
    'decide in brief what has waited longer for other requests; 0 is never',
    decimalNumber({ min: 0, max: 60_000 }),
    USUAL_LOAD_LIMITS.brownoutAfterMs,
  )
  .option(
    '--refuse-after <ms>',
    'refuse to decide what has waited longer; 0 is never',
    decimalNumber({ min: 0, max: 60_000 }),
    USUAL_LOAD_LIMITS.refuseAfterMs,
  )
  .option('--model-limit <bytes>', 'the largest upload of models', wholeNumber({ min: 1_024, max: 1 << 30 }))
  .option('--no-train', 'do not train models in the background')
  .option(
    '--guard-minutes <n>',
    'how often the guardrails of running experiments are looked at, and broken ones stopped; 0 is never',
    wholeNumber({ min: 0, max: 10_080 }),
    60,
  )
  .option('--damaged-log', 'serve from a checkpoint although an older segment of the log is damaged')
  .option('--log', 'write one JSON line a request to standard error')
  .addHelpText('after', HELP)
  .action(serve);

async function serve(flags: ServeFlags): Promise<void> {
  const { port, host, data, bodyLimit, modelLimit, brownoutAfter, refuseAfter, train, guardMinutes, log } = flags;
  const say = (message: string): void => void process.stderr.write(`${message}\n`);
  const keys = keysFromEnvironment();
  mayListen(host, keys); // before the log is folded, or made
  const progress = stepProgress();
  const found = damageOf(data, say);
  const engine = await openEngine(data, {
    onNotice: say,
    onProgress: (applied) => progress.show(applied, 0, 'records folded'),
  });
  progress.end();
  const damage =
    flags.damagedLog === true ? undefined : await Promise.race([found, sleep(CHECK_MS, undefined, { ref: false })]);
  if (damage !== undefined) {
    await engine.close();
    throw damage;
  }
  const server = await startServer(engine, {
    ...keys,
    host,
    port,
    statements: (query) => inWorker(workerUrl(import.meta.url, '../statement-worker.ts'), { directory: data, query }),
    load: {
      brownoutAfterMs: brownoutAfter || Number.POSITIVE_INFINITY,
      refuseAfterMs: refuseAfter || Number.POSITIVE_INFINITY,
    },
    uploadDirectory: join(data, 'uploads'),
    ...(bodyLimit && { bodyLimitBytes: bodyLimit }),
    ...(modelLimit && { modelLimitBytes: modelLimit }),
    ...(log && { logger: true }),
  }).catch(async (error) => {
    await engine.close();
    throw error;
  });
  const { listings, buyers } = engine.state.market;
  say(
    `Rialto serves ${listings.size} listings to ${buyers.size} buyers at ${server.url}; the API's page is ${server.url}/docs`,
  );
  if (server.notice) say(server.notice);
  if (listings.size === 0)
    say(
      'there are no listings yet: load them with `rialto import FILE --as listings` (while no server runs) or PUT /v1/listings/{id}',
    );
  void found.then((damage) => damage && say(damage.message));
  const stopTraining = train ? trainInBackground(engine, data, say) : () => {};
  const stopWatching = scheduleWatch({ engine, directory: data, onAlert: say });
  const stopGuards =
    guardMinutes > 0
      ? scheduleGuards({
          engine,
          everyMs: guardMinutes * MINUTE_MS,
          read: (watched) => inWorker(workerUrl(import.meta.url, '../guard-worker.ts'), { directory: data, watched }),
          onNotice: say,
        })
      : () => {};
  const stop = async (signal: string): Promise<void> => {
    process.once(signal, () => process.exit(130));
    say('stopping: answering what is in flight');
    stopTraining();
    stopWatching();
    stopGuards();
    await server.stop();
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

type Say = (message: string) => void;

/** Returns what ends it. */
function trainInBackground(engine: Engine, directory: string, say: Say): () => void {
  return scheduleTraining({
    engine,
    directory,
    onStarted: (orderLines) => say(`training on ${orderLines} order lines in the background`),
    onTrained: ({ card: { orders, recall, recallUntrained }, actions, unwritten }) => {
      say(
        `trained on ${orders} orders: recall@20 ${recall.toFixed(4)} on held-out orders, ${recallUntrained.toFixed(4)} untrained; serving it now`,
      );
      if (unwritten !== undefined) say(`its card could not be written: ${unwritten}`);
      const reasons = actions?.gates.reasons ?? [];
      if (reasons.length > 0)
        say(`its heads are kept as a candidate, what predicted actions before stays: ${reasons.join('; ')}`);
    },
    onSources: ({ version, card: { placements } }) => {
      const learned = placements.filter(({ outcome }) => outcome === 'learned').map(({ placement }) => placement);
      say(`learned candidate sources, version ${version}: ${learned.join(', ') || 'nothing new'}; serving them now`);
    },
    onFailed: say,
  });
}

/** What is wrong with segments that the start does not have to read, looked for in a thread of its own that gives way. */
async function damageOf(data: string, say: Say): Promise<RialtoError | undefined> {
  const segments = await listSegments(logDirectory(data)).catch(() => []); // a log that is not there is made by the start
  if (segments.length < 2) return undefined;
  try {
    await inWorker(workerUrl(import.meta.url, '../log-check-worker.ts'), { directory: data });
  } catch (error) {
    if (error instanceof RialtoError && error.code === 'log-damaged') return error;
    say(`the log's older segments could not be read: ${(error as Error).message}`);
  }
  return undefined;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('It must be a port number, 0 to 65535; 0 takes a free one.');
  return port;
}
