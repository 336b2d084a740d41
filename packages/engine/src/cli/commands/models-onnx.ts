/** `rialto models import` and `export`: rankers from and to other tools, as ONNX. */
import { readFile, writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { RialtoError } from '../../base/errors.ts';
import type { Interner } from '../../base/interner.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import type { Engine } from '../../delivery/engine.ts';
import { FEATURE_NAMES } from '../../features/catalogue.ts';
import { ADDITIVE_KIND, unpackAdditive } from '../../learning/additive-model.ts';
import { additiveOnnx } from '../../learning/additive-onnx.ts';
import { deepOnnx, identityNumbers } from '../../learning/deep-onnx.ts';
import { categoryOf } from '../../learning/examples.ts';
import { modelKindOf } from '../../learning/model-file.ts';
import { type OnnxMapping, OnnxRanker, OWN, packOnnx } from '../../learning/onnx-ranker.ts';
import { treeOnnx } from '../../learning/tree-onnx.ts';
import { DEEP_RANKER_KIND, DeepRanker, NETWORK_IDENTITIES } from '../../ranking/deep-ranker.ts';
import { TREE_RANKER_KIND, TreeRanker } from '../../ranking/tree-ranker.ts';
import { versionLine } from '../model-report.ts';
import { wholeNumber } from '../number-option.ts';
import { checkParity } from '../onnx-parity.ts';

interface ImportFlags {
  readonly name: string;
  readonly inputs: string;
  readonly output: string;
  readonly column?: number;
  readonly link: OnnxMapping['link'];
  readonly check: string;
  readonly candidate?: boolean;
  readonly data: string;
  readonly json?: boolean;
}

const IMPORT_HELP = `
The model is evaluated by Rialto itself, so that deciding needs no other library: additive, linear, small deep and tree models. It is compared
with what its exporter says that it gives (--check: {"inputs": {NAME: [[…], …]}, "outputs": {NAME: [[…], …]}}), and refused where an output differs by
more than 0.0001; where onnxruntime-node or onnxruntime-web is installed, with that too. Features are those of \`rialto export training-set\`,
and \`${OWN}\`: 1 for what the buyer bought before.

Example:
  rialto models import mlp.onnx --name mlp --inputs "x=popularity,price,own" --output logit --check examples.json
`;

export const modelsImportCommand = new Command('import')
  .description('publish an ONNX model as a ranker that placements and experiments may ask for')
  .argument('<file>', 'the ONNX model')
  .requiredOption('--name <name>', 'of the ranker')
  .requiredOption('--inputs <list>', 'INPUT=feature,feature,…; several separated by semicolons')
  .requiredOption('--output <name>', 'which output is the score')
  .option('--column <n>', 'of the output, from 0 (default: the last)', wholeNumber({ min: 0, max: 1e6 }))
  .addOption(new Option('--link <kind>', 'what the output is').choices(['log-odds', 'probability']).default('log-odds'))
  .requiredOption('--check <file>', "inputs and the exporter's outputs for them, as JSON")
  .option('--candidate', 'publish without serving')
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--json', 'print one JSON object')
  .addHelpText('after', IMPORT_HELP)
  .action(async (path: string, flags: ImportFlags) => {
    const { name, output, column, link, check, candidate, data, json } = flags;
    const onnx = Uint8Array.from(
      await readFile(path).catch((error: Error) => {
        throw new RialtoError('bad-file', `${path} cannot be read: ${error.message}`);
      }),
    );
    const inputs = inputsOf(flags.inputs);
    const mapping: OnnxMapping = { inputs, output, link, ...(column !== undefined && { column }) };
    const bytes = packOnnx(onnx, mapping);
    const parity = await checkParity(new OnnxRanker(bytes, FEATURE_NAMES), onnx, check);
    const engine = await openEngine(data, { existing: true });
    try {
      const features = [...new Set(inputs.flatMap((input) => input.features))];
      const card = { source: 'onnx', features, mapping, parity };
      const [version] = await engine.models.publish(
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
    } finally {
      await engine.close();
    }
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
Inputs: features [rows × features], in the order that is printed and in the file's card, and own [rows × 1]. Output: score [rows × 1], in log-odds.
A ranker of \`rialto train --learner deep\` also reads identities [rows × identities]: numbers of listings, categories and so on, which are written
beside it as OUT.identities.json; 0 is what it does not know.

Example:
  rialto models export ranker --out ranker.onnx
`;

export const modelsExportCommand = new Command('export')
  .description('write a ranker as ONNX')
  .argument('[name]', '`ranker` or `ranker:NAME`', 'ranker')
  .requiredOption('--out <file>', 'the ONNX file')
  .option('--version <n>', 'which; the newest that served or serves where absent', wholeNumber({ min: 1, max: 1e9 }))
  .option('--data <dir>', 'the data directory', './rialto-data')
  .option('--json', 'print one JSON object')
  .addHelpText('after', EXPORT_HELP)
  .action(async (name: string, flags: { out: string; version?: number; data: string; json?: boolean }) => {
    const engine = await openEngine(flags.data, { existing: true });
    try {
      const versions = engine.models.list(name);
      const version = flags.version ?? (versions.find(({ status }) => status === 'serving') ?? versions[0]!).version;
      const { digest } = engine.models.read(name, version);
      const bytes = await engine.models.bytes(name, version);
      const { onnx, inputs, known } = exported(bytes, `${name} version ${version}`);
      await writeFile(flags.out, onnx);
      const numbers = known === undefined ? undefined : `${flags.out.replace(/\.onnx$/, '')}.identities.json`;
      if (numbers !== undefined) await writeFile(numbers, `${JSON.stringify(identityTables(engine, known!))}\n`);
      const made = {
        file: flags.out,
        ...(numbers !== undefined && { identities: numbers }),
        name,
        version,
        digest,
        inputs,
        output: 'score',
      };
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(made)}\n`
          : `${flags.out}: ${name} version ${version}\nfeatures: ${inputs.features.join(',')}\n${numbers === undefined ? '' : `identities: ${inputs.identities!.join(',')}, numbered in ${numbers}\n`}`,
      );
    } finally {
      await engine.close();
    }
  });

interface Exported {
  readonly onnx: Uint8Array;
  readonly inputs: {
    readonly features: readonly string[];
    readonly own: readonly string[];
    readonly identities?: readonly string[];
  };
  /** Of a network, the values that it knows by identity. */
  readonly known?: DeepRanker['known'];
}

/** Throws `bad-request` on what is no ranker of ours. */
function exported(bytes: Uint8Array, what: string): Exported {
  const kind = modelKindOf(bytes);
  const plain = { features: FEATURE_NAMES, own: [OWN] };
  if (kind === DEEP_RANKER_KIND) {
    const ranker = new DeepRanker(bytes);
    const identities = NETWORK_IDENTITIES.slice(1).map(({ name }) => name);
    return { onnx: deepOnnx(ranker), inputs: { ...plain, identities }, known: ranker.known };
  }
  if (kind === TREE_RANKER_KIND) return { onnx: treeOnnx(new TreeRanker(bytes)), inputs: plain };
  if (kind !== undefined && kind !== ADDITIVE_KIND)
    throw new RialtoError(
      'bad-request',
      `${what} is a model of kind ${kind}: rankers that were trained here are written as ONNX, heads and embeddings are not, nor what came as ONNX`,
    );
  return { onnx: additiveOnnx(unpackAdditive(bytes, FEATURE_NAMES)), inputs: plain };
}

/** The number of each name that a network knows, by identity; others are 0. */
function identityTables(
  { state: { market } }: Engine,
  known: DeepRanker['known'],
): Record<string, Record<string, number>> {
  const { ids, categories, shopIds } = market.listings;
  const names: readonly Interner[] = [ids, categories, shopIds, market.buyers.countries];
  const named = new Map(
    names.flatMap((of) =>
      Array.from({ length: of.size }, (_, row) => [categoryOf(of.text(row)), of.text(row)] as const),
    ),
  );
  return Object.fromEntries(
    Object.entries(known).map(([identity, values]) => [
      identity,
      Object.fromEntries(
        [...identityNumbers(values)].map(([value, number]) => [named.get(value) ?? `#${value}`, number]),
      ),
    ]),
  );
}
