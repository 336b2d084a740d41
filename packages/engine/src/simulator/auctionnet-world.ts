/**
 * A world in the form of AuctionNet (Su et al., NeurIPS 2024, datasets track): 48 advertisers in 6 categories bid for
 * 500,000 opportunities in 48 ticks. It has AuctionNet's form, not its data: the day's curve, budgets and targets are our own.
 *
 *     v_io ~ N(μ_it, ρ_it μ_it), at least 0         the conversion probability that advertiser i is told for opportunity o
 *     μ_it = .0005 × category × advertiser           factors in U(.3, 1.7) and U(.5, 1.5), others every 8 ticks
 *     traffic_t = day's curve × U(.6, 1.4)           drawn anew every 4 ticks
 *     truth_io ~ N(v_io, σ_io v_io) within [-2u_i, 2w_i] σ_io   the probability that conversions come from: what is told is biased
 *
 * Half of each factor is the rhythm of its category or advertiser, the same in every period; half is drawn anew (`novelty`).
 * The first advertiser of a category has its category's mean. A dense world multiplies values by 12 and divides targets by it.
 * Every array comes from the period's seed by itself, so that one advertiser's values are drawn again without the others'.
 */
import { Rng } from '../base/rng.ts';
import { normalQuantile, QUANTILES } from './normal-quantile.ts';

export const TICKS = 48;
export const AGENTS = 48;
export const CATEGORIES = 6;
const AGENTS_PER_CATEGORY = AGENTS / CATEGORIES;
/** The chance that a slot is seen. One draw serves an opportunity's slots: a slot is only seen if those above it are. */
export const EXPOSURES: readonly number[] = [1, 0.8, 0.6];
export const RESERVE = 0.0001;
const OPPORTUNITIES = 500_000;

export type Density = 'dense' | 'sparse';

const VALUE_MEAN = 0.0005;
const DENSE_FACTOR = 12;
const NOVELTY = 0.5;
const RHYTHM_SEED = 20241210;
export const FACTOR_TICKS = 8;
const TRAFFIC_TICKS = 4;

export interface Seat {
  readonly agent: number;
  readonly category: number;
  readonly budget: number;
  readonly targetCpa: number;
}

/** Everything that one period's chance decides, but for single opportunities. */
export interface Period {
  readonly seed: number;
  readonly density: Density;
  readonly seats: readonly Seat[];
  /** Opportunities in each tick. [TICKS] */
  readonly traffic: Int32Array;
  /** Mean of an advertiser's values. [AGENTS × TICKS] */
  readonly means: Float64Array;
  /** Their standard deviation over their mean. [AGENTS × TICKS] */
  readonly spreads: Float64Array;
  /** Mean of σ, the told relative uncertainty of a value. [AGENTS] */
  readonly uncertainties: Float64Array;
  /** Where the error of a value is cut off, in σ. [AGENTS] */
  readonly errorsFrom: Float64Array;
  readonly errorsTo: Float64Array;
}

export interface WorldOptions {
  readonly density: Density;
  /** Fewer make a small world for tests; budgets shrink with them. */
  readonly opportunities?: number;
  /** The share of the values' factors that is drawn anew each period; the rest lasts. 1 in AuctionNet's generator. */
  readonly novelty?: number;
}

const CPA_TARGETS: readonly number[] = [100, 70, 120, 90, 60, 130, 110, 80];

/** A target of 60 has a budget of about 4,850, one of 130 of about 2,000: who pays little for a conversion wants many. */
function seatsOf(density: Density, scale: number): Seat[] {
  return Array.from({ length: AGENTS }, (_, agent) => {
    const category = Math.floor(agent / AGENTS_PER_CATEGORY);
    const targetCpa = CPA_TARGETS[(agent + 3 * category) % AGENTS_PER_CATEGORY]!;
    const budget = 2000 + 2850 * ((130 - targetCpa) / 70) ** 1.3;
    return {
      agent,
      category,
      budget: scale * Math.round(budget / 50) * 50,
      targetCpa: density === 'dense' ? targetCpa / DENSE_FACTOR : targetCpa,
    };
  });
}

/** Few at night, a crest before noon, a lower one late in the evening. Sums to 1. */
function dayCurve(): Float64Array {
  const shape = Float64Array.from({ length: TICKS }, (_, tick) => {
    const awake = 1 / (1 + Math.exp((12.5 - tick) / 1.4));
    const crest = 0.8 * Math.exp(-(((tick - 18.5) / 4) ** 2)) + 0.4 * Math.exp(-(((tick - 43.5) / 4) ** 2));
    return 0.16 + 0.9 * Math.exp(-tick / 1.5) + awake * (0.85 + crest);
  });
  const sum = shape.reduce((total, x) => total + x, 0);
  return shape.map((x) => x / sum);
}

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));
const uniform = (rng: Rng, low: number, high: number): number => low + (high - low) * rng.unit();

/** A seed for one array of a period: streams of different arrays have nothing to do with each other. */
function streamSeed(seed: number, stream: number, index: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15) ^ Math.imul(index + 1, 0x27d4eb2f), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
}

const STREAM = { traffic: 0, factors: 1, spreads: 2, errors: 3, values: 4, truth: 5, chance: 6 } as const;

function drawTraffic(seed: number, opportunities: number): Int32Array {
  const rng = new Rng(streamSeed(seed, STREAM.traffic, 0));
  const traffic = dayCurve();
  for (let tick = 0, factor = 1; tick < TICKS; tick++) {
    if (tick % TRAFFIC_TICKS === 0) factor = uniform(rng, 0.6, 1.4);
    traffic[tick]! *= factor;
  }
  const sum = traffic.reduce((total, x) => total + x, 0);
  return Int32Array.from(traffic, (x) => Math.max(1, Math.floor((x / sum) * opportunities)));
}

function drawMeans(seed: number, density: Density, novelty: number): Float64Array {
  const rng = new Rng(streamSeed(seed, STREAM.factors, 0));
  const lasting = new Rng(RHYTHM_SEED);
  const factor = (low: number, high: number): number =>
    novelty * uniform(rng, low, high) + (1 - novelty) * uniform(lasting, low, high);
  const means = new Float64Array(AGENTS * TICKS);
  const base = density === 'dense' ? VALUE_MEAN * DENSE_FACTOR : VALUE_MEAN;
  for (let from = 0; from < TICKS; from += FACTOR_TICKS) {
    for (let agent = 0, category = 1; agent < AGENTS; agent++) {
      const first = agent % AGENTS_PER_CATEGORY === 0;
      if (first) category = factor(0.3, 1.7);
      const own = first ? 1 : factor(0.5, 1.5);
      means.fill(base * category * own, agent * TICKS + from, agent * TICKS + from + FACTOR_TICKS);
    }
  }
  return means;
}

function drawSpreads(seed: number): Float64Array {
  const rng = new Rng(streamSeed(seed, STREAM.spreads, 0));
  const spreads = new Float64Array(AGENTS * TICKS);
  for (let agent = 0; agent < AGENTS; agent++) {
    const usual = clamp(0.5 + 0.1 * rng.normal(), 0.1, 1);
    for (let tick = 0; tick < TICKS; tick++)
      spreads[agent * TICKS + tick] = clamp(usual * (1 + 0.2 * rng.normal()), 0.1, 1);
  }
  return spreads;
}

export function drawPeriod(
  seed: number,
  { density, opportunities = OPPORTUNITIES, novelty = NOVELTY }: WorldOptions,
): Period {
  const own = streamSeed(seed, density === 'dense' ? 101 : 102, 0);
  const errors = new Rng(streamSeed(own, STREAM.errors, 0));
  return {
    seed: own,
    density,
    seats: seatsOf(density, opportunities / OPPORTUNITIES),
    traffic: drawTraffic(own, opportunities),
    means: drawMeans(own, density, novelty),
    spreads: drawSpreads(own),
    uncertainties: Float64Array.from({ length: AGENTS }, () => Math.min(0.3, Math.abs(0.15 + 0.06 * errors.normal()))),
    errorsFrom: Float64Array.from({ length: AGENTS }, () => -2 * errors.unit()),
    errorsTo: Float64Array.from({ length: AGENTS }, () => 2 * errors.unit()),
  };
}

/** What an advertiser is told of the tick's opportunities: probabilities of a conversion. [traffic of the tick] */
export function drawValues(period: Period, agent: number, tick: number, out: Float32Array): void {
  const rng = new Rng(streamSeed(period.seed, STREAM.values, agent * TICKS + tick));
  const mean = period.means[agent * TICKS + tick]!;
  const deviation = mean * period.spreads[agent * TICKS + tick]!;
  const n = period.traffic[tick]!;
  for (let i = 0; i < n; i += 2) {
    const bits = rng.uint32();
    out[i] = clamp(mean + deviation * normalQuantile[bits & (QUANTILES - 1)]!, 0, 1);
    if (i + 1 < n) out[i + 1] = clamp(mean + deviation * normalQuantile[bits >>> 16]!, 0, 1);
  }
}

/** What the told values are worth in truth. [traffic of the tick] */
export function drawTruth(period: Period, agent: number, tick: number, values: Float32Array): Float32Array {
  const rng = new Rng(streamSeed(period.seed, STREAM.truth, agent * TICKS + tick));
  const usual = period.uncertainties[agent]!;
  const from = rankOf(period.errorsFrom[agent]!);
  const width = rankOf(period.errorsTo[agent]!) - from;
  const truth = new Float32Array(period.traffic[tick]!);
  for (let i = 0; i < truth.length; i++) {
    const bits = rng.uint32();
    const sigma = Math.min(0.3, Math.abs(usual * (1 + 0.5 * normalQuantile[bits & (QUANTILES - 1)]!)));
    const error = normalQuantile[Math.floor(from + (width * (bits >>> 16)) / QUANTILES)]!;
    truth[i] = clamp(values[i]! * (1 + sigma * error), 0, 1);
  }
  return truth;
}

/** The index of the first quantile at or above z. */
function rankOf(z: number): number {
  let low = 0;
  let high = QUANTILES - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (normalQuantile[middle]! < z) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For each opportunity of a tick how many of its slots are seen, from the top. [traffic of the tick] */
export function drawSeen(period: Period, tick: number): Uint8Array {
  const rng = new Rng(streamSeed(period.seed, STREAM.chance, tick));
  const seen = new Uint8Array(period.traffic[tick]!);
  for (let i = 0; i < seen.length; i++) {
    const luck = rng.unit();
    seen[i] = luck < EXPOSURES[2]! ? 3 : luck < EXPOSURES[1]! ? 2 : 1;
  }
  return seen;
}

/** The luck of a seat's conversions in a tick: below the true probability, it converts. */
export const conversionLuck = (period: Period, agent: number, tick: number): Rng =>
  new Rng(streamSeed(period.seed, STREAM.chance, TICKS + agent * TICKS + tick));
