/**
 * Rankers judged side by side on the same orders, each from just before it: what was bought against the candidates as each ranker scores
 * them.
 *
 *     p = softmax of the scores over what may be shown         log loss = mean over bought listings of −ln(.99 p + .01 / listings)
 *     predicted to be bought = 1 − (1 − p)^n, n of the candidates bought, against whether it was: calibration
 *
 * The uniform part is what a listing gets that was no candidate: a ranker is judged with the candidates that its embedding finds. The
 * softmax is what rankers are trained for (learning/additive-trainer.ts).
 */
import type { Placement } from '@rialto/sdk';
import { float64Column, uint8Column } from '../base/column.ts';
import type { Embedding } from '../features/embedding.ts';
import { calibrationError, type ReliabilityBin, reliabilityTable } from '../learning/calibration.ts';
import type { FeatureSample } from './feature-sample.ts';
import type { Basket } from './history.ts';
import type { NetworkSample } from './network-sample.ts';
import type { Replay } from './replay.ts';

export interface Contender {
  readonly ranker: Uint8Array;
  /** What serves in the replay where absent. */
  readonly embedding?: Embedding;
}

export interface Judgement {
  /** Mean recall at k. */
  readonly recall: number;
  readonly logLoss: number;
  /** Expected calibration error over the share of candidates that were bought: 0.1 is a tenth off on average. */
  readonly calibrationError: number;
  readonly reliability: readonly ReliabilityBin[];
  readonly segments: readonly JudgedSegment[];
  /** By order. */
  readonly recalls: Float64Array;
  readonly losses: Float64Array;
}

export interface JudgedSegment {
  readonly segment: string;
  readonly orders: number;
  readonly recall: number;
  readonly logLoss: number;
}

const UNIFORM_SHARE = 0.01;
const BINS = 10;
const SEGMENT_ORDERS_MIN = 10;
const COUNTRIES_MAX = 5;

export interface JudgingOptions {
  readonly k: number;
  /** Takes what features are worth to the first contender. */
  readonly sample?: FeatureSample;
  /** Takes what the first contender's network makes of them. */
  readonly network?: NetworkSample;
}

/** Judgements in the order of `contenders`. */
export function judgeRankers(
  replay: Replay,
  baskets: readonly Basket[],
  contenders: readonly Contender[],
  { k, sample, network }: JudgingOptions,
): Judgement[] {
  const placement: Placement = { id: 'judged', slots: k, sources: replay.sources() };
  const tallies = contenders.map(() => new JudgementTally(baskets.length, k));
  const { embedding } = replay.state.signals;
  const before = { ...embedding };
  const segments = baskets.map((basket, i) => {
    replay.upTo(basket.first);
    contenders.forEach((contender, which) => {
      Object.assign(embedding, contender.embedding ?? before);
      replay.serve('ranker', contender.ranker);
      replay.consider(basket, placement);
      if (which === 0) sample?.add(replay.workspace);
      if (which === 0) network?.add(replay.state.ranker, replay.workspace);
      tallies[which]!.add(replay, basket, i);
    });
    return segmentsOf(replay, basket);
  });
  Object.assign(embedding, before);
  return tallies.map((tally) => tally.judgement(segments));
}

class JudgementTally {
  readonly #k: number;
  readonly #recalls: Float64Array;
  readonly #losses: Float64Array;
  readonly #predicted = float64Column();
  readonly #bought = uint8Column();

  constructor(orders: number, k: number) {
    this.#k = k;
    this.#recalls = new Float64Array(orders);
    this.#losses = new Float64Array(orders);
  }

  add({ state: { market }, workspace: { candidates } }: Replay, basket: Basket, order: number): void {
    const { size, score, listing, dropped } = candidates;
    const bought = new Set(basket.listings.map((id) => market.listings.ids.find(id)));
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < size; i++) if (dropped[i] === undefined) most = Math.max(most, score[i]!);
    let sum = 0;
    for (let i = 0; i < size; i++) if (dropped[i] === undefined) sum += Math.exp(score[i]! - most);
    const uniform = UNIFORM_SHARE / Math.max(1, market.listings.size);
    let found = 0;
    for (let i = 0; i < size; i++) if (dropped[i] === undefined && bought.has(listing[i]!)) found++;
    let loss = 0;
    let hits = 0;
    for (let i = 0; i < size; i++) {
      if (dropped[i] !== undefined) continue;
      const p = Math.exp(score[i]! - most) / sum;
      const was = bought.has(listing[i]!);
      this.#predicted.push(1 - (1 - p) ** found);
      this.#bought.push(was ? 1 : 0);
      if (!was) continue;
      loss -= Math.log((1 - UNIFORM_SHARE) * p + uniform);
      if (rankOf(i, candidates) < this.#k) hits++;
    }
    loss -= (bought.size - found) * Math.log(uniform);
    this.#losses[order] = loss / bought.size;
    this.#recalls[order] = hits / Math.min(this.#k, bought.size);
  }

  judgement(segments: readonly (readonly string[])[]): Judgement {
    const labels = this.#bought.view();
    const reliability = reliabilityTable(this.#predicted.view(), labels, BINS);
    const share = labels.reduce((sum, label) => sum + label, 0) / Math.max(1, labels.length);
    return {
      recall: meanOf(this.#recalls),
      logLoss: meanOf(this.#losses),
      calibrationError: share === 0 ? 0 : calibrationError(reliability) / share,
      reliability,
      segments: this.#bySegment(segments),
      recalls: this.#recalls,
      losses: this.#losses,
    };
  }

  #bySegment(segments: readonly (readonly string[])[]): JudgedSegment[] {
    const orders = new Map<string, number[]>();
    segments.forEach((names, order) => {
      for (const name of names) orders.set(name, [...(orders.get(name) ?? []), order]);
    });
    const judged = [...orders]
      .filter(([, rows]) => rows.length >= SEGMENT_ORDERS_MIN)
      .map(([segment, rows]) => ({
        segment,
        orders: rows.length,
        recall: meanOf(Float64Array.from(rows, (row) => this.#recalls[row]!)),
        logLoss: meanOf(Float64Array.from(rows, (row) => this.#losses[row]!)),
      }));
    const countries = judged.filter(({ segment }) => segment.startsWith('country')).sort((a, b) => b.orders - a.orders);
    return [...judged.filter(({ segment }) => !segment.startsWith('country')), ...countries.slice(0, COUNTRIES_MAX)];
  }
}

function rankOf(at: number, { size, score, dropped }: Replay['workspace']['candidates']): number {
  let above = 0;
  for (let i = 0; i < size; i++)
    if (dropped[i] === undefined && (score[i]! > score[at]! || (score[i] === score[at] && i < at))) above++;
  return above;
}

/** What the order counts for, from just before it. */
function segmentsOf({ state: { market } }: Replay, { buyer, country }: Basket): string[] {
  const row = market.buyers.keys.find(buyer);
  const before = row < 0 ? 0 : market.buyers.orders.data[row]!;
  const history = before === 0 ? 'first order' : before < 5 ? '1 to 4 orders before' : '5 orders before or more';
  return country === undefined ? [history] : [history, `country ${country}`];
}

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
