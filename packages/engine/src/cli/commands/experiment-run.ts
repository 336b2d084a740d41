/** `rialto experiment create`, `start`, `stop`, `status` and `guard`: an experiment's life. */
import type { ExperimentStatus } from '@rialto/sdk';
import { RialtoError } from '../../base/errors.ts';
import { judgeGuardrails, type MetricReading, stopReasonOf } from '../../experiments/guardrails.ts';
import { atDesk } from '../experiment-desk.ts';
import { type PlaceOptions, placeCommand } from '../server-or-directory.ts';
import { readTextFile } from '../text-file.ts';

interface RunFlags extends PlaceOptions {
  readonly json?: boolean;
}

export const createCommand = placeCommand(
  'create',
  'save an experiment, or a flag, from a JSON file; also changes one',
  `Example:
  echo '{"id": "big-pictures", "unit": "buyer", "placements": ["home"],
         "variants": [{"name": "control", "weight": 0.5}, {"name": "big", "weight": 0.5, "value": {"pictures": "big"}}]}' > e.json
  rialto experiment create e.json --url http://localhost:4400`,
)
  .argument('<file>', 'the experiment, as PUT /v1/experiments/{id} takes it; - is standard input')
  .action((file: string, flags: RunFlags) =>
    atDesk(flags, async (desk) => {
      const experiment = await readJson(file);
      const saved = await desk.save(experiment);
      const status = await desk.status((experiment as { id: string }).id);
      print(flags, [status], { saved });
    }),
  );

export const startCommand = placeCommand(
  'start',
  'start an experiment',
  'Example:\n  rialto experiment start big-pictures',
)
  .argument('<id>')
  .action((id: string, flags: RunFlags) => atDesk(flags, async (desk) => print(flags, [await desk.start(id)])));

interface StopFlags extends RunFlags {
  readonly ship?: string;
  readonly reason?: string;
}

export const stopCommand = placeCommand(
  'stop',
  'stop an experiment; everybody gets what was before, or what is shipped',
  'Example:\n  rialto experiment stop big-pictures --ship big --reason "3 % more orders"',
)
  .argument('<id>')
  .option('--ship <variant>', 'what everybody gets from now on')
  .option('--reason <text>', 'why; kept with the record')
  .action((id: string, flags: StopFlags) =>
    atDesk(flags, async (desk) => {
      const { ship, reason } = flags;
      const request = { ...(ship !== undefined && { ship }), ...(reason !== undefined && { reason }) };
      print(flags, [await desk.stop(id, request)]);
    }),
  );

export const statusCommand = placeCommand(
  'status',
  'whether experiments run, for how many units, and how often their variants were met',
  'Example:\n  rialto experiment status --json',
)
  .argument('[id]', 'of one; of all where absent')
  .action((id: string | undefined, flags: RunFlags) =>
    atDesk(flags, async (desk) => {
      const ids = id === undefined ? await desk.ids() : [id];
      const statuses: ExperimentStatus[] = [];
      for (const one of ids) statuses.push(await desk.status(one));
      print(flags, statuses);
    }),
  );

interface GuardFlags extends RunFlags {
  readonly result: string;
}

export const guardCommand = placeCommand(
  'guard',
  'stop an experiment whose guardrails are broken',
  `Reads the JSON that \`rialto experiment analyse --json\` prints. A guardrail is broken where the whole sequential interval of an effect is on
its bad side: that may be asked every hour, for instance by cron. The reason goes into the log. Ends with status 1 where it stopped
the experiment.

Example:
  rialto experiment analyse --data outcomes.csv --unit buyer --variant variant --control control \\
    --metric "orders:kind=mean,num=orders" --json > result.json
  rialto experiment guard big-pictures --result result.json --url http://localhost:4400`,
)
  .argument('<id>')
  .requiredOption('--result <file>', 'an analysis as JSON; - is standard input')
  .action((id: string, flags: GuardFlags) =>
    atDesk(flags, async (desk) => {
      const readings = readingsOf(await readJson(flags.result), flags.result);
      const { breaches, missing } = judgeGuardrails(await desk.read(id), readings);
      const before = await desk.status(id);
      const broken = breaches.length > 0 && before.status === 'running';
      const status = broken ? await desk.stop(id, { reason: stopReasonOf(breaches) }) : before;
      if (broken) process.exitCode = 1;
      print(flags, [status], { breaches, missing });
    }),
  );

function readingsOf(analysis: unknown, file: string): MetricReading[] {
  const { metrics } = (analysis ?? {}) as { metrics?: unknown };
  if (Array.isArray(metrics) && metrics.every(isReading)) return metrics;
  const message = `${file} is not an analysis: it must have \`metrics\` with name, arms and effects, each effect with its sequentialCi`;
  throw new RialtoError('bad-file', message);
}

function isReading(value: unknown): value is MetricReading {
  const { name, arms, effects } = (value ?? {}) as Partial<MetricReading>;
  return (
    typeof name === 'string' &&
    Array.isArray(arms) &&
    Array.isArray(effects) &&
    effects.every(({ sequentialCi: ci }: { sequentialCi?: unknown }) => Array.isArray(ci) && ci.every(Number.isFinite))
  );
}

async function readJson(file: string): Promise<unknown> {
  let text = '';
  if (file === '-') for await (const chunk of process.stdin) text += chunk;
  else text = await readTextFile(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RialtoError('bad-file', `${file} is not JSON: ${(error as Error).message}`);
  }
}

function print({ json }: RunFlags, statuses: readonly ExperimentStatus[], more: object = {}): void {
  if (json) process.stdout.write(`${JSON.stringify({ experiments: statuses, ...more })}\n`);
  else for (const status of statuses) process.stdout.write(`${lineOf(status)}\n`);
}

function lineOf({ id, version, status, live, coverage, exposures, ship, stopReason }: ExperimentStatus): string {
  const met = exposures.map(({ variant, count }) => `${variant} ${count}`).join(', ');
  const now =
    status === 'running'
      ? live
        ? `running for ${Number((100 * coverage).toFixed(2))} %`
        : 'running, but not within its dates'
      : status;
  const left = ship === undefined ? '' : `; everybody gets ${ship}`;
  return `${id} (version ${version}): ${now}${left}; exposures: ${met}${stopReason === undefined ? '' : `\n  ${stopReason}`}`;
}
