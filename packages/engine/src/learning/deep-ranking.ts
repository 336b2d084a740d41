/**
 * Trains a network over embeddings (deep-network.ts) to rank, on top of an additive model:
 *
 *     score(x) = base(x) + c · z(x)
 *
 * The base is fitted first and stays; the network learns what it misses, from the features in ranges and from identities (which listing,
 * category, shop; what the buyer turned to last). That is the split of "wide" and "deep" (Cheng et al., DLRS 2016). The loss is that of
 * the base, listwise softmax within a group. The latest groups tell how many passes help and which c: 0 where the network does not.
 */
import { RialtoError } from '../base/errors.ts';
import { Rng } from '../base/rng.ts';
import type { AdditiveModel } from './additive-model.ts';
import { scoreRow } from './additive-rows.ts';
import { type RankingExamples, sampledLog } from './additive-trainer.ts';
import { DEFAULT_DEEP, DeepModel, type DeepOptions } from './deep-clicks.ts';
import type { Examples } from './examples.ts';
import { learnFieldSlots } from './field-slots.ts';

/** Ranking examples whose rows and groups say which things they are about; values by `categoryOf`, 0 = none. */
export interface IdentifiedExamples extends RankingExamples {
  readonly rowIdentities: Int32Array; // [rows × identities of rows]
  readonly groupIdentities: Int32Array; // [groups × identities of groups]
}

/** Names the columns. */
export interface RankingColumns {
  readonly features: readonly string[];
  readonly rowIdentities: readonly string[];
  readonly groupIdentities: readonly string[];
}

export interface DeepRankingOptions {
  readonly tableRate: number;
  readonly denseRate: number;
  readonly products: number;
  readonly units: number;
  readonly binsMax: number;
  readonly passesMax: number;
  readonly seed: number;
  readonly onProgress?: (done: number, all: number) => void;
}

export const DEFAULT_DEEP_RANKING: DeepRankingOptions = {
  tableRate: 0.1,
  denseRate: 0.02,
  products: 4,
  units: 7,
  binsMax: 16,
  passesMax: 6,
  seed: 1,
};

export interface DeepRanking {
  readonly network: DeepModel;
  /** c. */
  readonly scale: number;
  /** Values that the network has weights for, rising, by identity; others count as 0. */
  readonly known: Readonly<Record<string, Int32Array>>;
  readonly fit: DeepFit;
}

/** How it was chosen. */
export interface DeepFit {
  readonly passes: number;
  readonly scale: number;
  readonly groups: number;
  readonly validationGroups: number;
  /** Mean over the validation groups of −ln softmax of what was chosen: of the base, and with the network. */
  readonly baseLoss: number;
  readonly loss: number;
}

/** The gate of a row, as a category. */
export const OWN_IDENTITY = 'own';

const VALIDATION_SHARE = 0.1;
const SCALES = [0, 0.25, 0.5, 0.75, 1];
/** A value that fewer rows (or groups) have is as good as unknown. */
const USES_MIN = 15;
const BITS_MIN = 10;
const BITS_MAX = 18;
/** Rows of the table for each value, so that few share one. */
const ROOM = 8;
/** A step holds twice as many. */
const GROUP_ROWS_MAX = 256;
/** Ranges of features are learned from about so many rows. */
const SAMPLE_ROWS = 50_000;

/** Throws `bad-training-data` where there are too few groups. */
export function trainDeepRanking(
  base: AdditiveModel,
  examples: IdentifiedExamples,
  columns: RankingColumns,
  options: DeepRankingOptions = DEFAULT_DEEP_RANKING,
): DeepRanking {
  const groups = examples.groups.length - 1;
  if (groups < 10)
    throw new RialtoError('bad-training-data', `${groups} groups are too few for a network: at least 10 are needed`);
  return new Trainer(base, examples, columns, options).train();
}

class Trainer {
  readonly #base: AdditiveModel;
  readonly #examples: IdentifiedExamples;
  readonly #columns: RankingColumns;
  readonly #options: DeepRankingOptions;
  readonly #known: ReadonlyMap<string, ReadonlySet<number>>;
  readonly #rows: GroupRows;
  readonly #scores = new Float64Array(GROUP_ROWS_MAX);
  #done = 0;

  constructor(base: AdditiveModel, examples: IdentifiedExamples, columns: RankingColumns, options: DeepRankingOptions) {
    this.#base = base;
    this.#examples = examples;
    this.#columns = columns;
    this.#options = options;
    this.#known = knownValues(examples, columns);
    this.#rows = new GroupRows(examples, columns, this.#known);
  }

  train(): DeepRanking {
    const { seed, passesMax } = this.#options;
    const groups = this.#examples.groups.length - 1;
    const validation = Math.max(1, Math.floor(VALIDATION_SHARE * groups));
    const cut = groups - validation;
    const order = Int32Array.from({ length: cut }, (_, group) => group);
    const rng = new Rng(seed);
    let model = this.#newModel();
    let best = { model, scale: 0, loss: Number.POSITIVE_INFINITY, passes: 0 };
    const baseLoss = this.#validate(model, cut)[0]!;
    for (let pass = 1; pass <= passesMax; pass++) {
      shuffle(order, rng);
      for (const group of order) this.#learn(model, group, passesMax * groups + validation);
      const losses = this.#validate(model, cut);
      const at = losses.indexOf(Math.min(...losses));
      if (losses[at]! >= best.loss) break;
      best = { model, scale: SCALES[at]!, loss: losses[at]!, passes: pass };
      model = model.copy();
    }
    // What was only looked at so far is the latest, and what serves should know it.
    const last = best.model.copy();
    for (let group = cut; group < groups; group++) this.#learn(last, group, passesMax * groups + validation);
    const { passes, scale, loss } = best;
    // Groups that were learned from are known better, unless a step went astray.
    const network = this.#validate(last, cut)[SCALES.indexOf(scale)]! <= loss ? last : best.model;
    const known = [...this.#known].map(([name, values]) => [name, Int32Array.from(values).sort()] as const);
    return {
      network,
      scale,
      known: Object.fromEntries(known),
      fit: { passes, scale, groups, validationGroups: validation, baseLoss, loss },
    };
  }

  #newModel(): DeepModel {
    const { features, rowIdentities, groupIdentities } = this.#columns;
    const { tableRate, denseRate, products, units, binsMax, seed } = this.#options;
    const schema = {
      numbers: [...features],
      categories: [OWN_IDENTITY, ...rowIdentities, ...groupIdentities],
      sparse: false,
    };
    let values = 0;
    for (const known of this.#known.values()) values += known.size + 1;
    const bits = Math.min(BITS_MAX, Math.max(BITS_MIN, Math.ceil(Math.log2(ROOM * values))));
    const heads = ['chosen'];
    const options: DeepOptions = { ...DEFAULT_DEEP, bits, binsMax, products, units, tableRate, denseRate, heads };
    return new DeepModel({ schema, options, slots: learnFieldSlots(this.#sample(), options), seed, seen: 0 });
  }

  /** Evenly spread rows, of which only numbers are looked at. */
  #sample(): Examples {
    const { values, gates } = this.#examples;
    const { features } = this.#columns;
    const step = Math.max(1, Math.floor(gates.length / SAMPLE_ROWS));
    const rows = Math.ceil(gates.length / step);
    const numbers = features.map((name, feature) => ({
      name,
      values: Float32Array.from({ length: rows }, (_, i) => values[i * step * features.length + feature]!),
    }));
    return { rows, numbers, categories: [] };
  }

  #learn(model: DeepModel, group: number, all: number): void {
    const rows = this.#rows.take(group);
    if (++this.#done % 200 === 0) this.#options.onProgress?.(this.#done, all);
    if (rows.chosen === 0 || rows.chosen === rows.examples.rows) return;
    const weight = Math.sqrt(rows.chosen);
    model.learnTogether(rows.examples, (scores) => {
      for (let i = 0; i < rows.examples.rows; i++) scores[i]! += this.#baseScore(group, rows.at[i]!);
      softmax(scores, rows.examples.rows);
      for (let i = 0; i < rows.examples.rows; i++)
        scores[i] = weight * (scores[i]! - this.#examples.labels[rows.at[i]!]! / rows.chosen);
    });
  }

  /** As it counts in the loss. */
  #baseScore(group: number, row: number): number {
    const { values, gates } = this.#examples;
    return scoreRow(this.#base, values, row, gates[row]!) + sampledLog(this.#examples, group, row);
  }

  /** The loss on the groups from `cut` on, for each of SCALES. */
  #validate(model: DeepModel, cut: number): number[] {
    const { labels, groups } = this.#examples;
    const losses = SCALES.map(() => 0);
    let judged = 0;
    for (let group = cut; group + 1 < groups.length; group++) {
      const { examples, at, chosen } = this.#rows.take(group);
      if (chosen === 0 || chosen === examples.rows) continue;
      judged++;
      const [z] = model.scoreHeads(examples);
      SCALES.forEach((scale, which) => {
        for (let i = 0; i < examples.rows; i++) this.#scores[i] = this.#baseScore(group, at[i]!) + scale * z![i]!;
        softmax(this.#scores, examples.rows);
        for (let i = 0; i < examples.rows; i++)
          if (labels[at[i]!] === 1) losses[which]! -= Math.log(this.#scores[i]!) / chosen;
      });
    }
    return losses.map((loss) => loss / Math.max(1, judged));
  }
}

/** Scores become probabilities, in place. */
function softmax(scores: Float64Array, rows: number): void {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows; i++) max = Math.max(max, scores[i]!);
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    scores[i] = Math.exp(scores[i]! - max);
    sum += scores[i]!;
  }
  for (let i = 0; i < rows; i++) scores[i]! /= sum;
}

function shuffle(order: Int32Array, rng: Rng): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    const swap = order[i]!;
    order[i] = order[j]!;
    order[j] = swap;
  }
}

/** The rows of one group as columns; of a group of too many, all that were chosen and others evenly spread. Scratch memory. */
class GroupRows {
  readonly #examples: IdentifiedExamples;
  readonly #known: readonly (ReadonlySet<number> | undefined)[];
  readonly #columns: RankingColumns;
  readonly #numbers: readonly Float32Array[];
  readonly #categories: readonly Int32Array[];
  readonly #at = new Int32Array(GROUP_ROWS_MAX);

  constructor(examples: IdentifiedExamples, columns: RankingColumns, known: ReadonlyMap<string, ReadonlySet<number>>) {
    const { features, rowIdentities, groupIdentities } = columns;
    this.#examples = examples;
    this.#columns = columns;
    this.#known = [...rowIdentities, ...groupIdentities].map((name) => known.get(name));
    this.#numbers = features.map(() => new Float32Array(GROUP_ROWS_MAX));
    this.#categories = [OWN_IDENTITY, ...rowIdentities, ...groupIdentities].map(() => new Int32Array(GROUP_ROWS_MAX));
  }

  /** at: the rows among the examples. */
  take(group: number): { readonly examples: Examples; readonly at: Int32Array; readonly chosen: number } {
    const { labels, groups, values, gates } = this.#examples;
    const { features, rowIdentities, groupIdentities } = this.#columns;
    const rows = this.#pick(groups[group]!, groups[group + 1]!);
    let chosen = 0;
    for (let i = 0; i < rows; i++) {
      const row = this.#at[i]!;
      chosen += labels[row]!;
      for (let f = 0; f < features.length; f++) this.#numbers[f]![i] = values[row * features.length + f]!;
      this.#categories[0]![i] = gates[row]! + 1;
      for (let id = 0; id < rowIdentities.length; id++)
        this.#categories[1 + id]![i] = this.#valueOf(
          id,
          this.#examples.rowIdentities[row * rowIdentities.length + id]!,
        );
    }
    for (let id = 0; id < groupIdentities.length; id++) {
      const which = rowIdentities.length + id;
      const value = this.#examples.groupIdentities[group * groupIdentities.length + id]!;
      this.#categories[1 + which]!.fill(this.#valueOf(which, value), 0, rows);
    }
    const names = [OWN_IDENTITY, ...rowIdentities, ...groupIdentities];
    return {
      examples: {
        rows,
        numbers: features.map((name, f) => ({ name, values: this.#numbers[f]! })),
        categories: names.map((name, i) => ({ name, values: this.#categories[i]! })),
      },
      at: this.#at,
      chosen,
    };
  }

  #valueOf(identity: number, value: number): number {
    return this.#known[identity]!.has(value) ? value : 0;
  }

  #pick(from: number, to: number): number {
    const { labels } = this.#examples;
    if (to - from <= GROUP_ROWS_MAX) {
      for (let i = 0; i < to - from; i++) this.#at[i] = from + i;
      return to - from;
    }
    let picked = 0;
    const positivesMax = GROUP_ROWS_MAX / 2;
    for (let row = from; row < to && picked < positivesMax; row++) if (labels[row] === 1) this.#at[picked++] = row;
    const step = (to - from) / (GROUP_ROWS_MAX - picked);
    for (let at = from; at < to && picked < GROUP_ROWS_MAX; at += step)
      if (labels[Math.floor(at)] === 0) this.#at[picked++] = Math.floor(at);
    return picked;
  }
}

function knownValues(
  { rowIdentities, groupIdentities }: IdentifiedExamples,
  columns: RankingColumns,
): Map<string, Set<number>> {
  const known = new Map<string, Set<number>>();
  const count = (names: readonly string[], values: Int32Array): void => {
    names.forEach((name, column) => {
      const uses = new Map<number, number>();
      for (let i = column; i < values.length; i += names.length) uses.set(values[i]!, (uses.get(values[i]!) ?? 0) + 1);
      known.set(name, new Set([...uses].filter(([value, n]) => value !== 0 && n >= USES_MIN).map(([value]) => value)));
    });
  };
  count(columns.rowIdentities, rowIdentities);
  count(columns.groupIdentities, groupIdentities);
  return known;
}
