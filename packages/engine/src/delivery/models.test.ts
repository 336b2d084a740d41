/** Versions of models from publication to roll-back, on the engine and its log. */
import type { ModelVersion } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { readerOf } from '../base/snapshot.fixture.ts';
import { Embedding } from '../features/embedding.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { packModel } from '../learning/model-file.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { openMarket } from './market.fixture.ts';
import { digestOf } from './model-bytes.ts';
import { rebuild } from './rebuild.ts';
import { State } from './state.ts';

const ranker = (bias: number): Uint8Array => packAdditive({ ...PRIOR_MODEL, bias: new Float32Array([bias, bias]) });
const model = (bias: number, card: object = {}) => ({
  name: 'ranker',
  bytes: ranker(bias),
  card: { ...card },
  by: 'ann',
});
const statuses = (versions: readonly ModelVersion[]): string[] =>
  versions.map(({ version, status }) => `${version} ${status}`);

function embedding(listings: number, fill: number): Uint8Array {
  const made = new Embedding();
  made.dimensions = 2;
  made.vectors = new Float32Array(2 * listings).fill(fill);
  return made.pack();
}

describe('versions', () => {
  test('are numbered, and the newest serves', async () => {
    const { engine } = await openMarket();
    await engine.models.publish([model(1)]);
    await engine.models.publish([model(2)]);
    expect(statuses(engine.models.list('ranker'))).toEqual(['2 serving', '1 retired']);
    expect(engine.models.read('ranker', 2)).toMatchObject({ parent: 1, by: 'ann', digest: digestOf(ranker(2)) });
    expect(engine.models.read('ranker', 1).reason).toBe('version 2 serves');
    expect(engine.state.ranker.current.bias[0]).toBe(2);
    expect(() => engine.models.read('ranker', 3)).toThrow('ranker has no version 3; it has 2');
    expect(() => engine.models.list('nix')).toThrow('there is no model "nix": there are ranker');
  });

  test('a candidate serves nobody until it is promoted', async () => {
    const { engine } = await openMarket();
    await engine.models.publish([model(1)]);
    await engine.models.publish([model(2)], 'candidate');
    expect(engine.state.ranker.current.bias[0]).toBe(1);
    await engine.models.promote('ranker', 2, { reason: 'better' }, 'bob');
    expect(engine.state.ranker.current.bias[0]).toBe(2);
    expect(engine.models.read('ranker', 2)).toMatchObject({ status: 'serving', changedBy: 'bob', reason: 'better' });
    await engine.models.promote('ranker', 2, {}, 'bob');
    expect(engine.models.list('ranker')).toHaveLength(2);
  });

  test('closed gates keep a candidate from serving, but for force', async () => {
    const { engine } = await openMarket();
    await engine.models.publish([model(1)]);
    await engine.models.publish([model(2, { gates: { reasons: ['it is worse than what serves'] } })], 'candidate');
    await expect(engine.models.promote('ranker', 2, {}, 'bob')).rejects.toMatchObject({
      code: 'model-refused',
      message: expect.stringContaining('it is worse than what serves'),
    });
    expect(engine.state.ranker.current.bias[0]).toBe(1);
    await engine.models.promote('ranker', 2, { force: true }, 'bob');
    expect(engine.state.ranker.current.bias[0]).toBe(2);
  });
});

describe('roll-back', () => {
  test('brings back what served before, bit for bit, and again', async () => {
    const { engine } = await openMarket();
    for (const bias of [1, 2, 3]) await engine.models.publish([model(bias)]);
    const served = () => digestOf(packAdditive(engine.state.ranker.current));
    expect((await engine.models.rollback('ranker', { reason: 'fewer clicks' }, 'bob')).version).toBe(2);
    expect(served()).toBe(engine.models.read('ranker', 2).digest);
    expect((await engine.models.rollback('ranker', {}, 'bob')).version).toBe(1);
    expect(served()).toBe(digestOf(ranker(1)));
    await expect(engine.models.rollback('ranker', {}, 'bob')).rejects.toThrow(
      'nothing of ranker served before version 1',
    );
    expect(statuses(engine.models.list('ranker'))).toEqual(['3 retired', '2 retired', '1 serving']);
    await engine.models.promote('ranker', 3, {}, 'bob');
    expect((await engine.models.rollback('ranker', {}, 'bob')).version).toBe(1);
  });

  test('a ranker comes with the embedding that it was trained with, as one batch', async () => {
    const { engine } = await openMarket();
    const train = (fill: number) => {
      const bytes = embedding(9, fill);
      return engine.models.publish([
        { name: 'embedding', bytes, card: {}, by: 'ann' },
        model(fill, { embedding: digestOf(bytes) }),
      ]);
    };
    await train(1);
    await train(2);
    expect(engine.state.signals.embedding.vectors[0]).toBe(2);
    await engine.models.rollback('ranker', {}, 'bob');
    expect(engine.state.signals.embedding.vectors[0]).toBe(1);
    expect(engine.models.read('embedding', 1)).toMatchObject({
      status: 'serving',
      reason: 'ranker version 1 served with it',
    });
  });

  test('after a restart, from the log and from a snapshot, the same versions stand', async () => {
    const log = new MemoryLog();
    const { engine } = await openMarket(log);
    for (const bias of [1, 2]) await engine.models.publish([model(bias)]);
    await engine.models.publish([model(3)], 'candidate');
    await engine.models.rollback('ranker', {}, 'bob');
    const folded = await rebuild({ log });
    const loaded = new State();
    loaded.load(readerOf((out) => engine.state.save(out)));
    for (const state of [folded, loaded]) {
      expect(state.models.versions('ranker')).toEqual(engine.models.list('ranker'));
      expect(state.models.before('ranker')).toBeUndefined();
      expect(state.ranker.current.bias[0]).toBe(1);
    }
  });
});

test('a canary serves its share of buyers, as an experiment, until it is given up or promoted', async () => {
  const { engine } = await openMarket();
  await engine.models.publish([model(1)]);
  await engine.models.publish([model(2)], 'candidate');
  await engine.models.tryOut('ranker', 2, { status: 'canary', share: 0.3 }, 'bob');
  const biasOf = async (buyer: string) => {
    const { decisionId, experiments = [] } = engine.decide({ buyer, placements: ['home'] });
    const score = (await engine.explain(decisionId)).placements[0]!.candidates[0]!.score!;
    return { variant: experiments[0]?.variant, score };
  };
  const met = { control: 0, canary: 0 };
  const scores = { control: Number.NaN, canary: Number.NaN };
  for (let i = 0; i < 60; i++) {
    const { variant, score } = await biasOf(`b${i}`);
    met[variant as 'control']++;
    scores[variant as 'control'] = score;
  }
  expect(met.canary).toBeGreaterThan(8);
  expect(met.canary).toBeLessThan(30);
  expect(scores.canary - scores.control).toBeCloseTo(1, 1);
  await engine.models.tryOut('ranker', 2, { status: 'retired', reason: 'fewer clicks' }, 'bob');
  expect(engine.experimentStatus('canary-ranker')).toMatchObject({ status: 'stopped', stopReason: 'fewer clicks' });
  expect((await biasOf('b1')).variant).toBeUndefined();
  await engine.models.tryOut('ranker', 2, { status: 'canary', share: 0.3 }, 'bob');
  await engine.models.promote('ranker', 2, {}, 'bob');
  expect(engine.experimentStatus('canary-ranker').status).toBe('stopped');
  await expect(engine.models.tryOut('ranker', 1, { status: 'canary', share: 1 }, 'bob')).rejects.toThrow('promote it');
});

test('a canary is guarded by the metrics that it names; a named ranker has one of its own', async () => {
  const { engine } = await openMarket();
  const named = { ...model(1), name: 'ranker:alt' };
  await engine.models.publish([named]);
  await engine.models.publish([{ ...named, bytes: ranker(2) }], 'candidate');
  const guardrails = [{ metric: 'conversion', worse: 'lower', tolerance: 0.02 }] as const;
  const tryOut = (request: object) =>
    engine.models.tryOut('ranker:alt', 2, { status: 'canary', share: 0.5, ...request }, 'bob');
  await expect(tryOut({ guardrails })).rejects.toThrow('no placement is ranked by ranker:alt');
  const home = engine.read('placement', 'home')!;
  await engine.save('placement', [{ ...home, ranker: 'alt' }], 'test');
  await expect(tryOut({ guardrails: [{ metric: 'joy', worse: 'lower' }] })).rejects.toThrow(
    'the log tells of no metric "joy"; there are conversion',
  );
  await expect(tryOut({ status: 'shadow', guardrails })).rejects.toThrow("guardrails are a canary's");
  await tryOut({ guardrails });
  expect(engine.read('experiment', 'canary-ranker-alt')).toMatchObject({ guardrails, status: 'running' });
  expect(engine.models.canaryOf('canary-ranker-alt')).toMatchObject({ name: 'ranker:alt', version: 2 });
  expect(engine.models.canaryOf('canary-ranker')).toBeUndefined();
  const variants = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const { experiments = [], decisionId } = engine.decide({ buyer: `b${i}`, placements: ['home'] });
    variants.add(experiments[0]!.variant);
    expect((await engine.explain(decisionId)).identical).toBe(true);
  }
  expect(variants).toEqual(new Set(['control', 'canary']));
  await tryOut({ status: 'retired', share: undefined });
  expect(engine.models.canaryOf('canary-ranker-alt')).toBeUndefined();
});

test.each(['ranker:canary', 'ranker:canary.alt'])(
  '%s is no name for a model, for canaries are served by it',
  async (name) => {
    const { engine } = await openMarket();
    await expect(engine.models.publish([{ ...model(1), name }])).rejects.toMatchObject({ code: 'id-taken' });
  },
);

describe('what cannot be served is refused, and what serves stays', () => {
  const cut = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - 9);
  const { bias, lines } = PRIOR_MODEL;
  const other = (features: readonly string[], version: number): Uint8Array =>
    packModel({ kind: 'additive', version, info: { features }, arrays: { bias, lines } });
  test.each([
    ['truncated bytes', cut(ranker(1)), 'truncated or damaged'],
    ['no model at all', new Uint8Array(5), 'not a Rialto model'],
    ['another version', other(PRIOR_MODEL.features, 99), 'version 99'],
    ['other features', other(['x'], 1), 'trained on the features x'],
  ])('%s', async (_, bytes, message) => {
    const { engine } = await openMarket();
    await engine.models.publish([model(1)]);
    const publication = engine.models.publish([{ ...model(2), bytes }]);
    await expect(publication).rejects.toMatchObject({ code: 'bad-model', message: expect.stringContaining(message) });
    expect(engine.state.ranker.current.bias[0]).toBe(1);
    expect(engine.models.list('ranker')).toHaveLength(1);
  });

  test('one that an older version published is retired with the reason', async () => {
    const log = new MemoryLog();
    const { engine } = await openMarket(log);
    await engine.models.publish([model(1)]);
    await log.append([{ kind: 'model', at: 1, by: 'old', name: 'ranker', bytes: other(['x'], 1), card: {} }]);
    expect(statuses(engine.models.list('ranker'))).toEqual(['2 retired', '1 serving']);
    expect(engine.models.read('ranker', 2).reason).toContain('trained on the features x');
    await expect(engine.models.promote('ranker', 2, {}, 'bob')).rejects.toMatchObject({ code: 'bad-model' });
  });

  test('an embedding is no canary', async () => {
    const { engine } = await openMarket();
    await engine.models.publish([{ name: 'embedding', bytes: embedding(9, 1), card: {}, by: 'ann' }], 'candidate');
    const tried = engine.models.tryOut('embedding', 1, { status: 'canary', share: 0.1 }, 'bob');
    await expect(tried).rejects.toThrow('only rankers');
  });
});

describe('names', () => {
  test('a model may not go by the id of a declared ranker', async () => {
    const { engine } = await openMarket();
    await engine.save('ranker', [{ id: 'mine', objective: 'click' }], 'ann');
    await expect(engine.models.publish([{ ...model(1), name: 'ranker:mine' }])).rejects.toMatchObject({
      code: 'id-taken',
      message: expect.stringContaining('publish the model under another name'),
    });
    await engine.save('ranker', [{ id: 'mine', objective: 'click', removed: true }], 'ann');
    await engine.models.publish([{ ...model(1), name: 'ranker:mine' }]);
    expect(engine.models.list('ranker:mine')).toHaveLength(1);
  });

  test("a canary does not take the place of somebody's own experiment", async () => {
    const { engine } = await openMarket();
    await engine.models.publish([model(1)]);
    await engine.models.publish([model(2)], 'candidate');
    const own = { id: 'canary-ranker', unit: 'buyer' as const, variants: [{ name: 'yellow', weight: 1 }] };
    await engine.save('experiment', [own], 'ann');
    await expect(engine.models.tryOut('ranker', 2, { status: 'canary', share: 0.1 }, 'bob')).rejects.toMatchObject({
      code: 'id-taken',
    });
    expect(engine.read('experiment', 'canary-ranker')).toMatchObject(own);
    expect(engine.models.read('ranker', 2).status).toBe('candidate');
  });
});
