/** A small shop with a taste: what is trained on its orders, judged, and written down. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelVersion } from '@rialto/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { FEATURE_NAMES } from '../features/catalogue.ts';
import { unpackAdditive } from '../learning/additive-model.ts';
import { tastePast } from './taste.fixture.ts';
import { type TrainedModels, trainModels } from './train-models.ts';
import { writeCard } from './write-card.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-train-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let trained: TrainedModels;
beforeAll(async () => {
  trained = trainModels(await tastePast(), { seed: 1 });
});

const published = (card: object): ModelVersion => ({
  name: 'ranker',
  version: 1,
  status: 'serving',
  at: MILLIS_PER_DAY,
  by: 'test',
  since: MILLIS_PER_DAY,
  changedBy: 'test',
  offset: 0,
  bytes: 1,
  digest: 'ab',
  card: { ...card },
});

describe('trained models', () => {
  test('are better than untrained ones on orders held out, and may serve', () => {
    const { card, ranker } = trained;
    expect(unpackAdditive(ranker, FEATURE_NAMES).features).toEqual(FEATURE_NAMES);
    expect(card.metrics.logLoss).toBeLessThan(card.untrained.logLoss);
    expect(card.gates.reasons).toEqual([]);
    expect(card.to).toBeGreaterThan(card.from);
    expect(card.metrics.segments.reduce((sum, { orders }) => sum + orders, 0)).toBeGreaterThanOrEqual(
      card.holdoutOrders / 2,
    );
  });

  test('are compared with what serves on the same orders: with itself there is no difference', async () => {
    const serving = new Map([
      ['ranker', trained.ranker],
      ['embedding', trained.embedding],
    ]);
    const { card } = trainModels(await tastePast(), { seed: 1, serving });
    expect(card.incumbent).toMatchObject({ recall: card.recall, logLoss: card.metrics.logLoss });
    expect(card.gates).toMatchObject({ reasons: [], paired: { logLoss: { mean: 0, standardError: 0 } } });
    const foreign = new Map([['ranker', new Uint8Array(40)]]);
    expect(trainModels(await tastePast(), { seed: 1, serving: foreign }).card.incumbent).toBeUndefined();
  });

  test('have a card in Markdown, with plots that it names', async () => {
    const path = join(folder, 'ranker-1.md');
    const files = await writeCard(path, published(trained.card));
    const text = readFileSync(path, 'utf8');
    for (const file of files.slice(1)) {
      expect(text).toContain(`(${file.slice(folder.length + 1)})`);
      const svg = readFileSync(file, 'utf8');
      expect(svg).toMatch(/^<svg [^>]+>[\s\S]+<\/svg>\n$/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(text).not.toMatch(/NaN|undefined/);
    for (const feature of FEATURE_NAMES) expect(text).toContain(`| ${feature} |`);
    const { past, page } = trained.card.graph!;
    expect(text).toContain(`| from a past | the best alone | ${past!.best.recall.toFixed(4)} |`);
    expect(text).toContain(`| from a page or a cart | the blend | ${page!.blend.recall.toFixed(4)} (`);
    for (const member of Object.keys(past!.recall)) expect(text).toContain(`| from a past | ${member} |`);
    await expect(writeCard(path, published({}))).rejects.toThrow('has no figures to make a card of');
  });
});
