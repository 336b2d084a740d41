/**
 * CUPED on the market simulator: buyers' behaviour of four weeks explains that of the two weeks after. The same buyers are split into
 * arms again and again, and the treated ones' outcome is multiplied by a known factor, so that the estimates' true spread and bias
 * are seen.
 */
import { ManualClock } from '../src/base/clock.ts';
import { Rng } from '../src/base/rng.ts';
import { MILLIS_PER_DAY, millis } from '../src/base/units.ts';
import { Engine } from '../src/delivery/engine.ts';
import { ForgetfulLog } from '../src/simulator/forgetful-log.ts';
import { saveWorld } from '../src/simulator/save-world.ts';
import { Simulation } from '../src/simulator/simulation.ts';
import { generateWorld } from '../src/simulator/world.ts';
import { adjustedMeans } from '../src/statistics/adjusted-means.ts';
import { contrast } from '../src/statistics/contrast.ts';
import { momentsOf } from '../src/statistics/moments.ts';
import type { Bench, BenchOptions, Figures } from './bench.ts';
import { machineFacts, rounded } from './figures.ts';

const START = Date.UTC(2026, 0, 5);
const LIFT = 0.1;
const METRICS = ['pageItemsSeen', 'clicks', 'spend'] as const;
type Metric = (typeof METRICS)[number];

/** Of the signed-in buyers, before and after. [buyers] */
type Behaviour = Readonly<Record<Metric, { readonly before: Float64Array; readonly after: Float64Array }>>;

export const cupedBench: Bench = async ({ small, say }: BenchOptions): Promise<Figures> => {
  const sizes = small ? { buyers: 80, before: 4, after: 2 } : { buyers: 1_000, before: 28, after: 14 };
  const behaviour = await simulate(sizes, say);
  const splits = small ? 50 : 20_000;
  const metrics = Object.fromEntries(
    METRICS.map((name, i) => [name, resplit(behaviour[name], splits, new Rng(40 + i))]),
  );
  return { ...sizes, splits, lift: LIFT, ...metrics, machine: machineFacts() };
};

async function simulate(
  { buyers, before, after }: { readonly buyers: number; readonly before: number; readonly after: number },
  say: (message: string) => void,
): Promise<Behaviour> {
  const world = generateWorld({ listings: 400, buyers }, 3);
  const ids = new Map(world.buyers.filter(({ signedIn }) => signedIn).map(({ id }, i) => [id, i]));
  const column = () => ({ before: new Float64Array(ids.size), after: new Float64Array(ids.size) });
  const behaviour: Behaviour = { pageItemsSeen: column(), clicks: column(), spend: column() };
  const clock = new ManualClock(millis(START));
  const log = new ForgetfulLog();
  log.follow(({ records }) => {
    for (const record of records) {
      if (record.kind !== 'event') continue;
      const { type, buyer, at, priceMicros = 0, quantity = 1 } = record.event;
      const row = buyer === undefined ? undefined : ids.get(buyer);
      if (row === undefined) continue;
      const period = at < START + before * MILLIS_PER_DAY ? 'before' : 'after';
      if (type === 'impression') behaviour.pageItemsSeen[period][row]!++;
      if (type === 'click') behaviour.clicks[period][row]!++;
      if (type === 'purchase') behaviour.spend[period][row]! += (priceMicros * quantity) / 1e6;
    }
  });
  let drawn = 0;
  const nonce = () => `c.${drawn++}`;
  const engine = await Engine.open({ log, clock, nonce, tokenSecret: Buffer.alloc(32, 'cuped') });
  try {
    await saveWorld(engine, world);
    const simulation = new Simulation({ engine, world, clock, seed: 3 });
    for (let day = 1; day <= before + after; day++) {
      await simulation.run({ untilMillis: START + day * MILLIS_PER_DAY });
      say(`day ${day} of ${before + after}`);
    }
  } finally {
    await engine.close();
  }
  return behaviour;
}

/** Estimates with and without CUPED over many splits of the same buyers. */
function resplit({ before, after }: Behaviour[Metric], splits: number, rng: Rng) {
  const truth = (LIFT * after.reduce((sum, x) => sum + x, 0)) / after.length;
  const errors = { raw: new Float64Array(splits), adjusted: new Float64Array(splits) };
  let covered = 0;
  for (let split = 0; split < splits; split++) {
    const treated = Uint8Array.from(after, () => rng.below(2));
    const arm = (which: number) => {
      const rows = [...treated.keys()].filter((i) => treated[i] === which);
      const outcome = Float64Array.from(rows, (i) => after[i]! * (which === 1 ? 1 + LIFT : 1));
      return [momentsOf([outcome, Float64Array.from(rows, (i) => before[i]!)])];
    };
    const { arms } = adjustedMeans([arm(0), arm(1)], { ratio: false, covariates: 1, covariateRatio: false });
    const [control, treatment] = arms.map((one) => ({ ...one, df: one.units - 2 }));
    const { absolute, ci } = contrast(treatment!, control!, 0.05);
    errors.adjusted[split] = absolute - truth;
    errors.raw[split] = arms[1]!.rawMean - arms[0]!.rawMean - truth;
    if (ci[0] <= truth && truth <= ci[1]) covered++;
  }
  const spread = (values: Float64Array) => momentsOf([values]);
  const [raw, adjusted] = [spread(errors.raw), spread(errors.adjusted)];
  const { covariance } = momentsOf([before, after]);
  return {
    correlation: rounded(covariance[1]! / Math.sqrt(covariance[0]! * covariance[3]!), 3),
    varianceCut: rounded(1 - adjusted.covariance[0]! / raw.covariance[0]!, 3),
    /** Of the effect. */
    bias: rounded(adjusted.mean[0]! / truth, 4),
    /** Of the plain difference, on the same splits: what chance left of it in both. */
    plainBias: rounded(raw.mean[0]! / truth, 4),
    biasError: rounded(Math.sqrt(adjusted.covariance[0]! / splits) / truth, 4),
    coverage: rounded(covered / splits, 4),
  };
}
