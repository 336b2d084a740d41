/** `rialto models`: which models there are, which serve, and how they did; promotes and rolls back. */
import type { Guardrail, ModelStatus, ModelVersion, TryOutRequest } from '@rialto/sdk';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { companionsOf } from '../../delivery/model-family.ts';
import { WATCHED } from '../../experiments/guarded-metrics.ts';
import { writeCard } from '../../training/write-card.ts';
import { atModels, lookingAtModels, type ModelCalls } from '../model-desk.ts';
import { comparisonLines, toldLines, versionLine, versionText } from '../model-report.ts';
import { decimalNumber, wholeNumber } from '../number-option.ts';
import { type PlaceOptions, placeCommand } from '../server-or-directory.ts';
import { modelsDriftCommand } from './models-drift.ts';
import { modelsExportCommand, modelsImportCommand } from './models-onnx.ts';

interface ModelFlags extends PlaceOptions {
  readonly json?: boolean;
  readonly reason?: string;
}

const nameArgument = () =>
  new Argument('[name]', '`ranker`, `ranker:NAME`, `actions`, `actions:NAME`, `embedding` or `sources`').default(
    'ranker',
  );
const version = wholeNumber({ min: 1, max: 1e9 });

const listCommand = placeCommand(
  'list',
  'every version of every model, newest first; of a server, what is wrong with what serves, and which training failed',
  'Examples:\n  rialto models list --json\n  rialto models list --url http://localhost:4400',
)
  .argument('[name]', 'of one model')
  .action((name: string | undefined, flags: ModelFlags) =>
    lookingAtModels(flags, async (models) => {
      const items = await models.list(name);
      const told = await models.told();
      if (flags.json) print({ models: items, ...told });
      else if (items.length === 0) write('no model has been published yet: `rialto train` makes one\n');
      else for (const item of items) write(`${versionLine(item)}\n`);
      if (!flags.json) write(toldLines(told));
    }),
  );

interface ShowFlags extends ModelFlags {
  readonly version?: number;
  readonly card?: string;
}

const showCommand = placeCommand(
  'show',
  'what a version was made from, how it did, and what it does now',
  'Examples:\n  rialto models show ranker --version 3\n  rialto models show ranker --card ranker.md',
)
  .addArgument(nameArgument())
  .option('--version <n>', 'which; what serves where absent, or else the newest', version)
  .option('--card <file>', 'write its card as Markdown, with plots as SVG beside it')
  .action((name: string, flags: ShowFlags) =>
    lookingAtModels(flags, async (models) => {
      const shown =
        flags.version === undefined ? current(await models.list(name)) : await models.read(name, flags.version);
      const files = flags.card === undefined ? [] : await writeCard(flags.card, shown);
      for (const file of files) process.stderr.write(`wrote ${file}\n`);
      if (flags.json) print(shown);
      else write(versionText(shown));
    }),
  );

const compareCommand = placeCommand(
  'compare',
  'two versions side by side: data, metrics, gates',
  'Example:\n  rialto models compare ranker 2 3',
)
  .argument('<name>')
  .argument('<a>', 'a version', version)
  .argument('<b>', 'another', version)
  .action((name: string, a: number, b: number, flags: ModelFlags) =>
    lookingAtModels(flags, async (models) => {
      const pair = [await models.read(name, a), await models.read(name, b)] as const;
      if (flags.json) print({ name, versions: pair, identical: pair[0].digest === pair[1].digest });
      else write(comparisonLines(pair));
    }),
  );

interface PromoteFlags extends ModelFlags {
  readonly force?: boolean;
}

const promoteCommand = placeCommand(
  'promote',
  'let a version serve, a ranker with the embedding and the heads that it was trained with, or that served with it',
  'Example:\n  rialto models promote ranker 3 --reason "better on new buyers"',
)
  .argument('<name>')
  .argument('<version>', 'which', version)
  .option('--force', 'although its gates are closed')
  .option('--reason <text>', 'why; kept with the record')
  .action((name: string, number: number, flags: PromoteFlags) =>
    atModels(flags, async (models) => {
      const request = { ...(flags.force && { force: true }), ...reasonOf(flags) };
      await reportFamily(flags, models, await models.promote(name, number, request));
    }),
  );

const rollbackCommand = placeCommand(
  'rollback',
  'bring back what served before, bit for bit; a ranker with the embedding and the heads that served with it',
  'Examples:\n  rialto models rollback ranker --reason "fewer clicks since noon"\n  rialto models rollback actions',
)
  .addArgument(nameArgument())
  .option('--reason <text>', 'why; kept with the record')
  .action((name: string, flags: ModelFlags) =>
    atModels(flags, async (models) => reportFamily(flags, models, await models.rollback(name, reasonOf(flags)))),
  );

interface TrialFlags extends ModelFlags {
  readonly share?: number;
  readonly guard?: readonly Guardrail[];
}

const trial = (name: Exclude<ModelStatus, 'serving'>, verb: string, description: string, help: string): Command =>
  placeCommand(verb, description, help)
    .argument('<name>')
    .argument('<version>', 'which', version)
    .option('--reason <text>', 'why; kept with the record')
    .action((model: string, number: number, flags: TrialFlags) =>
      atModels(flags, async (models) => {
        const { share, guard: guardrails } = flags;
        const tried = { ...(share !== undefined && { share }), ...(guardrails && { guardrails }) };
        const request: TryOutRequest = { status: name, ...tried, ...reasonOf(flags) };
        report(flags, await models.tryOut(model, number, request));
      }),
    );

/** Adds one to those before it. */
function guardrail(text: string, before: readonly Guardrail[] = []): Guardrail[] {
  const [metric, tolerance, ...rest] = text.split(':');
  const share = tolerance === undefined ? undefined : Number(tolerance);
  if (metric === undefined || metric === '' || rest.length > 0 || !(share === undefined || (share >= 0 && share <= 1)))
    throw new InvalidArgumentError(`${text} is neither METRIC nor METRIC:TOLERANCE with a tolerance of 0 to 1.`);
  return [...before, { metric, worse: 'lower', ...(share !== undefined && { tolerance: share }) }];
}

const share = decimalNumber({ min: 1e-6, max: 1 });
const shadowCommand = trial(
  'shadow',
  'shadow',
  'score a share of decisions with a version again, shown to nobody',
  'Example:\n  rialto models shadow ranker 3 --share .05',
).option('--share <share>', 'of decisions', share, 0.05);
const canaryCommand = trial(
  'canary',
  'canary',
  'serve a share of buyers with a version, as the experiment canary-NAME',
  'Examples:\n  rialto models canary ranker 3 --share .05\n  rialto models canary ranker 3 --guard conversion:.02 revenue',
)
  .option('--share <share>', 'of buyers', share, 0.05)
  .option(
    '--guard <metrics...>',
    `what retires it where it is lower, METRIC or METRIC:TOLERANCE as a share of the control's: ${Object.keys(WATCHED).join(', ')}`,
    guardrail,
  );
const retireCommand = trial(
  'retired',
  'retire',
  'give a version up; heads and sources that serve, too: actions have their priors then, placements their own sources',
  'Example:\n  rialto models retire ranker 3 --reason "worse on new buyers"',
);

export const modelsCommand = new Command('models')
  .description('models: what serves, what served, what could; promote, roll back and compare versions')
  .addCommand(listCommand)
  .addCommand(showCommand)
  .addCommand(compareCommand)
  .addCommand(promoteCommand)
  .addCommand(rollbackCommand)
  .addCommand(shadowCommand)
  .addCommand(canaryCommand)
  .addCommand(retireCommand)
  .addCommand(modelsDriftCommand)
  .addCommand(modelsImportCommand)
  .addCommand(modelsExportCommand);

const current = (versions: readonly ModelVersion[]): ModelVersion =>
  versions.find(({ status }) => status === 'serving') ?? versions[0]!;

const reasonOf = ({ reason }: ModelFlags): { reason?: string } => (reason === undefined ? {} : { reason });
const write = (text: string): void => void process.stdout.write(text);
const print = (value: object): void => write(`${JSON.stringify(value)}\n`);

function report(flags: ModelFlags, version: ModelVersion): void {
  if (flags.json) print(version);
  else write(`${versionLine(version)}\n`);
}

/** What serves now, all of it: a ranker's embedding and heads may have changed with it. */
async function reportFamily(flags: ModelFlags, models: ModelCalls, version: ModelVersion): Promise<void> {
  report(flags, version);
  const companions = companionsOf(version.name);
  if (flags.json || companions.length === 0) return;
  const all = await models.list();
  for (const name of companions) {
    const serving = all.find((one) => one.name === name && one.status === 'serving');
    if (serving !== undefined) write(`with ${versionLine(serving)}\n`);
    else if (all.some((one) => one.name === name)) write(`with no ${name}: priors serve\n`);
  }
}
