/**
 * One network for all actions (deep-network.ts): embeddings, their pairs, products and units are shared, each action has a readout of its own
 * (hard parameter sharing, Caruana, "Multitask learning", 1997). It learns what additive heads miss,
 *
 *     logit p_a = head_a + c_a · z_a,   z_a = readout_a(shared(features in ranges, own, identities))
 *
 * with the heads as known offsets, places included, so that a rare action profits from what frequent ones teach of listings, categories and pages.
 * Rows to choose by tell how many passes help and which c_a: 0 where an action gains no more than chance. Some identities are left out at random in
 * training, so that "unknown", such as a page that is new, means what is usual.
 */
import { Rng } from '../base/rng.ts';
import { DEFAULT_DEEP, DeepModel, type DeepOptions, unpackDeep } from './deep-clicks.ts';
import { OWN_IDENTITY } from './deep-ranking.ts';
import type { Examples } from './examples.ts';
import { learnFieldSlots } from './field-slots.ts';
import { sigmoid } from './logistic.ts';
import type { Observation } from './observation.ts';

/** Rows over features and identities, oldest first. */
export interface IdentifiedRows {
  readonly featureNames: readonly string[];
  /** Row-major. [rows × features], in [0, 1] */
  readonly values: Float32Array;
  readonly gates: Uint8Array; // [rows]
  readonly identityNames: readonly string[];
  /** Row-major, by `categoryOf`. [rows × identities] */
  readonly identities: Int32Array;
}

export interface ActionNetwork {
  /** Its heads are named by actions. */
  readonly model: DeepModel;
  /** Values that it has weights for, rising, by identity; others count as 0. */
  readonly known: Readonly<Record<string, Int32Array>>;
}

/** One action of several that are learned together. */
export interface NetworkTask {
  readonly action: string;
  readonly labels: Uint8Array; // [rows]
  /** Log-odds of its additive head, where the row was shown. [rows] */
  readonly logits: Float64Array;
}

/** Learned from up to `learned`, chosen by from there to `chosen`. */
export interface NetworkSpan {
  readonly learned: number;
  readonly chosen: number;
}

export interface TrainedActionNetwork {
  readonly network: ActionNetwork;
  readonly passes: number;
  /** c_a. [tasks] */
  readonly scales: readonly number[];
}

const OPTIONS: Omit<DeepOptions, 'bits' | 'heads'> = {
  ...DEFAULT_DEEP,
  products: 4,
  units: 7,
  tableRate: 0.05,
  denseRate: 0.01,
};
const PASSES_MAX = 4;
const SCALES = [0, 0.25, 0.5, 0.75, 1];
/** A value that fewer rows have is as good as unknown. */
const USES_MIN = 15;
/** Of all identities of rows, so many are left out. */
const LEFT_OUT = 0.1;
/** Rows of the table for each value, so that few share one. */
const ROOM = 8;
const BITS_MIN = 10;
const BITS_MAX = 18;
/** Standard errors by which an action's loss must fall. */
const BEYOND_CHANCE = 1;

/** Undefined where no action gains by it. */
export function trainActionNetwork(
  rows: IdentifiedRows,
  tasks: readonly NetworkTask[],
  { learned, chosen }: NetworkSpan,
  seed: number,
): TrainedActionNetwork | undefined {
  if (tasks.length === 0 || learned === 0 || chosen === learned) return undefined;
  const known = knownValues(rows, learned);
  const model = newModel(rows, tasks, known, learned, seed);
  const examples = examplesOf(rows, known, { from: 0, to: learned });
  const judged = examplesOf(rows, known, { from: learned, to: chosen });
  const observations = tasks.map(({ labels, logits }): Observation => {
    const offsets = Float32Array.from(logits.subarray(0, learned));
    return { labels: labels.subarray(0, learned), offsets };
  });
  const rng = new Rng(seed);
  let best: TrainedActionNetwork | undefined;
  let least = 1;
  for (let pass = 1; pass <= PASSES_MAX; pass++) {
    model.learn(leaveOut(examples, rng), observations);
    const z = model.scoreHeads(judged);
    const choices = tasks.map((task, head) => chooseScale(task, z[head]!, learned));
    const loss = choices.reduce((sum, { relative }) => sum + relative / choices.length, 0);
    // The first pass may bring no gain beyond chance, and the next much.
    if (loss >= least) continue;
    least = loss;
    const scales = choices.map(({ scale }) => scale);
    best = { network: { model: model.copy(), known: Object.fromEntries(known) }, passes: pass, scales };
  }
  return best;
}

/** z of the rows [from, to) by action. */
export function networkLogits(
  { model, known }: ActionNetwork,
  rows: IdentifiedRows,
  span: { readonly from: number; readonly to: number },
): ReadonlyMap<string, Float64Array> {
  const z = model.scoreHeads(examplesOf(rows, new Map(Object.entries(known)), span));
  return new Map(model.options.heads.map((action, head) => [action, z[head]!]));
}

/** The network of a file; throws `bad-model` where its features or identities are others. */
export function unpackActionNetwork(
  bytes: Uint8Array,
  known: ActionNetwork['known'],
  { featureNames, identityNames }: Pick<IdentifiedRows, 'featureNames' | 'identityNames'>,
): ActionNetwork {
  const categories = [OWN_IDENTITY, ...identityNames];
  return { model: unpackDeep(bytes, { numbers: featureNames, categories, sparse: false }), known };
}

function newModel(
  rows: IdentifiedRows,
  tasks: readonly NetworkTask[],
  known: ReadonlyMap<string, Int32Array>,
  learned: number,
  seed: number,
): DeepModel {
  const { featureNames, identityNames } = rows;
  const values = [...known.values()].reduce((sum, one) => sum + one.length + 1, 0);
  const bits = Math.min(BITS_MAX, Math.max(BITS_MIN, Math.ceil(Math.log2(ROOM * values))));
  const options: DeepOptions = { ...OPTIONS, bits, heads: tasks.map(({ action }) => action) };
  const slots = learnFieldSlots({ rows: learned, numbers: numbersOf(rows, 0, learned), categories: [] }, options);
  const schema = { numbers: [...featureNames], categories: [OWN_IDENTITY, ...identityNames], sparse: false };
  return new DeepModel({ schema, options, slots, seed, seen: 0 });
}

/** The scale with the least loss, 0 unless that is less by more than chance; `relative` is its loss over that of the head alone. */
function chooseScale(
  { labels, logits }: NetworkTask,
  z: Float64Array,
  from: number,
): { readonly scale: number; readonly relative: number } {
  const lossAt = (scale: number): Float64Array =>
    z.map((value, i) => {
      const p = sigmoid(logits[from + i]! + scale * value);
      return -Math.log(Math.max(1e-12, labels[from + i] === 1 ? p : 1 - p));
    });
  const base = lossAt(0);
  const alone = meanOf(base);
  let best = { scale: 0, relative: 1 };
  for (const scale of SCALES.slice(1)) {
    const gains = lossAt(scale).map((loss, i) => base[i]! - loss);
    const gain = meanOf(gains);
    const spread = Math.sqrt(meanOf(gains.map((one) => (one - gain) ** 2)) / gains.length);
    const relative = (alone - gain) / alone;
    if (gain > BEYOND_CHANCE * spread && relative < best.relative) best = { scale, relative };
  }
  return best;
}

/** By identity, rising. */
function knownValues({ identityNames, identities }: IdentifiedRows, rows: number): Map<string, Int32Array> {
  const width = identityNames.length;
  return new Map(
    identityNames.map((name, column) => {
      const uses = new Map<number, number>();
      for (let row = 0; row < rows; row++) {
        const value = identities[row * width + column]!;
        uses.set(value, (uses.get(value) ?? 0) + 1);
      }
      const used = [...uses].filter(([value, n]) => value !== 0 && n >= USES_MIN).map(([value]) => value);
      return [name, Int32Array.from(used).sort()];
    }),
  );
}

function examplesOf(
  rows: IdentifiedRows,
  known: ReadonlyMap<string, Int32Array>,
  { from, to }: { readonly from: number; readonly to: number },
): Examples {
  const { identityNames, identities, gates } = rows;
  const width = identityNames.length;
  const size = to - from;
  const own = Int32Array.from({ length: size }, (_, i) => gates[from + i]! + 1);
  const categories = identityNames.map((name, column) => {
    const values = new Set(known.get(name) ?? []);
    const of = (i: number): number => identities[(from + i) * width + column]!;
    return { name, values: Int32Array.from({ length: size }, (_, i) => (values.has(of(i)) ? of(i) : 0)) };
  });
  return {
    rows: size,
    numbers: numbersOf(rows, from, to),
    categories: [{ name: OWN_IDENTITY, values: own }, ...categories],
  };
}

function numbersOf({ featureNames, values }: IdentifiedRows, from: number, to: number): Examples['numbers'] {
  return featureNames.map((name, feature) => ({
    name,
    values: Float32Array.from({ length: to - from }, (_, i) => values[(from + i) * featureNames.length + feature]!),
  }));
}

/** All but `own`. */
function leaveOut(examples: Examples, rng: Rng): Examples {
  const [own, ...identities] = examples.categories;
  const thinned = identities.map(({ name, values }) => ({
    name,
    values: values.map((value) => (rng.unit() < LEFT_OUT ? 0 : value)),
  }));
  return { ...examples, categories: [own!, ...thinned] };
}

const meanOf = (values: Float64Array): number => values.reduce((sum, one) => sum + one, 0) / values.length;
