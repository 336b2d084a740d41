/** Rankers that teams declare: what they make of a placement, what they draw and log, and that a decision is made again the same. */
import type { Placement, Ranker } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { packAdditive } from '../learning/additive-model.ts';
import type { Log } from '../log/log.ts';
import { MemoryLog } from '../log/memory-log.ts';
import type { DecisionRecord } from '../log/record.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import type { EngineOptions } from './engine.ts';
import { event, LISTINGS, openMarket, purchase, type TestEngine } from './market.fixture.ts';

const PAGE: Placement = { id: 'page', slots: 6, sources: [{ source: 'popular', limit: 20 }] };

async function open(ranker: Partial<Ranker>, placement: Partial<Placement> = {}, options: Partial<EngineOptions> = {}) {
  const opened = await openMarket(new MemoryLog(), options);
  const { engine } = opened;
  await engine.ingest([
    ...[3, 3, 3, 5, 5, 7].map((listing, i) => purchase(`p${i}`, `l${listing}`)),
    ...[1, 1, 2].map((listing, i) => event(`c${i}`, 'click', { listing: `l${listing}` })),
  ]);
  await save(opened, { id: 'mine', objective: 'purchase', ...ranker });
  await engine.save('placement', [{ ...PAGE, ranker: 'mine', ...placement }], 'test');
  await engine.save('placement', [{ ...PAGE, id: 'usual' }], 'test');
  return opened;
}

async function save({ engine }: TestEngine, ...rankers: Ranker[]): Promise<void> {
  const { rejected } = await engine.save('ranker', rankers, 'test');
  if (rejected[0]) throw new Error(`${rejected[0].code}: ${rejected[0].message}`);
}

const shown = ({ engine }: TestEngine, placement = 'page', buyer = 'eve'): string[] =>
  engine.decide({ buyer, placements: [placement] }).placements[0]!.items.map(({ id }) => id);

async function decisionsOf(log: Log): Promise<DecisionRecord[]> {
  const records: DecisionRecord[] = [];
  for await (const batch of log.read(0, 0))
    for (const record of batch.records) if (record.kind === 'decision') records.push(record);
  return records;
}

describe('objectives', () => {
  test('untrained, purchase alone ranks as without a ranker', async () => {
    const opened = await open({});
    expect(shown(opened)).toEqual(shown(opened, 'usual'));
  });

  test('what is worth more the dearer it is puts dear listings first', async () => {
    const dear = shown(await open({ objective: 'hide * price' }));
    expect(dear).toEqual(['l8', 'l7', 'l6', 'l5', 'l4', 'l3']);
  });

  test('numeric attributes count; where a listing lacks one, or it is no number, its default does', async () => {
    const margins = ['0.1', ' 7.5 ', undefined, 'much', '3', '2e0', '-1', '', '0.01'];
    const withMargins = async (opened: TestEngine) => {
      const listings = LISTINGS.map((listing, i) => {
        const margin = margins[i];
        return margin === undefined ? listing : { ...listing, attributes: { margin, 'net weight': `${i}` } };
      });
      await opened.engine.save('listing', listings, 'test');
      await opened.engine.save('placement', [{ ...PAGE, slots: 9, ranker: 'mine' }], 'test');
      return opened;
    };
    const opened = await withMargins(await open({}));
    await save(opened, { id: 'mine', objective: 'hide*margin', defaults: { margin: 2.5 } });
    // Equals come as the sources found them.
    expect(shown(opened)).toEqual(['l1', 'l4', 'l3', 'l7', 'l2', 'l5', 'l0', 'l8', 'l6']);
    await save(opened, { id: 'mine', objective: "hide*margin + 0*hide*'net weight'" });
    expect(shown(opened).slice(-4)).toEqual(['l3', 'l7', 'l2', 'l6']);
    await opened.engine.save('listing', [{ ...LISTINGS[6]!, attributes: { margin: '99' } }, LISTINGS[1]!], 'test');
    expect(shown(opened)[0]).toBe('l6');
    expect(shown(opened).indexOf('l1')).toBeGreaterThan(4);
    const { decisionId } = opened.engine.decide({ buyer: 'eve', placements: ['page'] });
    const explanation = await opened.engine.explain(decisionId);
    expect(explanation.identical).toBe(true);
    const [best] = explanation.placements[0]!.candidates;
    expect(best).toMatchObject({ id: 'l6', score: expect.closeTo(0.099, 6) });
  });

  test('a rating is the mean of the reviews, where no attribute says otherwise', async () => {
    const opened = await open({ objective: 'hide*rating' }, { slots: 9 });
    const review = (id: string, listing: string, rating: number) => ({ id, listing, rating });
    await opened.engine.save('review', [review('r1', 'l4', 5), review('r2', 'l2', 1)], 'test');
    expect(shown(opened)).toMatchObject({ 0: 'l4', 8: 'l2' });
    await opened.engine.save('listing', [{ ...LISTINGS[7]!, attributes: { rating: '4.9' } }], 'test');
    expect(shown(opened)[0]).toBe('l7');
  });

  test('boosts multiply values, of losses too', async () => {
    const boost = { rule: 'boost', where: { attribute: 'id', in: ['l0'] }, factor: 100 } as const;
    expect(shown(await open({ objective: 'hide * price', rules: [boost] }))[0]).toBe('l0');
    const bury = { rule: 'bury', where: { attribute: 'id', in: ['l0'] }, factor: 0.01 } as const;
    expect(shown(await open({ objective: '-hide', rules: [bury] }, { slots: 9 })).at(-1)).toBe('l0');
  });

  test('boosts count once where actions have their priors', async () => {
    const boosted = (factor: number) => [{ rule: 'boost', where: { attribute: 'id', in: ['l1'] }, factor }] as const;
    const placeOf = (ids: string[]) => ids.indexOf('l1');
    const places = [];
    for (const factor of [1.5, 2, 3, 5, 8, 13, 21, 34, 55, 89]) {
      const opened = await open({}, { slots: 9, rules: boosted(factor) });
      await opened.engine.save('placement', [{ ...PAGE, id: 'usual', slots: 9, rules: boosted(factor) }], 'test');
      expect(placeOf(shown(opened)), `boosted by ${factor}`).toBe(placeOf(shown(opened, 'usual')));
      places.push(placeOf(shown(opened)));
    }
    expect(new Set(places).size).toBeGreaterThan(1);
  });

  test('sources and rules of the ranker hold where the placement has none, and beside its own', async () => {
    const exclude = (id: string) => ({ rule: 'exclude', where: { attribute: 'id', in: [id] } }) as const;
    const opened = await open(
      { sources: [{ source: 'popular', limit: 5 }], rules: [exclude('l3')] },
      { sources: [], rules: [exclude('l5')], slots: 9 },
    );
    const items = shown(opened);
    expect(items.length).toBeGreaterThan(0);
    expect(items).not.toContain('l3');
    expect(items).not.toContain('l5');
  });
});

describe('records', () => {
  test('a placement that names no ranker that there is hears which there are', async () => {
    const { engine } = await open({});
    const { rejected } = await engine.save('placement', [{ ...PAGE, ranker: 'yours' }], 'test');
    expect({ ...rejected[0] }).toMatchObject({
      code: 'unknown-reference',
      message: expect.stringMatching(/^there is no ranker "yours": declare it .* there are mine/),
    });
  });

  test('a changed ranker serves at once, a removed one is refused while it is named', async () => {
    const opened = await open({});
    const before = shown(opened);
    await save(opened, { id: 'mine', objective: 'hide * price' });
    expect(shown(opened)).not.toEqual(before);
    await expect(save(opened, { id: 'mine', objective: 'purchase', removed: true })).rejects.toThrow(
      'in-use: ranker "mine" is named by placement "page"',
    );
    await opened.engine.save('placement', [PAGE], 'test');
    await save(opened, { id: 'mine', objective: 'purchase', removed: true });
    const { rejected } = await opened.engine.save('placement', [{ ...PAGE, ranker: 'mine' }], 'test');
    expect(rejected[0]).toMatchObject({ code: 'unknown-reference' });
    const { items } = await opened.engine.versions({ kind: 'ranker', id: 'mine', limit: 9 });
    expect(items.map(({ changes }) => changes.map(({ field }) => field))).toEqual([
      ['objective', 'removed'],
      ['objective'],
      ['id', 'objective'],
    ]);
  });

  test.each([
    [{ objective: 'buys' }, 'bad-request: objective, position 1: "buys" is none of'],
    [{ objective: 'click*margin' }, 'no listing has a numeric attribute of that name: there are rating'],
    [{ objective: 'click*rating', defaults: { margin: 1 } }, 'names no attribute "margin"; it names rating'],
    [{ model: 'nix' }, 'unknown-reference: model: there is no model "nix"'],
    [{ fallback: 'nix' }, 'unknown-reference: fallback: there is no ranker "nix"'],
    [{ fallback: 'mine' }, 'bad-request: fallback: fallbacks go round in a circle: mine → mine'],
    [{ id: 'untrained' }, 'id-taken'],
  ])('%j is refused', async (ranker, message) => {
    const opened = await open({});
    await expect(save(opened, { id: 'mine', objective: 'purchase', ...ranker })).rejects.toThrow(message);
  });

  test('without its model the fallback serves, with it the ranker', async () => {
    const opened = await open({});
    await save(opened, { id: 'other', objective: 'hide * price' });
    await save(opened, { id: 'mine', objective: 'purchase', model: 'ours', fallback: 'other' });
    expect(shown(opened)[0]).toBe('l8');
    const model = { name: 'ranker:ours', bytes: packAdditive(PRIOR_MODEL), card: {}, by: 'test' };
    await opened.engine.models.publish([model]);
    expect(shown(opened)).toEqual(shown(opened, 'usual'));
  });
});

describe('what is drawn', () => {
  const exploring = { exploration: { method: 'plackett-luce', temperature: 0.5 } } as const;

  test('is logged with its propensities and drawn again the same', async () => {
    const opened = await open(exploring);
    const answers = Array.from({ length: 40 }, (_, i) =>
      opened.engine.decide({ buyer: `b${i}`, placements: ['page'] }),
    );
    const slates = new Set(answers.map(({ placements }) => placements[0]!.items.map(({ id }) => id).join()));
    expect(slates.size).toBeGreaterThan(20);
    for (const { decisionId } of answers.slice(0, 5))
      expect((await opened.engine.explain(decisionId)).identical).toBe(true);
    const records = await decisionsOf(opened.log);
    for (const { placements } of records) {
      const { propensities, listings } = placements[0]!;
      expect(propensities).toHaveLength(listings.length);
      expect(propensities!.every((p) => p > 0 && p <= 1)).toBe(true);
    }
  });

  test('nothing is logged where nothing is drawn', async () => {
    const opened = await open({});
    shown(opened);
    await opened.engine.close();
    const [record] = await decisionsOf(opened.log);
    expect(record!.placements[0]).not.toHaveProperty('propensities');
    expect(record!.placements[0]).not.toHaveProperty('late');
  });

  test('diversity puts other shops between', async () => {
    const opened = await open({ objective: 'hide * price', diversity: { strength: 0.9, by: ['shop'] } });
    expect(
      shown(opened)
        .slice(0, 3)
        .map((id) => Math.floor(Number(id.slice(1)) / 3)),
    ).toEqual([2, 1, 0]);
  });
});

describe('the latency budget', () => {
  /** Each look at it is a millisecond later. */
  const ticking = () => {
    let now = 0;
    return () => now++;
  };

  test('runs out: the cheap stage answers, it is counted, and a replay says the same', async () => {
    const opened = await open({ objective: 'hide * price', latencyBudgetMs: 1 }, {}, { stopwatch: ticking() });
    const { decisionId, placements } = opened.engine.decide({ buyer: 'eve', placements: ['page'] });
    expect(placements[0]!.items[0]!.id).toBe('l3');
    expect(opened.engine.counters.placementsLate).toBe(1);
    expect(await opened.engine.explain(decisionId)).toMatchObject({
      identical: true,
      placements: [{ placement: 'page', late: true }],
    });
    const [record] = await decisionsOf(opened.log);
    expect(record!.placements[0]!.late).toBe(true);
  });

  test('what the request has waited for others counts', async () => {
    const opened = await open({ objective: 'hide * price', latencyBudgetMs: 50 }, {}, { stopwatch: ticking() });
    const late = (waitedMs: number) => {
      opened.engine.decide({ buyer: 'eve', placements: ['page'] }, waitedMs);
      return opened.engine.counters.placementsLate;
    };
    expect([late(0), late(49), late(0)]).toEqual([0, 1, 1]);
  });

  test('is kept: all of it is decided', async () => {
    const opened = await open({ objective: 'hide * price', latencyBudgetMs: 2 }, {}, { stopwatch: ticking() });
    expect(shown(opened)[0]).toBe('l8');
    expect(opened.engine.counters.placementsLate).toBe(0);
  });
});
