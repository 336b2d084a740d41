/** `rialto models import` and `export`: rankers from and to other tools, as ONNX. */
import { readFile, writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import type { Interner } from '../../base/interner.ts';
import { lookAtModels } from '../../delivery/data-directory.ts';
import type { Engine } from '../../delivery/engine.ts';
import { FEATURE_NAMES } from '../../features/catalogue.ts';
import { ACTIONS_KIND, unpackActions } from '../../learning/action-model.ts';
import { actionIdentities, actionsOnnx } from '../../learning/actions-onnx.ts';
import { ADDITIVE_KIND, unpackAdditive } from '../../learning/additive-model.ts';
import { additiveOnnx } from '../../learning/additive-onnx.ts';
import { deepOnnx, identityNumbers } from '../../learning/deep-onnx.ts';
import { categoryOf } from '../../learning/examples.ts';
import { modelKindOf } from '../../learning/model-file.ts';
import { type OnnxMapping, OnnxRanker, OWN, packOnnx } from '../../learning/onnx-ranker.ts';
import { treeOnnx } from '../../learning/tree-onnx.ts';
import { ACTION_COLUMNS } from '../../ranking/action-heads.ts';
import { DEEP_RANKER_KIND, DeepRanker, NETWORK_IDENTITIES } from '../../ranking/deep-ranker.ts';
import { TREE_RANKER_KIND, TreeRanker } from '../../ranking/tree-ranker.ts';
import { atModels } from '../model-desk.ts';
import { versionLine } from '../model-report.ts';
import { wholeNumber } from '../number-option.ts';
import { checkParity } from '../onnx-parity.ts';
import { type PlaceOptions, placeCommand } from '../server-or-directory.ts';

interface ImportFlags extends PlaceOptions {
  readonly name: string;
  readonly inputs: string;
  readonly output: string;
  readonly column?: number;
  readonly link: OnnxMapping['link'];
  readonly check: string;
  readonly candidate?: boolean;
  readonly json?: boolean;
}

const IMPORT_HELP = `The model is evaluated by Rialto itself, so that deciding needs no other library: additive, linear, small deep and tree models. It is compared
with what its exporter says that it gives (--check: {"inputs": {NAME: [[…], …]}, "outputs": {NAME: [[…], …]}}), and refused where an output differs by
more than 0.0001; where onnxruntime-node or onnxruntime-web is installed, with that too. Features are those of \`rialto export training-set\`,
and \`${OWN}\`: 1 for what the buyer bought before.

Example:
  rialto models import mlp.onnx --name mlp --inputs "x=popularity,price,own" --output logit --check examples.json
  rialto models import mlp.onnx --name mlp --inputs "x=popularity,price,own" --output logit --check examples.json --url http://localhost:4400`;

export const modelsImportCommand = placeCommand(
  'import',
  'publish an ONNX model as a ranker that placements and experiments may ask for',
  IMPORT_HELP,
)
  .argument('<file>', 'the ONNX model')
  .requiredOption('--name <name>', 'of the ranker')
  .requiredOption('--inputs <list>', 'INPUT=feature,feature,…; several separated by semicolons')
  .requiredOption('--output <name>', 'which output is the score')
  .option('--column <n>', 'of the output, from 0 (default: the last)', wholeNumber({ min: 0, max: 1e6 }))
  .addOption(new Option('--link <kind>', 'what the output is').choices(['log-odds', 'probability']).default('log-odds'))
  .requiredOption('--check <file>', "inputs and the exporter's outputs for them, as JSON")
  .option('--candidate', 'publish without serving')
  .action(async (path: string, flags: ImportFlags) => {
    const { name, output, column, link, check, candidate, json } = flags;
    const onnx = Uint8Array.from(
      await readFile(path).catch((error: Error) => {
        throw new RialtoError('bad-file', `${path} cannot be read: ${error.message}`);
      }),
    );
    const inputs = inputsOf(flags.inputs);
    const mapping: OnnxMapping = { inputs, output, link, ...(column !== undefined && { column }) };
    const bytes = packOnnx(onnx, mapping);
    const parity = await checkParity(new OnnxRanker(bytes, FEATURE_NAMES), onnx, check);
    await atModels(flags, async (models) => {
      const features = [...new Set(inputs.flatMap((input) => input.features))];
      const card = { source: 'onnx', features, mapping, parity };
      const [version] = await models.publish(
        [{ name: `ranker:${name}`, bytes, card, by: 'rialto models import' }],
        candidate ? 'candidate' : 'serving',
      );
      const { rows, worst, runtime } = parity;
      const also = runtime === undefined ? '' : `, and on ${runtime.rows} random rows as ${runtime.name} does`;
      process.stdout.write(
        json
          ? `${JSON.stringify(version)}\n`
          : `${versionLine(version!)}\nas its exporter says on ${rows} rows, within ${worst.toExponential(1)}${also}\n`,
      );
    });
  });

function inputsOf(text: string): OnnxMapping['inputs'] {
  return text.split(';').map((part) => {
    const at = part.indexOf('=');
    const features = part
      .slice(at + 1)
      .split(',')
      .map((feature) => feature.trim());
    if (at < 1 || features.includes(''))
      throw new RialtoError('bad-request', `--inputs must read INPUT=feature,feature,…, not ${JSON.stringify(part)}`);
    return { name: part.slice(0, at).trim(), features };
  });
}

const EXPORT_HELP = `
Inputs: features [rows × features], in [0, 1], in the order that is printed and in the file's card, and own [rows × 1]: 1 for what the buyer
bought before, else 0. Output: score [rows × 1], in log-odds.
A ranker of \`rialto train --learner deep\` also reads identities [rows × identities]: numbers of listings, categories and so on, which are written
beside it as OUT.identities.json; 0 is what it does not know.
The heads (actions, actions:NAME) are one file that reads the same, with the placement and the device among the identities. For each action that is
trained it gives ACTION [rows × 1], its probability at the first position, and ACTION_logit [rows × 1], its log-odds.

Examples:
  rialto models export ranker --out ranker.onnx
  rialto models export actions --out heads.onnx
`;

export const modelsExportCommand = new Command('export')
  .description('write a ranker, or the heads, as ONNX')
  .argument('[name]', '`ranker`, `ranker:NAME`, `actions` or `actions:NAME`', 'ranker')
  .requiredOption('--out <file>', 'the ONNX file')
  .option('--version <n>', 'which; the newest that served or serves where absent', wholeNumber({ min: 1, max: 1e9 }))
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--json', 'print one JSON object')
  .addHelpText('after', EXPORT_HELP)
  .action((name: string, flags: ExportFlags) => lookAtModels(flags.data, (found) => exportModel(name, flags, found)));

interface ExportFlags {
  readonly out: string;
  readonly version?: number;
  readonly data: string;
  readonly json?: boolean;
}

async function exportModel(name: string, flags: ExportFlags, { models, state }: Pick<Engine, 'models' | 'state'>) {
  const versions = models.list(name);
  const version = flags.version ?? (versions.find(({ status }) => status === 'serving') ?? versions[0]!).version;
  const { digest } = models.read(name, version);
  const { onnx, inputs, outputs, known } = exported(await models.bytes(name, version), `${name} version ${version}`);
  await writeFile(flags.out, onnx);
  const numbers = known === undefined ? undefined : `${flags.out.replace(/\.onnx$/, '')}.identities.json`;
  if (numbers !== undefined) await writeFile(numbers, `${JSON.stringify(identityTables(state, known!))}\n`);
  const made = {
    file: flags.out,
    ...(numbers !== undefined && { identities: numbers }),
    name,
    version,
    digest,
    inputs,
    ...(outputs === undefined ? { output: 'score' } : { outputs }),
  };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(made)}\n`
      : [
          `${flags.out}: ${name} version ${version}\nfeatures: ${inputs.features.join(',')}\n`,
          numbers === undefined ? '' : `identities: ${inputs.identities!.join(',')}, numbered in ${numbers}\n`,
          outputs === undefined ? '' : `outputs: ${outputs.join(',')}\n`,
        ].join(''),
  );
}

/** As models know them: ios and android are apps, and web says nothing. */
const DEVICES = ['desktop', 'mobile', 'tablet', 'app'];

interface Exported {
  readonly onnx: Uint8Array;
  readonly inputs: {
    readonly features: readonly string[];
    readonly own: readonly string[];
    readonly identities?: readonly string[];
  };
  /** Where there are others than score. */
  readonly outputs?: readonly string[];
  /** Of a network, the values that it knows by identity, and the names of those that the market has no table of. */
  readonly known?: Readonly<Record<string, ArrayLike<number>>>;
}

/** Throws `bad-request` on what are no ranker and no heads of ours. */
function exported(bytes: Uint8Array, what: string): Exported {
  const kind = modelKindOf(bytes);
  const plain = { features: FEATURE_NAMES, own: [OWN] };
  if (kind === DEEP_RANKER_KIND) {
    const ranker = new DeepRanker(bytes);
    const identities = NETWORK_IDENTITIES.slice(1).map(({ name }) => name);
    return { onnx: deepOnnx(ranker), inputs: { ...plain, identities }, known: ranker.known };
  }
  if (kind === TREE_RANKER_KIND) return { onnx: treeOnnx(new TreeRanker(bytes)), inputs: plain };
  if (kind === ACTIONS_KIND) return exportedHeads(bytes, what);
  if (kind !== undefined && kind !== ADDITIVE_KIND)
    throw new RialtoError(
      'bad-request',
      `${what} is a model of kind ${kind}: rankers and heads that were trained here are written as ONNX, embeddings are not, nor what came as ONNX`,
    );
  return { onnx: additiveOnnx(unpackAdditive(bytes, FEATURE_NAMES)), inputs: plain };
}

function exportedHeads(bytes: Uint8Array, what: string): Exported {
  const actions = unpackActions(bytes, ACTION_COLUMNS);
  if (actions.size === 0)
    throw new RialtoError(
      'bad-request',
      `${what} has no trained head: rialto train trains those of actions with enough examples`,
    );
  const identities = actionIdentities(actions);
  return {
    onnx: actionsOnnx(actions, FEATURE_NAMES),
    inputs: { features: FEATURE_NAMES, own: [OWN], identities: [...identities.keys()] },
    outputs: [...actions.keys()].flatMap((action) => [action, `${action}_logit`]),
    known: Object.fromEntries(identities),
  };
}

/** The number of each name that a network knows, by identity; others are 0. */
function identityTables(
  { market }: Engine['state'],
  known: NonNullable<Exported['known']>,
): Record<string, Record<string, number>> {
  const { ids, categories, shopIds } = market.listings;
  const tables: readonly Interner[] = [ids, categories, shopIds, market.buyers.countries, market.placements.ids];
  const names = tables.flatMap((of) => Array.from({ length: of.size }, (_, row) => of.text(row)));
  const named = new Map([...names, ...DEVICES].map((name) => [categoryOf(name), name]));
  return Object.fromEntries(
    Object.entries(known).map(([identity, values]) => [
      identity,
      Object.fromEntries(
        [...identityNumbers(values)].map(([value, number]) => [named.get(value) ?? `#${value}`, number]),
      ),
    ]),
  );
}
