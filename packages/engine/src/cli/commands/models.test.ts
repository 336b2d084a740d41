import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine, readState } from '../../delivery/data-directory.ts';
import { FEATURE_NAMES } from '../../features/catalogue.ts';
import { packActions } from '../../learning/action-model.ts';
import { packAdditive } from '../../learning/additive-model.ts';
import { PRIOR_MODEL } from '../../ranking/ranker.ts';
import { startServer } from '../../server/listen.ts';
import { printedBy } from '../printed.fixture.ts';
import { modelsCommand } from './models.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-models-'));
const data = join(folder, 'data');
const bytes = (bias: number) => packAdditive({ ...PRIOR_MODEL, bias: new Float32Array([bias, 0]) });
const card = (recall: number, reasons: readonly string[] = []) => ({
  recall,
  orders: 900,
  from: Date.UTC(2026, 0, 1),
  to: Date.UTC(2026, 1, 1),
  metrics: {
    recall,
    logLoss: 5,
    calibrationError: 0.1,
    segments: [{ segment: 'first order', orders: 40, recall, logLoss: 6 }],
  },
  gates: { reasons },
});

beforeAll(async () => {
  const engine = await openEngine(data);
  const by = 'rialto train';
  await engine.models.publish([{ name: 'ranker', bytes: bytes(1), card: card(0.3), by }]);
  await engine.models.publish([{ name: 'ranker', bytes: bytes(2), card: card(0.4), by }]);
  await engine.models.publish([{ name: 'ranker', bytes: bytes(3), card: card(0.1, ['it is worse']), by }], 'candidate');
  await engine.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function rialto(...args: string[]): Promise<string> {
  return printedBy(async () => {
    await modelsCommand.parseAsync(args, { from: 'user' });
  });
}

const json = async (...args: string[]) => JSON.parse(await rialto(...args, '--json'));

test('a mistyped directory is refused, and not made', async () => {
  const mistyped = join(folder, 'dta');
  for (const args of [['list'], ['show'], ['rollback'], ['export', '--out', join(folder, 'r.onnx')]])
    await expect(rialto(...args, '--data', mistyped)).rejects.toThrow('is not a directory with a log');
  expect(existsSync(mistyped)).toBe(false);
});

test('looking needs no lock, changing does', async () => {
  const directory = join(folder, 'open');
  const engine = await openEngine(directory);
  await engine.models.publish([{ name: 'ranker', bytes: bytes(1), card: card(0.3), by: 'test' }]);
  const out = join(folder, 'open.onnx');
  expect(await rialto('list', '--data', directory)).toMatch(/^ranker 1 {2}serving/);
  expect(await json('show', '--data', directory)).toMatchObject({ version: 1 });
  expect(await json('compare', 'ranker', '1', '1', '--data', directory)).toMatchObject({ identical: true });
  expect(await json('export', '--out', out, '--data', directory)).toMatchObject({ name: 'ranker', version: 1 });
  expect(existsSync(out)).toBe(true);
  await expect(rialto('rollback', '--data', directory)).rejects.toThrow('name it with --url');
  await engine.close();
});

async function life(where: readonly string[]): Promise<void> {
  const { models } = await json('list', ...where);
  expect(models.map(({ status }: { status: string }) => status)).toEqual(['candidate', 'serving', 'retired']);
  expect(await json('show', ...where)).toMatchObject({ version: 2, parent: 1, card: { recall: 0.4 } });
  expect(await json('compare', 'ranker', '1', '2', ...where)).toMatchObject({ identical: false });
  await expect(rialto('promote', 'ranker', '3', ...where)).rejects.toThrow('it is worse');
  expect(await json('promote', 'ranker', '3', '--force', ...where)).toMatchObject({ version: 3, status: 'serving' });
  expect(await json('rollback', '--reason', 'clicks fell', ...where)).toMatchObject({
    version: 2,
    reason: 'clicks fell',
  });
  expect(await json('shadow', 'ranker', '3', '--share', '.5', ...where)).toMatchObject({
    status: 'shadow',
    share: 0.5,
  });
  expect(await json('retire', 'ranker', '3', ...where)).toMatchObject({ status: 'retired' });
  await expect(rialto('show', 'ranker', '--version', '9', ...where)).rejects.toThrow('has no version 9');
}

test('on a data directory, as text', async () => {
  expect(await rialto('list', '--data', data)).toMatch(/^ranker 3 {2}candidate since .*\nranker 2 {2}serving/);
  const shown = await rialto('show', 'ranker', '--version', '3', '--data', data);
  expect(shown).toContain('data       2026-01-01 00:00 to 2026-02-01 00:00');
  expect(shown).toContain('  - it is worse\n');
  expect(shown).toContain('  first order: 40 orders, recall 0.1000, log loss 6.0000\n');
  const compared = await rialto('compare', 'ranker', '1', '2', '--data', data);
  expect(compared).toMatch(/version 1 \(retired\) +version 2 \(serving\)/);
  expect(compared).toMatch(/recall@20 +0\.3000 +0\.4000/);
});

test('through a running server, and what it did is there after a restart', async () => {
  const engine = await openEngine(data);
  const server = await startServer(engine, { port: 0, apiKeys: new Map([['ops', 's3cret']]) });
  try {
    await expect(rialto('rollback', '--data', data)).rejects.toThrow('--url http://HOST:PORT');
    await expect(rialto('list', '--url', server.url, '--key', 'wrong')).rejects.toMatchObject({ code: 'unauthorized' });
    const where = ['--url', server.url, '--key', 's3cret'];
    await life(where);
    expect(await rialto('list', ...where)).not.toMatch(/ALERT|training of/);
    engine.models.noteVerdict({ version: 2, decisions: 300, alerts: ['price is not what it was in training'] });
    engine.models.noteTraining({ model: 'ranker', outcome: 'published', version: 3 });
    engine.models.noteTraining({ model: 'sources', outcome: 'failed', message: 'no space\nat write' });
    expect(await rialto('list', ...where)).toMatch(
      /\nALERT ranker: price is not .*\ntraining of sources failed, \d{4}-\d\d-\d\d \d\d:\d\d: no space\n$/,
    );
    expect(await json('list', ...where)).toMatchObject({ verdict: { decisions: 300 }, training: [{}, {}] });
  } finally {
    await server.stop();
  }
  expect(await json('show', '--data', data)).toMatchObject({ version: 2, changedBy: 'ops', reason: 'clicks fell' });
});

test('a canary is guarded by metrics that the command names', async () => {
  const directory = join(folder, 'guarded');
  const engine = await openEngine(directory);
  await engine.models.publish([{ name: 'ranker', bytes: bytes(1), card: card(0.3), by: 'test' }]);
  await engine.models.publish([{ name: 'ranker', bytes: bytes(2), card: card(0.3), by: 'test' }], 'candidate');
  await engine.close();
  const where = ['--data', directory];
  await rialto('canary', 'ranker', '2', '--guard', 'conversion:.02', 'revenue', ...where);
  const { market } = await readState(directory);
  expect(market.experiments.get('canary-ranker')!.guardrails).toEqual([
    { metric: 'conversion', worse: 'lower', tolerance: 0.02 },
    { metric: 'revenue', worse: 'lower' },
  ]);
  await expect(rialto('canary', 'ranker', '2', '--guard', 'joy', ...where)).rejects.toThrow('no metric "joy"');
});

test('heads: their figures, their gates, and what serves beside a ranker that came back', async () => {
  const directory = join(folder, 'heads');
  const engine = await openEngine(directory);
  const heads = (bias: number) => {
    const model = { ...PRIOR_MODEL, bias: new Float32Array([bias, 0]) };
    return packActions(new Map([['click', { model, intercepts: new Map() }]]), FEATURE_NAMES);
  };
  const trial = { rows: 90, against: 'prior', logLoss: 0.2, logLossServing: 0.3, calibrationError: 0.6 };
  const reasons = ['click: it is not calibrated'];
  const by = 'rialto train';
  const judged = { items: 900, heads: { click: { positives: 60, trial } }, kept: ['hide'], gates: { reasons } };
  const ranker = (bias: number) => ({ name: 'ranker', bytes: bytes(bias), card: card(0.3), by });
  await engine.models.publish([{ name: 'actions', bytes: heads(1), card: {}, by }, ranker(1)]);
  await engine.models.publish([{ name: 'actions', bytes: heads(2), card: {}, by }, ranker(2)]);
  await engine.models.publish([{ name: 'actions', bytes: heads(3), card: judged, by }], 'candidate');
  await engine.close();
  const shown = await rialto('show', 'actions', '--version', '3', '--data', directory);
  expect(shown).toContain(
    '  click: 60 times; on the latest 90 items log loss 0.2000, of the prior 0.3000; off by 60 % beyond chance\n  hide: kept as it served\n',
  );
  expect(shown).toContain('gates      closed:\n  - click: it is not calibrated\n');
  await expect(rialto('promote', 'actions', '3', '--data', directory)).rejects.toThrow('not calibrated');
  const back = await rialto('rollback', 'ranker', '--data', directory);
  expect(back).toMatch(/^ranker 1 {2}serving .*\nwith actions 1 {2}serving .*ranker version 1 served with it\n$/);
  expect(await rialto('retire', 'actions', '1', '--data', directory)).toMatch(/^actions 1 {2}retired/);
  expect(await rialto('promote', 'ranker', '2', '--data', directory)).toMatch(/with actions 2 {2}serving/);
  expect(await rialto('rollback', 'ranker', '--data', directory)).toContain('with no actions: priors serve\n');
});
