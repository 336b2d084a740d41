/** A ranker out as ONNX and in again decides as it did; what does not fit is refused and changes nothing. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../../base/rng.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import { LISTINGS } from '../../delivery/market.fixture.ts';
import { FEATURE_NAMES } from '../../features/catalogue.ts';
import { packActions } from '../../learning/action-model.ts';
import { KNOTS, packAdditive } from '../../learning/additive-model.ts';
import { DEFAULT_DEEP_RANKING, trainDeepRanking } from '../../learning/deep-ranking.ts';
import { categoryOf } from '../../learning/examples.ts';
import { evaluateOnnx } from '../../learning/onnx-evaluator.ts';
import { readOnnx } from '../../learning/onnx-file.ts';
import { packDeepRanker, RANKING_COLUMNS } from '../../ranking/deep-ranker.ts';
import { PRIOR_MODEL } from '../../ranking/ranker.ts';
import { startServer } from '../../server/listen.ts';
import { printedBy } from '../printed.fixture.ts';
import { modelsCommand } from './models.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-onnx-'));
const data = join(folder, 'data');
const onnx = join(folder, 'ranker.onnx');
const examples = join(folder, 'examples.json');
const rng = new Rng(2);
// Lines are 0 at 0.
const lines = PRIOR_MODEL.lines.map((x, i) => (i % KNOTS === 0 ? 0 : x + rng.unit() - 0.5));
const trained = packAdditive({ ...PRIOR_MODEL, lines });

afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  const engine = await openEngine(data);
  await engine.save(
    'listing',
    LISTINGS.map(({ shop: _, ...listing }) => listing),
    'test',
  );
  const bought = { type: 'purchase', buyer: 'ann', listing: 'l2', order: 'o', quantity: 1, priceMicros: 1 } as const;
  await engine.ingest([
    { id: 'a', ...bought },
    { id: 'b', type: 'view', buyer: 'ann', listing: 'l3' },
  ]);
  await engine.models.publish([{ name: 'ranker', bytes: trained, card: {}, by: 'test' }]);
  const home = engine.read('placement', 'home')!;
  await engine.save('placement', [{ ...home, id: 'same' }], 'test');
  await engine.close();
});

/** Wherever the arguments say. */
const far = (...args: string[]): Promise<string> =>
  printedBy(async () => {
    await modelsCommand.parseAsync(args, { from: 'user' });
  });
const rialto = (...args: string[]): Promise<string> => far(...args, '--data', data);

const inputs = `features=${FEATURE_NAMES.join(',')};own=own`;
const arrive = (...more: string[]) =>
  rialto('import', onnx, '--name', 'twin', '--output', 'score', '--inputs', inputs, ...more);

function writeExamples(off: number): void {
  const rows = 20;
  const features = Array.from({ length: rows }, () => FEATURE_NAMES.map(() => Math.fround(rng.unit())));
  const own = Array.from({ length: rows }, (_, i) => [i % 2]);
  const { score } = evaluateOnnx(readOnnx(Uint8Array.from(readFileSync(onnx))), {
    features: { shape: [rows, FEATURE_NAMES.length], data: Float32Array.from(features.flat()) },
    own: { shape: [rows, 1], data: Float32Array.from(own.flat()) },
  });
  const outputs = { score: Array.from(score!.data, (x) => [x + off]) };
  writeFileSync(examples, JSON.stringify({ inputs: { features, own }, outputs }));
}

test('out and in again, it decides as it did, also after a restart', async () => {
  const made = JSON.parse(await rialto('export', 'ranker', '--out', onnx, '--json'));
  expect(made).toMatchObject({ name: 'ranker', version: 1, inputs: { features: FEATURE_NAMES } });
  writeExamples(0);
  expect(await arrive('--check', examples)).toMatch(
    /^ranker:twin 1 {2}serving .*\nas its exporter says on 20 rows, within/,
  );
  let engine = await openEngine(data);
  await engine.save('placement', [{ ...engine.read('placement', 'home')!, id: 'same', ranker: 'twin' }], 'test');
  await engine.close();
  engine = await openEngine(data);
  for (const buyer of ['ann', 'bob']) {
    const [home, same] = (['home', 'same'] as const).map(
      (id) => engine.decide({ buyer, placements: [id] }).placements[0]!.items,
    );
    expect(same!.map(({ id }) => id)).toEqual(home!.map(({ id }) => id));
    expect(same!.length).toBeGreaterThan(3);
  }
  const { decisionId } = engine.decide({ buyer: 'ann', placements: ['same'] });
  expect((await engine.explain(decisionId)).identical).toBe(true);
  await engine.close();
});

test('comes to a running server, which says what it would to the directory', async () => {
  const engine = await openEngine(data);
  const server = await startServer(engine, { port: 0, apiKeys: new Map([['ops', 's3cret']]) });
  const args = ['import', onnx, '--name', 'far', '--output', 'score', '--inputs', inputs, '--check', examples];
  const where = ['--url', server.url, '--key', 's3cret'];
  try {
    writeExamples(0);
    expect(await far(...args, '--candidate', ...where)).toMatch(/^ranker:far 1 {2}candidate .*\nas its exporter says/);
    expect(JSON.parse(await far(...args, ...where, '--json'))).toMatchObject({
      version: 2,
      status: 'serving',
      by: 'ops',
      card: { source: 'onnx', parity: { rows: 20 } },
    });
    writeExamples(0.01);
    await expect(far(...args, ...where)).rejects.toMatchObject({ code: 'bad-model' });
    writeExamples(0);
    await expect(far(...args, '--data', data)).rejects.toThrow('name it with --url');
    await engine.save('ranker', [{ id: 'taken', objective: 'purchase' }], 'test');
    await expect(far(...args.with(3, 'taken'), ...where)).rejects.toMatchObject({ code: 'id-taken' });
    expect(engine.models.list('ranker:far')).toHaveLength(2);
  } finally {
    await server.stop();
  }
});

describe('what does not fit is refused', () => {
  test.each([
    ['another output', 0.01, ['--check', examples], 'bad-model', /row 1 of .*: Rialto makes .* but .* is said/],
    ['no examples', 0, ['--check', 'nowhere.json'], 'bad-file', /nowhere.json cannot be read/],
  ])('%s', async (_, off, args, code, message) => {
    writeExamples(off);
    await expect(arrive(...args)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test.each([
    ['features=popularity;own=own', 'score', /is 0 × \d+, but 1 features are given/],
    ['x=popularity', 'score', /reads features, own, but features are given for x/],
    [inputs.replace('popularity', 'nix'), 'score', /no feature nix: there are popularity/],
    [inputs, 'other', /has no output other: it has score/],
    ['popularity', 'score', /must read INPUT=feature/],
  ])('inputs %.30s, output %s', async (given, output, message) => {
    writeExamples(0);
    const args = ['import', onnx, '--name', 'bad', '--inputs', given, '--output', output, '--check', examples];
    await expect(rialto(...args)).rejects.toThrow(message);
    expect(await rialto('list')).not.toContain('ranker:bad');
  });
});

/** Choices of which the network can learn next to nothing, but of listings that the shop has. */
function deepRanker(): Uint8Array {
  const groups = 40;
  const rows = groups * LISTINGS.length;
  const listings = Int32Array.from({ length: rows }, (_, row) => categoryOf(LISTINGS[row % LISTINGS.length]!.id));
  const width = RANKING_COLUMNS.rowIdentities.length;
  const examples = {
    values: Float32Array.from({ length: rows * FEATURE_NAMES.length }, () => rng.unit()),
    gates: new Uint8Array(rows),
    labels: Uint8Array.from({ length: rows }, (_, row) => (row % LISTINGS.length === 2 ? 1 : 0)),
    groups: Int32Array.from({ length: groups + 1 }, (_, group) => group * LISTINGS.length),
    rowIdentities: Int32Array.from({ length: rows * width }, (_, i) => (i % width === 0 ? listings[i / width]! : 0)),
    groupIdentities: new Int32Array(groups * RANKING_COLUMNS.groupIdentities.length),
  };
  const learned = trainDeepRanking(PRIOR_MODEL, examples, RANKING_COLUMNS, { ...DEFAULT_DEEP_RANKING, passesMax: 1 });
  return packDeepRanker(PRIOR_MODEL, { ...learned, scale: 1 });
}

test('a ranker with a network goes out with the numbers of what it knows', async () => {
  const engine = await openEngine(data);
  await engine.models.publish([{ name: 'ranker:deep', bytes: deepRanker(), card: {}, by: 'test' }]);
  await engine.close();
  const made = JSON.parse(await rialto('export', 'ranker:deep', '--out', onnx, '--json'));
  const { listing, shop } = JSON.parse(readFileSync(made.identities, 'utf8'));
  expect(Object.keys(listing).sort()).toEqual(LISTINGS.map(({ id }) => id).sort());
  expect(shop).toEqual({});
  expect(made.inputs.identities.slice(0, 3)).toEqual(['listing', 'category', 'shop']);
  const identities = Float32Array.from({ length: made.inputs.identities.length }, (_, i) => (i === 0 ? listing.l2 : 0));
  const scoreOf = (numbers: Float32Array): number =>
    evaluateOnnx(readOnnx(Uint8Array.from(readFileSync(onnx))), {
      features: { shape: [1, FEATURE_NAMES.length], data: new Float32Array(FEATURE_NAMES.length) },
      own: { shape: [1, 1], data: new Float32Array(1) },
      identities: { shape: [1, identities.length], data: numbers },
    })['score']!.data[0]!;
  expect(scoreOf(identities)).toBeGreaterThan(scoreOf(new Float32Array(identities.length)));
});

test('heads go out as one file, with the numbers of the placements that they know', async () => {
  const engine = await openEngine(data);
  const head = (bias: number) => ({ model: { ...PRIOR_MODEL, bias: PRIOR_MODEL.bias.map(() => bias) } });
  const heads = packActions(
    new Map([
      ['click', { ...head(-2), intercepts: new Map([['home', 0.5]]) }],
      ['purchase', { ...head(-5), intercepts: new Map() }],
    ]),
    FEATURE_NAMES,
  );
  await engine.models.publish([{ name: 'actions:two', bytes: heads, card: {}, by: 'test' }]);
  await engine.close();
  const made = JSON.parse(await rialto('export', 'actions:two', '--out', onnx, '--json'));
  expect(made).toMatchObject({
    inputs: { features: FEATURE_NAMES, own: ['own'], identities: ['placement'] },
    outputs: ['click', 'click_logit', 'purchase', 'purchase_logit'],
  });
  expect(JSON.parse(readFileSync(made.identities, 'utf8'))).toEqual({ placement: { home: 1 } });
  const outputs = evaluateOnnx(readOnnx(Uint8Array.from(readFileSync(onnx))), {
    features: { shape: [2, FEATURE_NAMES.length], data: new Float32Array(2 * FEATURE_NAMES.length) },
    own: { shape: [2, 1], data: new Float32Array(2) },
    identities: { shape: [2, 1], data: Float32Array.of(0, 1) },
  });
  const [usual, home] = outputs['click_logit']!.data;
  expect(home! - usual!).toBeCloseTo(0.5, 5);
  expect(outputs['click']!.data[1]).toBeCloseTo(1 / (1 + Math.exp(-home!)), 6);
  expect(usual! - outputs['purchase_logit']!.data[0]!).toBeCloseTo(3, 5);
  expect(await rialto('export', 'actions:two', '--out', onnx)).toMatch(/\noutputs: click,click_logit,purchase/);
});

test('heads of which none is trained do not go out', async () => {
  const engine = await openEngine(data);
  const heads = packActions(new Map(), FEATURE_NAMES);
  await engine.models.publish([{ name: 'actions', bytes: heads, card: {}, by: 'test' }]);
  await engine.close();
  await expect(rialto('export', 'actions', '--out', onnx)).rejects.toThrow(/actions version 1 has no trained head/);
});
