/** Heads and the network that they share, from a log of pages whose visitors like other things on each page; served as they were learned. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { applyRecord } from '../delivery/apply.ts';
import { decide } from '../delivery/decide.ts';
import { inputOf } from '../delivery/decision-record.ts';
import type { Engine } from '../delivery/engine.ts';
import { event, NOW, openMarket } from '../delivery/market.fixture.ts';
import { State } from '../delivery/state.ts';
import { Workspace } from '../delivery/workspace.ts';
import { actionLogits } from '../learning/action-model.ts';
import { sigmoid } from '../learning/logistic.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { ACTION_COLUMNS, Heads } from '../ranking/action-heads.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { CollectedExamples } from './shown-examples.ts';
import { trainActions } from './train-actions.ts';

const PAGES = ['home', 'side'];
/** Cups are liked at home, chairs at the side. */
const liked = (placement: string, listing: string): boolean =>
  placement === 'home' ? listing < 'l3' : listing > 'l5' && listing < 'l9';

async function visited(log: MemoryLog, pages: number) {
  const opened = await openMarket(log);
  const { engine, clock } = opened;
  const sources = [{ source: 'popular', limit: 20 } as const];
  await engine.save(
    'placement',
    PAGES.map((id) => ({ id, slots: 9, sources })),
    'test',
  );
  const rng = new Rng(3);
  for (let page = 0; page < pages; page++) {
    clock.set((NOW + 60_000 * page) as never);
    const buyer = `b${page % 41}`;
    const device = page % 2 === 0 ? 'ios' : 'web';
    const answer = engine.decide({ buyer, placements: [PAGES[page % 2]!], context: { device } }).placements[0]!;
    const shown = answer.items.map(({ id, token }) => ({ listing: id, token, buyer }));
    const clicked = shown.filter(({ listing }) => rng.unit() < (liked(answer.placement, listing) ? 0.4 : 0.05));
    await engine.ingest([
      ...shown.map((item, i) => event(`i${page}-${i}`, 'impression', item)),
      ...clicked.map((item) => event(`c${page}-${item.listing}`, 'click', item)),
    ]);
  }
  return opened;
}

test('what is liked on one page and not on another is learned, and predicted in a decision as it was learned', async () => {
  const log = new MemoryLog();
  const { engine, clock } = await visited(log, 500);
  const trained = (await trainActions({ log, start: PRIOR_MODEL, seed: 1 }))!;
  const { network, holdout } = trained.card.heads.click!;
  expect(network).toBeGreaterThan(0.3);
  expect(holdout.logLoss).toBeLessThan(holdout.logLossAdditive - 0.03);

  await engine.models.publish([{ name: 'actions', bytes: trained.bytes, card: {}, by: 'test' }]);
  await engine.save('ranker', [{ id: 'clicks', objective: 'click' }], 'test');
  const popular = [{ source: 'popular', limit: 20 } as const];
  const ranked = { slots: 3, sources: popular, ranker: 'clicks' };
  await engine.save(
    'placement',
    [...PAGES, 'new-page'].map((id) => ({ id, ...ranked })),
    'test',
  );
  clock.set((NOW + 60_000 * 501) as never);
  const firstOf = (placement: string): string[] =>
    engine.decide({ buyer: 'eve', placements: [placement] }).placements[0]!.items.map(({ id }) => id);
  expect(firstOf('home').sort()).toEqual(['l0', 'l1', 'l2']);
  expect(firstOf('side').sort()).toEqual(['l6', 'l7', 'l8']);
  // A page of which nothing is known begins with what is usual: not what nobody likes anywhere.
  expect(firstOf('new-page').some((id) => liked('home', id) || liked('side', id))).toBe(true);
  await expectExplained(engine, engine.decide({ buyer: 'eve', placements: ['home'] }).decisionId);
  await engine.close();

  await expectServedAsLearned(log, trained.bytes);
});

/** Effects of all candidates differ by as much as their values, and say that it is the listing's category on this page. */
async function expectExplained(engine: Engine, decision: string): Promise<void> {
  const { identical, placements } = await engine.explain(decision);
  expect(identical).toBe(true);
  const { candidates } = placements[0]!;
  const bases = candidates.map(({ score, features }) => score! - Object.values(features!).reduce((a, b) => a + b, 0));
  for (const base of bases) expect(base).toBeCloseTo(bases[0]!, 3);
  for (const { score, predicted } of candidates) expect(predicted).toEqual({ click: score });
  expect(Object.keys(candidates[0]!.features!)).toEqual(expect.arrayContaining(['category', 'placement']));
  expect(candidates[0]!.why![0]!.words).toMatch(/: value \+ 0\.\d+$/);
}

/** Every item shown, by the heads in the decision made again, and by its row. */
async function expectServedAsLearned(log: MemoryLog, bytes: Uint8Array): Promise<void> {
  const heads = new Heads(bytes);
  const click = heads.models.get('click')!;
  const state = new State();
  const workspace = new Workspace();
  const collected = new CollectedExamples(1);
  const served: number[] = [];
  const out = [0, 1, 2, 3].map(() => new Float64Array(1024));
  for await (const { records } of log.read(0, 0))
    for (const record of records) {
      if (record.kind === 'decision') {
        collected.decided(state, record);
        const watch = (placement: string): void => {
          const { matrix } = workspace;
          heads.predict([0], { placement, matrix, features: matrix.input! }, out);
          for (const listing of record.placements[0]!.listings)
            served.push(out[0]![workspace.candidates.find(state.market.listings.ids.find(listing))]!);
        };
        decide(state, inputOf(record), workspace, { watch });
      }
      applyRecord(state, record);
    }
  const { examples } = collected.examples(state.logTime);
  expect(examples.identityNames).toEqual(ACTION_COLUMNS.identityNames);
  const learned = actionLogits('click', click, examples, { from: 0, to: served.length }).map(sigmoid);
  expect(served.length).toBeGreaterThan(4_000);
  let farthest = 0;
  served.forEach((p, i) => {
    farthest = Math.max(farthest, Math.abs(p - learned[i]!));
  });
  expect(farthest).toBeLessThan(1e-5);
}
