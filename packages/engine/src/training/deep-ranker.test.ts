/** A ranker with a network on a small shop: trained, judged, served, explained, kept; what is broken is refused. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Placement } from '@rialto/sdk';
import { beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { copyPart } from '../base/snapshot.ts';
import { openBare, openMarket, purchase } from '../delivery/market.fixture.ts';
import { digestOf } from '../delivery/model-bytes.ts';
import { ScoreReasons } from '../delivery/score-reasons.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { type AdditiveModel, packAdditive, priorModel } from '../learning/additive-model.ts';
import { binRows, learnBins } from '../learning/binned-matrix.ts';
import { boostTrees, DEFAULT_BOOSTING, squaredObjective } from '../learning/boosted-trees.ts';
import type { DeepFit } from '../learning/deep-ranking.ts';
import { packModel, unpackModel } from '../learning/model-file.ts';
import type { TreeFit } from '../learning/tree-ranking.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { AdditiveRanker } from '../ranking/additive-ranker.ts';
import { DeepRanker, NETWORK_IDENTITIES, packDeepRanker } from '../ranking/deep-ranker.ts';
import { additivePartOf, RankerModel } from '../ranking/ranker.ts';
import { packTreeRanker } from '../ranking/tree-ranker.ts';
import { basketsOf, type History } from './history.ts';
import { Replay } from './replay.ts';
import { tastePast } from './taste.fixture.ts';
import { type TrainedModels, trainModels } from './train-models.ts';
import { writeCard } from './write-card.ts';

let past: History;
let trained: TrainedModels;
beforeAll(async () => {
  past = await tastePast();
  trained = trainModels(past, { seed: 1, learner: 'deep' });
});

const fitOf = ({ card }: TrainedModels): DeepFit => card.fit as DeepFit;

const placement: Placement = { id: 'shelf', slots: 10, sources: [{ source: 'popular', limit: 50 }] };

/** The network of so few orders may not be worth its weight: here it counts in full. */
function loud(): Uint8Array {
  const { arrays } = unpackModel(trained.ranker, 'deep-ranker', 1);
  const { base: _, network: __, ...known } = arrays;
  const { base, network } = new DeepRanker(trained.ranker);
  return packDeepRanker(base, {
    network,
    scale: 1,
    known: known as Record<string, Int32Array>,
    fit: fitOf(trained),
  });
}

/** The shop at the last order, with the trained ranker. */
function atTheEnd() {
  const replay = new Replay(past);
  const basket = basketsOf(past).at(-1)!;
  replay.place(placement);
  replay.upTo(basket.first);
  replay.serve('embedding', trained.embedding);
  replay.serve('ranker', loud());
  replay.consider(basket, placement);
  return { replay, basket };
}

const scoresOf = ({ workspace: { candidates } }: Replay): number[] => [
  ...candidates.score.subarray(0, candidates.size),
];

describe('a ranker with a network', () => {
  test('is trained on the same rows as the additive one, judged on orders held out, and says what it is', async () => {
    const { card } = trained;
    expect(card).toMatchObject({ learner: 'deep', gates: { reasons: [] }, fit: { passes: expect.any(Number) } });
    expect(card.fit!.loss).toBeLessThanOrEqual(card.fit!.baseLoss);
    expect(card.metrics.logLoss).toBeLessThan(card.untrained.logLoss);
    const [strongest] = card.networkEffects!;
    expect(card.networkEffects!.map(({ field }) => field)).toContain('category');
    expect(strongest!.weight > 0).toBe(fitOf(trained).scale > 0);
    const folder = mkdtempSync(join(tmpdir(), 'rialto-deep-'));
    const version = { name: 'ranker', version: 1, status: 'serving', since: 0, changedBy: 'test', offset: 0 } as const;
    const made = { ...version, at: 0, by: 'test', bytes: 1, digest: 'ab', card: { ...card } };
    await writeCard(join(folder, 'card.md'), made);
    const text = readFileSync(join(folder, 'card.md'), 'utf8');
    rmSync(folder, { recursive: true });
    expect(text).toContain('| learner | deep |');
    expect(text).toMatch(
      /## What the network adds\n\nA network, with a share of [\d.]+ of what it says after \d+ pass/,
    );
    expect(text).toMatch(fitOf(trained).scale === 0 ? /it has no say/ : /\| category \| its category \|/);
    expect(additivePartOf(trained.ranker).features).toEqual(FEATURE_NAMES);
  });

  test('decides: not as its additive part does, and always the same', () => {
    const { replay, basket } = atTheEnd();
    const scores = scoresOf(replay);
    expect(replay.decide(basket, 'shelf')).toHaveLength(10);
    expect(scoresOf(atTheEnd().replay)).toEqual(scores);
    replay.state.ranker.score(replay.workspace.matrix, replay.workspace.matrix.input!);
    expect(scoresOf(replay)).toEqual(scores);
    const untouched = new RankerModel();
    expect(untouched.effects(replay.workspace.matrix)).toBeUndefined();
    const out = additiveScores(replay, additivePartOf(trained.ranker));
    expect(out.some((score, i) => Math.abs(score - scores[i]!) > 0.01)).toBe(true);
  });

  test('scores nothing but its additive part where time has run out', () => {
    const { replay } = atTheEnd();
    const { matrix } = replay.workspace;
    const input = matrix.input!;
    matrix.fillCheap(input);
    replay.state.ranker.score(matrix, input);
    const cheap = scoresOf(replay);
    matrix.fill(input);
    replay.state.ranker.score(matrix, input);
    expect(scoresOf(replay)).not.toEqual(cheap);
    expect(replay.state.ranker.effects(matrix)).toHaveLength(cheap.length);
  });

  test('keeps of listings nothing that does not hold any more', () => {
    const replay = new Replay(past);
    replay.serve('ranker', loud());
    for (const basket of basketsOf(past).slice(-40)) {
      replay.upTo(basket.first);
      replay.consider(basket, placement);
      const scores = scoresOf(replay);
      const anew = copyPart(replay.state.ranker, new RankerModel());
      anew.score(replay.workspace.matrix, replay.workspace.matrix.input!);
      expect(scoresOf(replay)).toEqual(scores);
    }
  });

  test('explains: effects add up to what sets candidates apart', () => {
    const { replay } = atTheEnd();
    const { matrix } = replay.workspace;
    const { ranker } = replay.state;
    const reasons = new ScoreReasons(ranker.current, matrix.whole(), ranker.effects(matrix));
    const scores = scoresOf(replay);
    const total = (row: number): number =>
      Object.values(reasons.effects[row]!).reduce(
        (sum, effect) => sum + effect,
        ranker.current.bias[matrix.whole().gates[row]!]!,
      );
    // All lack what the network says of a listing of which nothing is known.
    const gap = scores[0]! - total(0);
    scores.forEach((score, row) => {
      expect(score - total(row)).toBeCloseTo(gap, 3);
    });
    for (const { name } of NETWORK_IDENTITIES) expect(reasons.effects[0]).toHaveProperty([name]);
    const told = scores.flatMap((_, row) => reasons.of(row));
    expect(told.some(({ feature, words }) => feature === 'category' && /^its category: odds [×÷] \d/.test(words))).toBe(
      true,
    );
    expect(told.filter(({ feature }) => feature === 'own').length).toBeLessThanOrEqual(scores.length);
  });

  test('is kept with the state, to the byte', () => {
    const { replay } = atTheEnd();
    const loaded = copyPart(replay.state.ranker, new RankerModel());
    const scores = scoresOf(replay);
    loaded.score(replay.workspace.matrix, replay.workspace.matrix.input!);
    expect(scoresOf(replay)).toEqual(scores);
  });

  test('is a version like any other: tried, promoted, explained, there after a restart, rolled back', async () => {
    const log = new MemoryLog();
    const { engine } = await openMarket(log);
    await engine.save('placement', [{ id: 'shelf', slots: 4, sources: [{ source: 'popular', limit: 9 }] }], 'test');
    await engine.ingest(['l1', 'l3', 'l4'].map((listing, i) => purchase(`p${i}`, listing)));
    // Published to another marketplace than it was trained on, which it may be where it does not say of which listings it speaks.
    const { listings: _, ...card }: Record<string, unknown> = { ...trained.card };
    const model = { name: 'ranker', bytes: loud(), card, by: 'test' };
    const before = { ...model, bytes: packAdditive(additivePartOf(trained.ranker)) };
    await engine.models.publish([before]);
    await engine.models.publish([model], 'candidate');
    await engine.models.tryOut('ranker', 2, { status: 'canary', share: 0.5 }, 'ann');
    await engine.models.promote('ranker', 2, { reason: 'better for new listings' }, 'ann');
    const request = { buyer: 'ada', placements: ['shelf'] };
    const first = await engine.decide(request);
    const { identical, placements } = await engine.explain(first.decisionId);
    expect(identical).toBe(true);
    const features = placements[0]!.candidates.flatMap((candidate) => Object.keys(candidate.features ?? {}));
    expect(features).toContain('listing');
    const { engine: again } = await openBare(log);
    const second = await again.decide(request);
    expect(second.placements[0]!.items.map(({ id }) => id)).toEqual(first.placements[0]!.items.map(({ id }) => id));
    expect((await again.models.rollback('ranker', {}, 'ann')).version).toBe(1);
    expect(digestOf(packAdditive(again.state.ranker.current))).toBe(again.models.read('ranker', 1).digest);
  });

  test('that is cut short, of another version or of other features is refused, and the one before stays', () => {
    const { replay } = atTheEnd();
    const { ranker } = replay.state;
    const scores = scoresOf(replay);
    const refuse = (bytes: Uint8Array, why: RegExp): void => {
      expect(() => ranker.replace(bytes)).toThrow(why);
    };
    refuse(trained.ranker.subarray(0, trained.ranker.length - 9), /truncated or damaged/);
    refuse(packModel({ kind: 'deep-ranker', version: 99, info: {}, arrays: {} }), /version 99/);
    refuse(packModel({ kind: 'deep-ranker', version: 1, info: {}, arrays: {} }), /lacks its base/);
    const { network } = new DeepRanker(trained.ranker);
    const learned = { network, scale: 1, known: {}, fit: fitOf(trained) };
    refuse(packDeepRanker(priorModel(['other'], [1]), learned), /trained on the features other/);
    refuse(packDeepRanker(additivePartOf(trained.ranker), learned), /lacks the values that it knows of listing/);
    ranker.score(replay.workspace.matrix, replay.workspace.matrix.input!);
    expect(scoresOf(replay)).toEqual(scores);
  });
});

/** The scores of an additive model. */
function additiveScores({ workspace: { matrix, candidates } }: Replay, base: AdditiveModel): Float64Array {
  const out = new Float64Array(candidates.size);
  new AdditiveRanker(base).score(matrix, matrix.input!, out);
  return out;
}

describe('a ranker with trees', () => {
  test('is trained, judged, served, explained and kept like any other; what is broken is refused', async () => {
    const { ranker, embedding, card } = trainModels(past, { seed: 1, learner: 'trees' });
    expect(card).toMatchObject({ learner: 'trees', fit: { trees: expect.any(Number) }, gates: { reasons: [] } });
    const base = additivePartOf(ranker);
    const table = { rows: 200, dense: Array.from({ length: FEATURE_NAMES.length + 1 }, () => new Float32Array(200)) };
    const rng = new Rng(1);
    for (const column of table.dense) for (let row = 0; row < 200; row++) column[row] = rng.unit();
    const matrix = binRows(learnBins(table, { binsMax: 20, rowsMin: 1 }), table);
    const forest = boostTrees(matrix, squaredObjective(table.dense[3]!), { ...DEFAULT_BOOSTING, rounds: 8 });
    // The trees of so few orders may not be worth their weight.
    const bytes = packTreeRanker(base, { forest, fit: card.fit as TreeFit });
    const { replay, basket } = atTheEnd();
    replay.serve('embedding', embedding);
    replay.serve('ranker', bytes);
    replay.consider(basket, placement);
    const { workspace, state } = replay;
    const scores = scoresOf(replay);
    expect(Math.max(...scores.map((score, i) => Math.abs(score - additiveScores(replay, base)[i]!)))).toBeGreaterThan(
      0.01,
    );
    const reasons = new ScoreReasons(base, workspace.matrix.whole(), state.ranker.effects(workspace.matrix));
    const gaps = scores.map((score, row) => {
      const bias = base.bias[workspace.matrix.whole().gates[row]!]!;
      return score - Object.values(reasons.effects[row]!).reduce((sum, effect) => sum + effect, bias);
    });
    for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0]!, 4);
    const loaded = copyPart(state.ranker, new RankerModel());
    loaded.score(workspace.matrix, workspace.matrix.input!);
    expect(scoresOf(replay)).toEqual(scores);
    expect(() => loaded.replace(bytes.subarray(0, bytes.length - 9))).toThrow(/truncated or damaged/);
    const narrow = { ...forest, map: { ...forest.map, dense: 3 } };
    expect(() => loaded.replace(packTreeRanker(base, { forest: narrow, fit: card.fit as TreeFit }))).toThrow(
      /of 3 columns/,
    );
  });
});
