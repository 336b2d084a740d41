/** A ranker goes and comes with its embedding and its heads, as one batch. */
import { expect, test } from 'vitest';
import { readerOf } from '../base/snapshot.fixture.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { packActions } from '../learning/action-model.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import type { Engine } from './engine.ts';
import { openMarket } from './market.fixture.ts';
import { digestOf } from './model-bytes.ts';
import { rebuild } from './rebuild.ts';
import { State } from './state.ts';

const CLICK = 0;
const lines = PRIOR_MODEL.lines;
const additive = (bias: number) => ({ ...PRIOR_MODEL, bias: new Float32Array([bias, bias]), lines });
const heads = (bias: number): Uint8Array =>
  packActions(new Map([['click', { model: additive(bias), intercepts: new Map([['home', bias]]) }]]), FEATURE_NAMES);
const by = 'ann';
const actions = (bias: number, { card = {}, name = 'actions' } = {}) => ({ name, bytes: heads(bias), card, by });
const ranker = (bias: number, { card = {}, name = 'ranker' } = {}) => ({
  name,
  bytes: packAdditive(additive(bias)),
  card: { ...card },
  by,
});
const served = (engine: Engine, name = ''): number | undefined =>
  engine.state.heads.of(name).models.get('click')?.intercepts.get('home');

/** Two versions, each with heads of its own. */
async function twice(log = new MemoryLog()) {
  const opened = await openMarket(log);
  const { models } = opened.engine;
  for (const bias of [1, 2])
    await models.publish([actions(bias), ranker(bias, { card: { actions: digestOf(heads(bias)) } })]);
  return { ...opened, models };
}

test('a roll-back of the ranker brings back the heads that served with it, at one offset of the log', async () => {
  const log = new MemoryLog();
  const { engine, models } = await twice(log);
  expect(served(engine)).toBe(2);
  const before = log.end()[0]!;
  const back = await models.rollback('ranker', { reason: 'fewer clicks' }, 'bob');
  expect(back).toMatchObject({ version: 1, status: 'serving' });
  expect(served(engine)).toBe(1);
  expect(models.read('actions', 1)).toMatchObject({ status: 'serving', reason: 'ranker version 1 served with it' });
  expect(models.read('ranker', 2).beside).toEqual({ embedding: 0, actions: 2 });
  const batches: number[] = [];
  for await (const { records } of log.read(0, before)) batches.push(records.length);
  expect(batches).toEqual([2]);
  // And forward again, with what served beside it.
  await models.promote('ranker', 2, {}, 'bob');
  expect(served(engine)).toBe(2);
  expect(engine.state.ranker.current.bias[0]).toBe(2);
});

test('heads that were promoted by themselves count as what served before', async () => {
  const { engine, models } = await twice();
  await models.publish([actions(7)], 'candidate');
  await models.promote('actions', 3, {}, 'bob');
  await models.publish([actions(8), ranker(3)]);
  expect(served(engine)).toBe(8);
  await models.rollback('ranker', {}, 'bob');
  expect(engine.state.ranker.current.bias[0]).toBe(2);
  expect(served(engine)).toBe(7);
});

test('a ranker that served with priors has them again', async () => {
  const log = new MemoryLog();
  const { engine } = await openMarket(log);
  await engine.models.publish([ranker(1)]);
  await engine.models.publish([actions(2), ranker(2)]);
  expect(engine.state.heads.of('').isTrained(CLICK)).toBe(true);
  await engine.models.rollback('ranker', {}, 'bob');
  expect(engine.state.heads.of('').isTrained(CLICK)).toBe(false);
  expect(engine.models.serving('actions')).toBeUndefined();
  expect(engine.models.read('actions', 1)).toMatchObject({
    status: 'retired',
    reason: 'ranker version 1 served without',
  });
  const loaded = new State();
  loaded.load(readerOf((out) => engine.state.save(out)));
  for (const state of [await rebuild({ log }), loaded]) {
    expect(state.heads.of('').isTrained(CLICK)).toBe(false);
    expect(state.models.versions('actions')).toEqual(engine.models.list('actions'));
    expect(state.models.serving('actions')).toBeUndefined();
  }
});

test('heads go back by their own name, and to priors where nothing served before', async () => {
  const { engine, models } = await twice();
  await models.rollback('actions', {}, 'bob');
  expect(served(engine)).toBe(1);
  expect(engine.state.ranker.current.bias[0]).toBe(2);
  await expect(models.rollback('actions', {}, 'bob')).rejects.toThrow('rialto models retire actions 1');
  await models.tryOut('actions', 1, { status: 'retired', reason: 'odd' }, 'bob');
  expect(served(engine)).toBeUndefined();
  expect(models.read('actions', 1)).toMatchObject({ status: 'retired', reason: 'odd' });
  await models.rollback('actions', {}, 'bob');
  expect(served(engine)).toBe(1);
});

test('a candidate is promoted with the heads that it was trained with, but for those whose gates are closed', async () => {
  const { engine, models } = await twice();
  const trained = ranker(3, { card: { actions: digestOf(heads(3)) } });
  await models.publish([actions(3), trained], 'candidate');
  await models.promote('ranker', 3, {}, 'bob');
  expect(served(engine)).toBe(3);
  const closed = actions(4, { card: { gates: { reasons: ['click: it is worse'] } } });
  await models.publish([{ ...closed, status: 'candidate' }, ranker(4, { card: { actions: digestOf(heads(4)) } })]);
  expect(models.read('actions', 4).status).toBe('candidate');
  expect(models.read('ranker', 4).status).toBe('serving');
  await models.promote('ranker', 3, {}, 'bob');
  await models.promote('ranker', 4, {}, 'bob');
  expect(served(engine)).toBe(3);
  await expect(models.promote('actions', 4, {}, 'bob')).rejects.toMatchObject({ code: 'model-refused' });
  await models.promote('actions', 4, { force: true }, 'bob');
  expect(served(engine)).toBe(4);
});

test("a named ranker's heads are its own", async () => {
  const { engine, models } = await twice();
  for (const bias of [5, 6])
    await models.publish([actions(bias, { name: 'actions:alt' }), ranker(bias, { name: 'ranker:alt' })]);
  await models.rollback('ranker:alt', {}, 'bob');
  expect(served(engine, 'alt')).toBe(5);
  expect(served(engine)).toBe(2);
});

test('where the heads cannot be served, nothing changes', async () => {
  const { engine, models } = await twice();
  const broken = models.publish([{ ...actions(3), bytes: heads(3).subarray(0, 9) }, ranker(3)]);
  await expect(broken).rejects.toMatchObject({ code: 'bad-model' });
  expect(served(engine)).toBe(2);
  expect(engine.state.ranker.current.bias[0]).toBe(2);
});
