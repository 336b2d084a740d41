/**
 * Boosted trees for clicks: log loss over encoded categories and numbers (`click-features.ts`). Several forests, each with its
 * own deal of rows, columns and encodings, are averaged: on small data that is worth more than any setting of one.
 */
import { RialtoError } from '../base/errors.ts';
import type { TypedArray } from '../base/typed-array.ts';
import {
  type BoostingOptions,
  boostTrees,
  DEFAULT_BOOSTING,
  type Forest,
  logisticObjective,
  scoreForest,
} from './boosted-trees.ts';
import {
  type ClickFeatures,
  DEFAULT_FEATURES,
  encodeRows,
  type FeatureOptions,
  fitFeatures,
} from './click-features.ts';
import type { Examples, LabelledExamples } from './examples.ts';
import { type PackedForest, packForest, unpackForest } from './forest-file.ts';
import {
  type ClickModel,
  gatherBatches,
  type Learner,
  requireLearnable,
  requireSchema,
  type Schema,
  schemaOf,
} from './learner.ts';
import { packModel, unpackModel } from './model-file.ts';
import { type PackedCounts, packCounts, unpackCounts } from './target-encoding.ts';

export interface ClickTreesOptions {
  readonly boosting: BoostingOptions;
  readonly features: FeatureOptions;
  /** Forests. */
  readonly bags: number;
}

export const DEFAULT_CLICK_TREES: ClickTreesOptions = {
  boosting: {
    ...DEFAULT_BOOSTING,
    rounds: 150,
    rate: 0.05,
    leavesMax: 8,
    l2: 5,
    rowShare: 0.7,
    columnShare: 0.3,
    columnsMin: 4,
  },
  features: DEFAULT_FEATURES,
  bags: 4,
};

const KIND = 'click-trees';
const VERSION = 1;

interface BagInfo {
  readonly options: FeatureOptions;
  readonly sparseWidth: number;
  readonly forest: PackedForest['info'];
  readonly counts: PackedCounts['info'];
}

interface Bag {
  readonly features: ClickFeatures;
  readonly forest: Forest;
}

export class ClickTrees implements ClickModel {
  readonly schema: Schema;
  readonly bags: readonly Bag[];

  constructor(schema: Schema, bags: readonly Bag[]) {
    this.schema = schema;
    this.bags = bags;
  }

  score(examples: Examples, out: Float64Array): void {
    requireSchema(this.schema, schemaOf(examples));
    const scores = new Float64Array(examples.rows);
    out.fill(0, 0, examples.rows);
    for (const { features, forest } of this.bags) {
      scoreForest(forest, encodeRows(features, examples), scores);
      for (let row = 0; row < examples.rows; row++) out[row]! += scores[row]! / this.bags.length;
    }
  }

  pack(): Uint8Array {
    const arrays: Record<string, TypedArray> = {};
    const bags = this.bags.map(({ features, forest }, bag): BagInfo => {
      const trees = packForest(forest);
      const known = packCounts(features.counts);
      for (const [name, array] of Object.entries({ ...trees.arrays, ...known.arrays }))
        arrays[`${bag}.${name}`] = array;
      return { options: features.options, sparseWidth: features.sparseWidth, forest: trees.info, counts: known.info };
    });
    return packModel({ kind: KIND, version: VERSION, info: { schema: this.schema, bags }, arrays });
  }
}

/** Each bag with the options' seeds plus its number. */
export function trainClickTrees(examples: LabelledExamples, options: ClickTreesOptions): ClickTrees {
  requireLearnable(examples);
  const bags = Array.from({ length: options.bags }, (_, bag) => {
    const { features, matrix } = fitFeatures(examples, {
      ...options.features,
      seed: options.features.seed + bag,
    });
    const boosting = { ...options.boosting, seed: options.boosting.seed + bag };
    return { features, forest: boostTrees(matrix, logisticObjective(examples.labels), boosting) };
  });
  return new ClickTrees(schemaOf(examples), bags);
}

/** A table of all batches is learned from at once; a start's forests grow further on the new examples. */
export function clickTreesLearner(options: ClickTreesOptions = DEFAULT_CLICK_TREES): Learner {
  return {
    name: 'boosted trees',
    streams: false,
    warmStarts: true,
    train(batches, { seed, start }) {
      const examples = gatherBatches(batches);
      const seeded = {
        ...options,
        boosting: { ...options.boosting, seed },
        features: { ...options.features, seed },
      };
      if (start === undefined) return trainClickTrees(examples, seeded);
      if (!(start instanceof ClickTrees))
        throw new RialtoError('bad-model', 'boosted trees cannot go on from a model of another kind');
      return growFurther(start, examples, seeded);
    },
    unpack: unpackClickTrees,
  };
}

function growFurther(start: ClickTrees, examples: LabelledExamples, { boosting }: ClickTreesOptions): ClickTrees {
  requireSchema(start.schema, schemaOf(examples));
  requireLearnable(examples);
  const bags = start.bags.map(({ features, forest }, bag) => {
    const matrix = encodeRows(features, examples);
    const more = { ...boosting, seed: boosting.seed + bag };
    return { features, forest: boostTrees(matrix, logisticObjective(examples.labels), more, { from: forest }) };
  });
  return new ClickTrees(start.schema, bags);
}

function unpackClickTrees(bytes: Uint8Array, schema?: Schema): ClickTrees {
  const { info, arrays } = unpackModel(bytes, KIND, VERSION);
  const trained = info['schema'] as Schema;
  if (schema !== undefined) requireSchema(trained, schema);
  const bags = (info['bags'] as BagInfo[]).map((bag, i) => {
    const prefix = `${i}.`;
    const own = Object.fromEntries(
      Object.entries(arrays).flatMap(([name, array]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), array]] : [],
      ),
    );
    const forest = unpackForest({ info: bag.forest, arrays: own });
    const { options, sparseWidth } = bag;
    return { features: { options, sparseWidth, counts: unpackCounts(bag.counts, own), map: forest.map }, forest };
  });
  return new ClickTrees(trained, bags);
}
