/** `rialto rankers check|diff|apply`: rankers as files, for a team's CI. */
import { existsSync } from 'node:fs';
import type { Placement, Ranker, RankerTrial, RialtoClient } from '@rialto/sdk';
import { Command } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import { patched, type RankerChange } from '../../delivery/changed-market.ts';
import { logDirectory, openCheckpoints, readState } from '../../delivery/data-directory.ts';
import { DEFAULT_PLACEMENTS } from '../../delivery/default-placements.ts';
import type { Engine } from '../../delivery/engine.ts';
import { problemsOf, tryRankers } from '../../delivery/ranker-trial.ts';
import { State } from '../../delivery/state.ts';
import { FileLog } from '../../log/file-log.ts';
import { wholeNumber } from '../number-option.ts';
import { readRankerFile } from '../ranker-file.ts';
import { atPlace, onServer, type PlaceOptions, placeCommand } from '../server-or-directory.ts';
import { stepProgress } from '../step-progress.ts';

interface Flags {
  readonly url?: string;
  readonly key?: string;
  readonly data: string;
  readonly json?: boolean;
}

const FILE = `
FILE is JSON: one ranker, a list of rankers, or {"rankers": […], "placements": […]}, where a placement has its id and the fields to
change (a merge patch). docs/rankers.md explains the fields.`;

const command = (name: string, description: string, help: string): Command =>
  new Command(name)
    .description(description)
    .argument('<file>', 'the rankers')
    .option('--url <url>', 'of a running server, such as http://localhost:4400')
    .option('--key <key>', "the server's API key; the first of RIALTO_API_KEYS where absent")
    .option('--data <dir>', 'the data directory, where there is no --url; a server may have it open', './rialto-data')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `${FILE}\n${help}\n`);

const checkCommand = command(
  'check',
  'say what is wrong with rankers; ends with status 1 where something is',
  `Models and placements are looked up in the data directory. Where there is none, only what every new one has is known.

Example:
  echo '{"id": "gifts", "objective": "purchase + 0.3*cart - 0.5*hide", "diversity": {"strength": 0.3}}' > rankers.json
  rialto rankers check rankers.json
  rialto rankers check rankers.json --url http://localhost:4400`,
).action(async (file: string, flags: Flags) => {
  const { json } = flags;
  const problems = await problemsWith(file, flags);
  if (problems.length > 0) process.exitCode = 1;
  if (json) process.stdout.write(`${JSON.stringify({ ok: problems.length === 0, problems })}\n`);
  else if (problems.length === 0) process.stdout.write(`${file} can be applied\n`);
  else for (const problem of problems) process.stderr.write(`${problem}\n`);
});

async function problemsWith(file: string, { url, key, data }: Flags): Promise<readonly string[]> {
  try {
    const change = await readRankerFile(file);
    if (url === undefined) return problemsOf(change, await stateOf(data));
    const check = (client: RialtoClient) => client.rankers.check(change);
    return (await onServer(url, key, check)).problems;
  } catch (error) {
    if (error instanceof RialtoError && (error.code === 'bad-request' || error.code === 'bad-file'))
      return [error.message];
    throw error;
  }
}

async function stateOf(data: string): Promise<State> {
  if (existsSync(logDirectory(data))) return readState(data);
  const state = new State();
  for (const placement of DEFAULT_PLACEMENTS) state.market.placements.put(placement.id, placement);
  return state;
}

interface DiffFlags extends Flags {
  readonly hours: number;
  readonly pages: number;
}

const diffCommand = command(
  'diff',
  'what would change: decides the latest logged pages again, with and without',
  `Example:
  rialto rankers diff rankers.json --data rialto-data --hours 24 --json
  rialto rankers diff rankers.json --url http://localhost:4400`,
)
  .option('--hours <n>', 'of traffic, up to the end of the log', wholeNumber({ min: 1, max: 8_760 }), 24)
  .option('--pages <n>', 'the most pages to decide again', wholeNumber({ min: 1, max: 1_000_000 }), 2_000)
  .action(async (file: string, flags: DiffFlags) => {
    const change = await readRankerFile(file);
    const trial = await (flags.url === undefined ? diffHere(change, flags) : diffThere(change, flags));
    process.stdout.write(flags.json ? `${JSON.stringify(trial)}\n` : textOf(trial));
  });

const diffThere = (change: RankerChange, { url, key, hours, pages }: DiffFlags): Promise<RankerTrial> =>
  onServer(url!, key, (client) => client.rankers.diff({ ...change, hours, pages }));

async function diffHere(change: RankerChange, { data, hours, pages }: DiffFlags): Promise<RankerTrial> {
  refuseProblems(problemsOf(change, await stateOf(data)));
  const progress = stepProgress();
  const log = await FileLog.open(logDirectory(data), { readOnly: true });
  try {
    return await tryRankers({
      log,
      checkpoints: openCheckpoints(data),
      change,
      hours,
      pagesMax: pages,
      stopwatch: () => performance.now(),
      onProgress: (done, all) => progress.show(done, all, 'deciding again'),
    });
  } finally {
    progress.end();
    await log.close();
  }
}

type ApplyFlags = Flags & PlaceOptions;

const applyCommand = placeCommand(
  'apply',
  'save rankers, and the placements that change with them',
  `${FILE}

Example:
  rialto rankers apply rankers.json --url http://localhost:4400`,
)
  .argument('<file>', 'the rankers')
  .action(async (file: string, flags: ApplyFlags) => {
    const change = await readRankerFile(file);
    const saved = await atPlace(flags, {
      directory: (engine) => applyTo(engine, flags.data, change),
      server: (client) => applyOver(client, change),
    });
    process.stdout.write(
      flags.json
        ? `${JSON.stringify(saved)}\n`
        : `${saved.rankers} rankers and ${saved.placements} placements saved, ${saved.unchanged} as they were\n`,
    );
  });

interface Saved {
  rankers: number;
  placements: number;
  unchanged: number;
}

const BY = 'rialto rankers';

async function applyTo(engine: Engine, data: string, change: RankerChange): Promise<Saved> {
  refuseProblems(problemsOf(change, await readState(data)));
  return applyWith(change, engine.state, {
    ranker: (ranker) => saveOne(engine, 'ranker', ranker),
    placement: (placement) => saveOne(engine, 'placement', placement),
  });
}

async function saveOne<Kind extends 'ranker' | 'placement'>(
  engine: Engine,
  kind: Kind,
  entity: Kind extends 'ranker' ? Ranker : Placement,
): Promise<boolean> {
  const { saved, rejected } = await engine.save(kind, [entity as never], BY);
  if (rejected[0]) throw new RialtoError(rejected[0].code, `${kind} ${entity.id}: ${rejected[0].message}`);
  return saved > 0;
}

async function applyOver(client: RialtoClient, change: RankerChange): Promise<Saved> {
  const state = new State();
  for await (const placement of client.placements.all()) state.market.placements.put(placement.id, placement);
  return applyWith(change, state, {
    ranker: (ranker) => client.rankers.put(ranker),
    placement: (placement) => client.placements.put(placement),
  });
}

/** Fallbacks before those that name them. True where something was saved. */
async function applyWith(
  change: RankerChange,
  state: Pick<State, 'market'>,
  save: { ranker(ranker: Ranker): Promise<boolean>; placement(placement: Placement): Promise<boolean> },
): Promise<Saved> {
  const total: Saved = { rankers: 0, placements: 0, unchanged: 0 };
  for (const ranker of fallbacksFirst(change.rankers)) total[(await save.ranker(ranker)) ? 'rankers' : 'unchanged']++;
  for (const patch of change.placements)
    total[(await save.placement(patched(patch, state))) ? 'placements' : 'unchanged']++;
  return total;
}

function fallbacksFirst(rankers: readonly Ranker[]): Ranker[] {
  const ordered: Ranker[] = [];
  const visit = (ranker: Ranker, depth: number): void => {
    if (ordered.includes(ranker)) return;
    const fallback = rankers.find(({ id }) => id === ranker.fallback);
    if (fallback !== undefined && depth < rankers.length) visit(fallback, depth + 1);
    if (!ordered.includes(ranker)) ordered.push(ranker);
  };
  for (const ranker of rankers) visit(ranker, 0);
  return ordered;
}

function refuseProblems(problems: readonly string[]): void {
  if (problems.length > 0) throw new RialtoError('bad-request', problems.join('\n'));
}

function textOf({ from, to, pages, decisions, placements, latencyMs }: RankerTrial): string {
  const iso = (at: number): string => new Date(at).toISOString().slice(0, 16);
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const ms = ({ mean, p50, p99 }: RankerTrial['latencyMs']['before']): string =>
    `mean ${mean.toFixed(3)}, median ${p50.toFixed(3)}, p99 ${p99.toFixed(3)} ms`;
  const lines = [`${pages} of ${decisions} pages from ${iso(from)} to ${iso(to)} UTC, decided again`];
  for (const { placement, pages: seen, changed, overlap, value, gain, lose } of placements) {
    lines.push(`${placement}: ${percent(changed)} of ${seen} pages change, ${percent(overlap)} of their items stay`);
    if (value) lines.push(`  predicted value of a page ${value.before.toPrecision(4)} → ${value.after.toPrecision(4)}`);
    for (const [name, shifts] of [['more', gain] as const, ['less', lose] as const])
      for (const { id, before, after } of shifts.slice(0, 5)) lines.push(`  ${name}: ${id} ${before} → ${after} times`);
  }
  lines.push(`before: ${ms(latencyMs.before)}`, `after:  ${ms(latencyMs.after)}`);
  return `${lines.join('\n')}\n`;
}

export const rankersCommand = new Command('rankers')
  .description("rankers as files, for a team's CI: check them, see what they would change, apply them")
  .addCommand(checkCommand)
  .addCommand(diffCommand)
  .addCommand(applyCommand);
