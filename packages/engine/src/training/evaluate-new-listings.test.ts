import { beforeAll, describe, expect, test } from 'vitest';
import { State } from '../delivery/state.ts';
import { evaluateNewListings, type NewListingQuality } from './evaluate-new-listings.ts';
import { readHistory } from './history.ts';
import { tasteShop } from './taste.fixture.ts';
import { trainModels } from './train-models.ts';

const OPTIONS = { listings: 25, k: 10, seed: 1 };

/** The shop's state, with or without what `rialto train` makes. */
async function stateOf({ trained }: { readonly trained: boolean }): Promise<State> {
  const { engine, log } = await tasteShop();
  if (trained) {
    const { ranker, embedding } = trainModels(await readHistory(log), { seed: 1 });
    const models = Object.entries({ ranker, embedding });
    await engine.models.publish(models.map(([name, bytes]) => ({ name, bytes, card: {}, by: 'test' })));
  }
  const { state } = engine;
  await engine.close();
  return state;
}

describe('new listings', () => {
  let state: State;
  let quality: NewListingQuality;
  beforeAll(async () => {
    state = await stateOf({ trained: true });
    quality = evaluateNewListings(state, OPTIONS);
  });

  test('are among the first on pages of what they are like, before what buyers never buy, and leave nothing behind', () => {
    expect(quality).toMatchObject({ listings: 25, k: 10, placement: 'rialto-new-listings' });
    expect(quality.shownToStrangers).toBe(1);
    expect(quality.newOnly.shownToStrangers).toBe(1);
    expect(quality.newOnly.shown).toBeGreaterThanOrEqual(quality.shown);
    expect(quality.newOnly.medianPlace).toBeLessThanOrEqual(10);
    const { ids, size } = state.market.listings;
    const put = Array.from({ length: size }, (_, row) => row).filter((row) => ids.text(row).startsWith('rialto-new'));
    expect(put.length).toBe(25);
    for (const row of put) expect(state.market.listings.document(row).availability).toBe('removed');
  });

  test('are judged the same again from the same state and seed, and otherwise from another seed', async () => {
    const states = await Promise.all([stateOf({ trained: true }), stateOf({ trained: true })]);
    expect(evaluateNewListings(states[0], OPTIONS)).toEqual(quality);
    const other = evaluateNewListings(states[1], { ...OPTIONS, seed: 2 });
    expect(other).not.toEqual(quality);
  });

  test('come nowhere in a placement whose sources know nothing of them, and are counted as absent', async () => {
    const shop = await stateOf({ trained: false });
    shop.market.placements.put('hits', { id: 'hits', slots: 10, sources: [{ source: 'popular', limit: 10 }] });
    const { shown, absent, medianPlace } = evaluateNewListings(shop, { ...OPTIONS, placement: 'hits' });
    expect({ shown, absent, medianPlace }).toEqual({ shown: 0, absent: 1, medianPlace: undefined });
  });

  test('need a placement that is there, and titles of some words', () => {
    expect(() => evaluateNewListings(state, { ...OPTIONS, placement: 'nowhere' })).toThrow('no placement "nowhere"');
    expect(() => evaluateNewListings(new State(), OPTIONS)).toThrow('no listing has a title of 4 words or more');
  });
});
