import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { millis } from '../base/units.ts';
import { LISTINGS, openMarket } from '../delivery/market.fixture.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { distributionOf } from '../learning/drift.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { clickCalibration } from './click-calibration.ts';
import { sampleTraffic } from './traffic-sample.ts';
import { watchModels } from './watch-models.ts';

/** Clicks by a known rule: places decide by 1 / (1 + place), scores by their odds times `truth`. */
function pages(truth: number, seed: number) {
  const rng = new Rng(seed);
  return Array.from({ length: 3_000 }, () => {
    const scores = Array.from({ length: 8 }, () => 3 * (rng.unit() - 0.5)).sort((a, b) => b - a);
    const odds = scores.map((score, place) => Math.exp(truth * score) / (1 + place));
    let left = rng.unit() * odds.reduce((sum, one) => sum + one, 0);
    const chosen = odds.findIndex((one) => {
      left -= one;
      return left < 0;
    });
    return { scores, clicked: scores.map((_, place) => (place === chosen ? 1 : 0)) };
  });
}

test('seed 1: clicks that follow scores and places are calibrated; clicks against the scores are not', () => {
  expect(clickCalibration(pages(1, 1))!.error).toBeLessThan(0.12);
  expect(clickCalibration(pages(-1, 1))!.error).toBeGreaterThan(0.25);
  expect(clickCalibration([{ scores: [1, 2], clicked: [0, 0] }])).toBeUndefined();
});

test('a feature that moved since training, an old training and a shadow that disagrees are told', async () => {
  const log = new MemoryLog();
  const { engine, clock } = await openMarket(log);
  const usual = Object.fromEntries(FEATURE_NAMES.map((name) => [name, distributionOf([0])]));
  const price = { edges: [0.001], shares: [0.9, 0.1] };
  const card = { to: clock.now() - 40 * 86_400_000, distributions: usual, traffic: { ...usual, price } };
  const of = (sign: number) => packAdditive({ ...PRIOR_MODEL, lines: PRIOR_MODEL.lines.map((x) => sign * x) });
  await engine.models.publish([{ name: 'ranker', bytes: of(1), card, by: 'test' }]);
  await engine.models.publish([{ name: 'ranker', bytes: of(1), card: {}, by: 'test' }], 'candidate');
  await engine.models.tryOut('ranker', 2, { status: 'shadow', share: 1 }, 'test');
  for (let i = 0; i < 40; i++) {
    clock.set(millis(clock.now() + 1_000));
    engine.decide({ buyer: `b${i % 3}`, placements: ['home'] });
  }
  await engine.close();
  const watch = await watchModels({ log });
  expect(watch).toMatchObject({ version: 1, decisions: 40, shadow: { version: 2, agreement: 1, scoreDrift: 0 } });
  expect(watch.drift[0]).toMatchObject({ feature: 'price' });
  expect(watch.alerts.join()).toMatch(/price is not what it was in training: PSI \d/);
  expect(watch.alerts.join()).toMatch(/up to 40 days ago/);
});

test('clicks of machines say nothing of the ranker', async () => {
  const clicksOf = async (bot: boolean): Promise<number | undefined> => {
    const log = new MemoryLog();
    const { engine, clock } = await openMarket(log);
    await engine.models.publish([{ name: 'ranker', bytes: packAdditive(PRIOR_MODEL), card: {}, by: 'test' }]);
    for (let i = 0; i < 10; i++) {
      const { items } = engine.decide({ buyer: 'b', placements: ['home'] }).placements[0]!;
      clock.set(millis(clock.now() + 60_000));
      const { id: listing, token } = items.find(({ kind }) => kind === 'listing')!;
      await engine.ingest([{ id: `c${i}`, type: 'click', buyer: 'b', listing, token, ...(bot && { bot }) }]);
    }
    await engine.close();
    return (await watchModels({ log })).calibration?.clicks;
  };
  expect(await clicksOf(false)).toBe(10);
  expect(await clicksOf(true)).toBeUndefined();
});

test('what was asked when a ranker was trained is what it is held against: no alert where the same is asked', async () => {
  const log = new MemoryLog();
  const { engine, clock } = await openMarket(log);
  const decide = async (): Promise<void> => {
    let last = '';
    for (let i = 0; i < 60; i++) {
      clock.set(millis(clock.now() + 1_000));
      const request = { buyer: `b${i % 3}`, placements: ['home'], context: { listing: 'l3' } };
      last = engine.decide(request).decisionId;
    }
    // When it can be explained, all of them are in the log.
    await engine.explain(last);
  };
  await decide();
  expect(await sampleTraffic({ log: new MemoryLog() })).toBeUndefined();
  const traffic = await sampleTraffic({ log });
  expect(Object.keys(traffic!)).toEqual(FEATURE_NAMES);
  // Orders are of buyers whose every feature is far from a visitor's.
  const distributions = Object.fromEntries(FEATURE_NAMES.map((name) => [name, { edges: [0.999], shares: [0, 1] }]));
  const publish = (more: object) => {
    const card = { to: clock.now(), distributions, ...more };
    return engine.models.publish([{ name: 'ranker', bytes: packAdditive(PRIOR_MODEL), card, by: 'test' }]);
  };
  await publish({ traffic });
  await decide();
  expect(await watchModels({ log })).toMatchObject({ driftAgainst: 'traffic', alerts: [] });
  await publish({});
  await decide();
  const against = await watchModels({ log });
  expect(against).toMatchObject({ driftAgainst: 'orders', alerts: [] });
  expect(against.drift[0]!.psi).toBeGreaterThan(1);
  await publish({ traffic });
  // Prices fall to a tenth: what is asked about is no longer what it was.
  const cheaper = LISTINGS.map((listing) => ({ ...listing, priceMicros: listing.priceMicros / 10 }));
  await engine.save('listing', cheaper, 'test');
  await decide();
  expect((await watchModels({ log, recordsMax: 60 })).alerts.join()).toMatch(/price is not what it was in training/);
  await engine.close();
});

test('a canary of a named ranker is read by its own experiment', async () => {
  const log = new MemoryLog();
  const { engine, clock } = await openMarket(log);
  const alt = { name: 'ranker:alt', bytes: packAdditive(PRIOR_MODEL), card: {}, by: 'test' };
  await engine.models.publish([alt]);
  await engine.models.publish([alt], 'candidate');
  await engine.save('placement', [{ ...engine.read('placement', 'home')!, ranker: 'alt' }], 'test');
  await engine.models.tryOut('ranker:alt', 2, { status: 'canary', share: 0.5 }, 'test');
  const met = { control: 0, canary: 0 };
  for (let i = 0; i < 260; i++) {
    clock.set(millis(clock.now() + 1_000));
    const { experiments = [], placements } = engine.decide({ buyer: `b${i}`, placements: ['home'] });
    const variant = experiments[0]!.variant as 'control' | 'canary';
    met[variant]++;
    const { token, id } = placements[0]!.items[0]!;
    if (i % (variant === 'canary' ? 10 : 2) === 0)
      await engine.ingest([{ id: `c${i}`, type: 'click', buyer: `b${i}`, listing: id, token }]);
  }
  await engine.close();
  const { canaries } = await watchModels({ log, decisionsMax: 10 });
  expect(canaries).toMatchObject([
    {
      model: 'ranker:alt',
      version: 2,
      control: { buyers: met.control },
      canary: { buyers: met.canary },
      worse: true,
    },
  ]);
});
