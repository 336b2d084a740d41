/** A canary that buyers click less on is given up by the server itself, which says so. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent } from '@rialto/sdk';
import { afterAll, expect, test } from 'vitest';
import { openEngine } from '../delivery/data-directory.ts';
import { event, LISTINGS } from '../delivery/market.fixture.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { scheduleWatch } from './schedule-watch.ts';

const BUYERS = 400;
const folder = mkdtempSync(join(tmpdir(), 'rialto-watch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ranker = (bias: number) => ({
  name: 'ranker',
  bytes: packAdditive({ ...PRIOR_MODEL, bias: new Float32Array([bias, bias]) }),
  card: {},
  by: 'test',
});

test('a canary that is worse is retired, and all buyers get what serves', async () => {
  const engine = await openEngine(folder);
  await engine.save('listing', LISTINGS, 'test');
  await engine.save('placement', [{ id: 'page', slots: 3, sources: [{ source: 'popular', limit: 9 }] }], 'test');
  await engine.models.publish([ranker(1)]);
  await engine.models.publish([ranker(2)], 'candidate');
  await engine.models.tryOut('ranker', 2, { status: 'canary', share: 0.5 }, 'ann');
  const clicks: BuyerEvent[] = [];
  for (let i = 0; i < BUYERS; i++) {
    const buyer = `b${i}`;
    const { placements, experiments = [] } = engine.decide({ buyer, placements: ['page'] });
    const { id, token } = placements[0]!.items[0]!;
    // Of the canary's buyers a fourth click, of the others three of four.
    const often = experiments[0]!.variant === 'canary' ? 1 : 3;
    if (i % 4 < often) clicks.push(event(`c${i}`, 'click', { listing: id, token, buyer }));
  }
  await engine.ingest(clicks);
  const told = await new Promise<string>((resolve) => {
    const stop = scheduleWatch({
      engine,
      directory: folder,
      everyMs: 20,
      onAlert: (alert) => {
        stop();
        resolve(alert);
      },
    });
  });
  const why = /^(2\d|3\d)\.\d % of its buyers clicked, (6|7|8)\d\.\d % of the others: z -\d/;
  expect(told).toMatch(/^ranker version 2 is no canary any more: /);
  expect(engine.models.read('ranker', 2)).toMatchObject({
    status: 'retired',
    changedBy: 'watch',
    reason: expect.stringMatching(why),
  });
  expect(engine.models.serving('ranker')!.version).toBe(1);
  expect(engine.experimentStatus('canary-ranker').status).toBe('stopped');
  expect(engine.decide({ buyer: 'b1', placements: ['page'] }).experiments).toBeUndefined();
  await engine.close();
});
