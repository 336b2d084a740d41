/**
 * How much traffic tells the better of two rankers: team draft and balanced interleaving against splitting buyers. Buyers differ in how
 * readily they click; rankings are of noisy relevance, the worse with some more noise. Sample sizes are for 5 % false alarms and 80 % power, from
 * means and variances of many sessions, and then tried: how often the better ranker is found, and any where there is none.
 */
import { Rng } from '../src/base/rng.ts';
import { balanced, balancedCredit, teamDraft, teamDraftCredit } from '../src/experiments/interleaving.ts';
import type { Bench, BenchOptions, Figures } from './bench.ts';
import { machineFacts, rounded } from './figures.ts';

const ITEMS = 20;
const LENGTH = 10;
const NOISE = 0.5;
/** What the worse ranker's scores have on top: the two share the rest, as versions of one model do. */
const EXTRA = 0.25;
/** (z of 2.5 % + z of 20 %)² */
const POWER = (1.959964 + 0.841621) ** 2;
const CRITICAL = 1.959964;

type Session = (rng: Rng, same: boolean) => number;

export const interleaveBench: Bench = async ({ small, say }: BenchOptions): Promise<Figures> => {
  const sessions = small ? 20_000 : 200_000;
  const experiments = small ? 10 : 200;
  const split = { ...momentsOf((rng) => bySplit(rng, false), sessions, 1), ...trueGain(sessions) };
  // A pair of sessions, one of each arm, is two buyers.
  const splitBuyers = Math.ceil((2 * POWER * split.variance) / split.mean ** 2);
  say(`split: ${splitBuyers} buyers`);
  const methods: Record<string, unknown> = {};
  for (const [name, session] of Object.entries({ teamDraft: byTeamDraft, balanced: byBalance })) {
    const { mean, variance } = momentsOf((rng) => session(rng, false), sessions, 2);
    const buyers = Math.ceil((POWER * variance) / mean ** 2);
    const found = shareFound((rng) => session(rng, false), { buyers, experiments, seed: 3 });
    const falseAlarms = shareFound((rng) => session(rng, true), { buyers, experiments, seed: 4 }, true);
    methods[name] = {
      buyers,
      trafficOfSplit: rounded(buyers / splitBuyers, 5),
      found: rounded(found, 3),
      falseAlarms: rounded(falseAlarms, 3),
    };
    say(`${name}: ${JSON.stringify(methods[name])}`);
  }
  return {
    lift: rounded(split.mean / split.clicks, 4),
    splitBuyers,
    ...methods,
    machine: machineFacts(),
  };
};

interface Need {
  readonly rng: Rng;
  readonly relevance: Float64Array;
  readonly eager: number;
}

function needOf(rng: Rng): Need {
  const relevance = Float64Array.from({ length: ITEMS }, () => rng.normal());
  return { rng, relevance, eager: Math.exp(rng.normal() - 0.5) };
}

/** The better ranking, and the worse; `same`: two that are alike. */
function rankings({ rng, relevance }: Need, same: boolean): readonly [number[], number[]] {
  const shared = relevance.map((value) => value + NOISE * rng.normal());
  const by = (extra: number): number[] => {
    const score = extra === 0 ? shared : shared.map((value) => value + extra * rng.normal());
    return [...score.keys()].sort((a, b) => score[b]! - score[a]!);
  };
  return [by(same ? EXTRA : 0), by(EXTRA)];
}

/** Places clicked: looked at less and less, and clicked by relevance and by how eager the buyer is. */
function clicks(need: Need, items: readonly number[]): number[] {
  return [...items.keys()].filter((place) => need.rng.unit() < chanceOf(need, items[place]!, place));
}

function chanceOf({ relevance, eager }: Need, item: number, place: number): number {
  return Math.min(1, (eager * 0.3) / ((1 + 0.3 * place) * (1 + Math.exp(1 - 1.5 * relevance[item]!))));
}

/** The mean gain in clicks of the better ranking, each buyer's expectation under both: what splitting has to find. */
function trueGain(sessions: number): { mean: number; clicks: number } {
  const rng = new Rng(1);
  let [gain, clicked] = [0, 0];
  for (let i = 0; i < sessions; i++) {
    const need = needOf(rng);
    const [better, worse] = rankings(need, false);
    for (let place = 0; place < LENGTH; place++) {
      const chance = chanceOf(need, worse[place]!, place);
      clicked += chance;
      gain += chanceOf(need, better[place]!, place) - chance;
    }
  }
  return { mean: gain / sessions, clicks: clicked / sessions };
}

/** One buyer sees the better ranking, another one the worse. */
const bySplit: Session = (rng, same) => {
  const clicked = [0, 1].map((arm) => {
    const need = needOf(rng);
    return clicks(need, rankings(need, same)[arm]!.slice(0, LENGTH)).length;
  });
  return clicked[0]! - clicked[1]!;
};

const byTeamDraft: Session = (rng, same) => {
  const need = needOf(rng);
  const [first, second] = rankings(need, same);
  const list = teamDraft(first, second, LENGTH, { seed: rng.uint32(), name: 'list' });
  return teamDraftCredit(list, clicks(need, list.items));
};

const byBalance: Session = (rng, same) => {
  const need = needOf(rng);
  const [first, second] = rankings(need, same);
  const items = balanced(first, second, LENGTH, { seed: rng.uint32(), name: 'list' });
  return balancedCredit(items, { first, second }, clicks(need, items));
};

function momentsOf(draw: (rng: Rng) => number, draws: number, seed: number): { mean: number; variance: number } {
  const rng = new Rng(seed);
  let [sum, squares] = [0, 0];
  for (let i = 0; i < draws; i++) {
    const value = draw(rng);
    sum += value;
    squares += value * value;
  }
  const mean = sum / draws;
  return { mean, variance: squares / draws - mean * mean };
}

/** Experiments whose mean is significantly above zero; `either`: or below. */
function shareFound(
  draw: (rng: Rng) => number,
  { buyers, experiments, seed }: { buyers: number; experiments: number; seed: number },
  either = false,
): number {
  let found = 0;
  for (let experiment = 0; experiment < experiments; experiment++) {
    const { mean, variance } = momentsOf(draw, buyers, seed * 100_000 + experiment);
    const z = mean / Math.sqrt(variance / buyers);
    if (z > CRITICAL || (either && z < -CRITICAL)) found++;
  }
  return found / Math.max(1, experiments);
}
