/**
 * Chooses how to recommend, on hold-outs of the interactions: every kind is tried with its start settings; those that a blend
 * of them trusts are improved by climbing along their axes, with as much of the work that is left as the blend trusts them;
 * they are blended anew, and fitted on everything. What is tried follows from the data's form and from what was measured, never
 * from a clock, so that the same data gives the same model.
 */
import { BlendedRecommender } from '../learning/blended-recommender.ts';
import { type Blend, learnBlend } from '../learning/blender.ts';
import { fitPopularity } from '../learning/popularity.ts';
import { RECOMMENDER_KINDS, type RecommenderOptions, type RecommenderSpec } from '../learning/recommender-kinds.ts';
import type { SparseMatrix } from '../learning/sparse-matrix.ts';
import { climb } from './climb.ts';
import { type PlannedSearch, type SearchPlan, searchPlan } from './search-plan.ts';
import { type ExampleSource, type TopNTrials, trialsHere, trialsInThreads } from './top-n-trials.ts';

export interface ChoiceOptions {
  readonly k: number;
  readonly seed: number;
  /** 0: everything in this thread. */
  readonly threads: number;
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

export interface ChosenPart extends RecommenderSpec {
  /** Its share of the blend; 0 where it does not help. */
  readonly weight: number;
  /** ½ (recall@k + nDCG@k) on the hold-outs, alone. */
  readonly goal: number;
}

export interface Choice {
  readonly model: BlendedRecommender;
  readonly parts: readonly ChosenPart[];
  /** ½ (recall@k + nDCG@k) on the hold-outs. */
  readonly goal: number;
  /** The catalogue is too large for a look at all items. */
  readonly sparse: boolean;
}

export async function chooseRecommender(matrix: SparseMatrix, options: ChoiceOptions): Promise<Choice> {
  const { k, seed, threads } = options;
  const plan = searchPlan(matrix, seed);
  const trialsOptions = { matrix, holdOuts: plan.holdOuts, triedOn: plan.triedOn, k, sparse: plan.sparse };
  const trials = threads === 0 ? trialsHere(trialsOptions) : trialsInThreads(trialsOptions, threads);
  try {
    return await new Search(matrix, plan, trials, options).choose();
  } finally {
    await trials.close();
  }
}

/** What tells which kinds are worth a search, and what the blend is learned from. */
const FIRST_EXAMPLES: ExampleSource = { buyersMax: 1500, all: false };
const LAST_EXAMPLES: ExampleSource = { buyersMax: 5000, all: true };
/** Of the first blend: with less a kind is not searched, but may be in the last. */
const WEIGHT_MIN = 0.1;
/** Tries of one kind's search, however little they cost. */
const TRIES_MAX = 6;

class Search {
  readonly #matrix: SparseMatrix;
  readonly #plan: SearchPlan;
  readonly #trials: TopNTrials;
  readonly #options: ChoiceOptions;
  #done = 0;

  constructor(matrix: SparseMatrix, plan: SearchPlan, trials: TopNTrials, options: ChoiceOptions) {
    this.#matrix = matrix;
    this.#plan = plan;
    this.#trials = trials;
    this.#options = options;
  }

  async choose(): Promise<Choice> {
    const found: Found[] = [];
    for (const search of this.#plan.searches) {
      const spec = { kind: search.kind, options: search.start };
      found.push({ spec, search, goal: await this.#measured(spec) });
    }
    const first = await this.#blended(found, FIRST_EXAMPLES);
    const trusted = found
      .map((one, i) => ({ found: one, weight: first.weights[i]! }))
      .filter(({ weight }) => weight > 0);
    const better = await this.#improved(trusted);
    const blend = await this.#blended(better, LAST_EXAMPLES);
    this.#options.onProgress?.(0, 0, 'fitting what was chosen on everything');
    const weights = new Map(better.map(({ search }, i) => [search, blend.weights[i]!]));
    const parts = found.map((one) => {
      const { spec, goal, search } = better.find(({ search }) => search === one.search) ?? one;
      return { ...spec, goal, weight: weights.get(search) ?? 0 };
    });
    return { model: await this.#fitted(parts), parts, goal: blend.goal, sparse: this.#plan.sparse };
  }

  async #measured(spec: RecommenderSpec, best?: RecommenderSpec): Promise<number> {
    const all = TRIES_MAX * this.#plan.searches.length;
    this.#options.onProgress?.(++this.#done, all, `trying ${spec.kind}`);
    return await this.#trials.measure(spec, best);
  }

  async #blended(found: readonly Found[], from: ExampleSource): Promise<Blend> {
    const examples = await this.#trials.examples(
      found.map(({ spec }) => spec),
      from,
    );
    return learnBlend(examples, { k: this.#options.k });
  }

  /** What is left of the budget, shared out by weight, the cheapest first: what one does not need is the others'. */
  async #improved(trusted: readonly Trusted[]): Promise<Found[]> {
    const order = [...trusted].sort(
      (a, b) => a.found.search.costOf(a.found.spec.options) - b.found.search.costOf(b.found.spec.options),
    );
    let left = this.#plan.budget;
    let weights = order.reduce((sum, { weight }) => sum + (weight < WEIGHT_MIN ? 0 : weight), 0);
    const better = new Map<PlannedSearch, Found>();
    for (const { found, weight } of order) {
      if (weight < WEIGHT_MIN) {
        better.set(found.search, found);
        continue;
      }
      const { spent, best } = await this.#climbed(found, (left * weight) / weights);
      left -= spent;
      weights -= weight;
      better.set(found.search, best);
    }
    return trusted.map(({ found }) => better.get(found.search)!);
  }

  async #climbed({ spec, goal, search }: Found, budget: number): Promise<{ spent: number; best: Found }> {
    const { kind, options } = spec;
    const { axes, grown } = RECOMMENDER_KINDS[kind];
    const large = grown && search.costOf({ ...options, ...grown }) <= budget ? grown : undefined;
    const reserved = large === undefined ? 0 : search.costOf({ ...options, ...large });
    const triesMax = Math.min(TRIES_MAX - 1, Math.floor((budget - reserved) / search.costOf(options)));
    let spent = 0;
    const measure = (tried: RecommenderOptions, best: RecommenderOptions): Promise<number> => {
      spent += search.costOf(tried);
      return this.#measured({ kind, options: tried }, { kind, options: best });
    };
    const best = await climb({ options, goal }, { axes, grown: large, triesMax, measure });
    return { spent, best: { spec: { kind, options: best.options }, search, goal: best.goal } };
  }

  async #fitted(parts: readonly ChosenPart[]): Promise<BlendedRecommender> {
    const used = parts.filter(({ weight }) => weight > 0);
    const bytes = await this.#trials.fit(used);
    const models = used.map(({ kind, weight }, i) => ({
      kind,
      weight,
      model: RECOMMENDER_KINDS[kind].load(bytes[i]!),
    }));
    return new BlendedRecommender(models, fitPopularity(this.#matrix));
  }
}

interface Found {
  readonly spec: RecommenderSpec;
  readonly search: PlannedSearch;
  readonly goal: number;
}

interface Trusted {
  readonly found: Found;
  /** Its share of the first blend. */
  readonly weight: number;
}
