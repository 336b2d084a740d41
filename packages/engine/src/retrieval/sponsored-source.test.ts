import type { Campaign, DecideRequest } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { millis } from '../base/units.ts';
import { AdPage } from '../features/ad-page.ts';
import { Advertised } from '../features/advertised.ts';
import { Candidates } from '../features/candidates.ts';
import { Evidence } from '../features/evidence.ts';
import { CLICKS, IMPRESSIONS } from '../features/listing-counters.ts';
import { resolveMoment } from '../features/moment.ts';
import { Signals } from '../features/signals.ts';
import { Market } from '../market/market.ts';
import { addSponsored } from './sponsored-source.ts';
import { TextIndex } from './text-index.ts';

const wordsOf = (text: string): string[] => text.split(' ');

/** A marketplace of some listings, each with a shop of its own where `shops` is absent, all in one category. */
class Bazaar {
  readonly market = new Market();
  readonly signals = new Signals();
  readonly advertised = new Advertised();
  readonly #evidence = new Evidence();
  readonly #candidates = new Candidates(this.#evidence.shortlist);
  asked = 0;

  constructor(listings: number, shops = listings) {
    for (let i = 0; i < listings; i++) {
      const listing = { id: `l${i}`, title: `Thing ${i}`, priceMicros: 1, shop: `s${i % shops}`, category: 'A > B' };
      this.market.listings.put(listing, 0);
    }
    this.signals.statistics.counters.grow(listings);
  }

  /** `listings` are rows. */
  advertise(id: string, listings: readonly number[], rest: Partial<Campaign> = {}): void {
    const shop = `s${listings[0]! % this.market.listings.shopIds.size}`;
    const campaign = {
      id,
      shop,
      listings: listings.map((row) => `l${row}`),
      bidMicros: 1,
      dailyBudgetMicros: 1,
      ...rest,
    };
    this.market.campaigns.put(campaign, { ...this.market, wordsOf });
    const is = { advertised: rest.targeting === undefined, category: this.market.listings.category.data[0]! };
    for (const row of listings) this.advertised.put(row, is, this.signals.statistics.counters);
  }

  happen(listing: number, impressions: number, clicks: number): void {
    const { counters } = this.signals.statistics;
    counters.add(listing, IMPRESSIONS, impressions);
    counters.add(listing, CLICKS, clicks);
    this.advertised.count(listing, counters);
    if (clicks > 0) this.advertised.clicked(listing, this.market.campaigns, counters);
  }

  /** The listings that a page gets, by row. */
  bring(
    context: DecideRequest['context'],
    options: { limit?: number; draw?: number; stopped?: ReadonlySet<number> } = {},
  ): number[] {
    const { market, signals, advertised } = this;
    const { limit = 8, draw = 0.3, stopped } = options;
    const request = { placements: ['p'], ...(context && { context }) };
    const moment = resolveMoment(request, millis(1), 0, market);
    const [evidence, page, candidates] = [this.#evidence, new AdPage(), this.#candidates];
    evidence.gather(moment, market, signals);
    page.begin({ request, moment, market, words: moment.query === undefined ? [] : wordsOf(moment.query) });
    candidates.begin();
    this.asked = 0;
    const admits = (campaign: number): boolean => {
      this.asked++;
      return stopped?.has(campaign) !== true;
    };
    const scratch = { scratch: new Int32Array(8192), keys: new Float32Array(8192) };
    addSponsored({
      moment,
      market,
      signals,
      evidence,
      texts: new TextIndex(),
      candidates,
      ...scratch,
      advertised,
      page,
      admits,
      limit,
      draw,
    });
    return [...candidates.listing.subarray(0, candidates.size)];
  }
}

const HOME = {};
const row = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);

describe('the sponsored source', () => {
  it('brings what is clicked most, and a few that are drawn', () => {
    const bazaar = new Bazaar(400);
    for (const i of row(400)) bazaar.advertise(`c${i}`, [i]);
    for (const i of row(400)) bazaar.happen(i, 1_000, i >= 390 ? 200 : 5);
    const brought = bazaar.bring(HOME);
    expect(brought).toHaveLength(8);
    expect(brought.filter((listing) => listing >= 390)).toHaveLength(7);
    const drawn = new Set(
      row(200).flatMap((i) => bazaar.bring(HOME, { draw: i / 200 }).filter((listing) => listing < 390)),
    );
    expect(drawn.size).toBeGreaterThan(150);
  });

  it('spends a campaign on its listings that are clicked, and gives new ones their chance', () => {
    const bazaar = new Bazaar(20, 1);
    bazaar.advertise('c', row(20), { targeting: { categories: ['A'] } });
    for (const i of row(20)) if (i !== 13) bazaar.happen(i, 1_000, i === 7 ? 150 : 2);
    const often = new Map<number, number>();
    const rng = new Rng(56);
    for (let i = 0; i < 200; i++)
      for (const listing of bazaar.bring({ category: 'A > B' }, { draw: rng.unit() }))
        often.set(listing, (often.get(listing) ?? 0) + 1);
    // What is clicked is always there; what nobody has seen yet, whenever it is among those that are looked at.
    expect(often.get(7)).toBe(200);
    const others = row(20).filter((listing) => listing !== 7 && listing !== 13);
    expect(often.get(13)).toBeGreaterThan(50);
    for (const listing of others) expect(often.get(listing) ?? 0).toBeLessThan(50);
  });

  it('goes on to others where those that are clicked most may not bid', () => {
    const bazaar = new Bazaar(300);
    for (const i of row(300)) bazaar.advertise(`c${i}`, [i]);
    for (const i of row(300)) bazaar.happen(i, 1_000, i >= 150 ? 200 : 5);
    const brought = bazaar.bring(HOME, { stopped: new Set(row(150, 150)) });
    expect(brought).toHaveLength(8);
    for (const listing of brought) expect(listing).toBeLessThan(150);
  });

  it('brings few of one shop where others are there', () => {
    const bazaar = new Bazaar(100, 50);
    for (const i of row(50)) bazaar.advertise(`c${i}`, [i, i + 50]);
    for (const i of row(100)) bazaar.happen(i, 1_000, i % 50 === 0 ? 300 : 5);
    bazaar.advertise('more', [0, 50], { targeting: { categories: ['A'] } });
    const brought = bazaar.bring({ category: 'A > B' });
    expect(brought.filter((listing) => listing % 50 === 0)).toHaveLength(2);
    expect(brought).toHaveLength(8);
  });

  it('brings to a search only what campaigns bid on its words', () => {
    const bazaar = new Bazaar(30);
    for (const i of row(10)) bazaar.advertise(`wide-${i}`, [i]);
    const keyword = (text: string) => ({ targeting: { keywords: [{ text, match: 'broad' as const }] } });
    for (const i of row(5)) bazaar.advertise(`tea-${i}`, [10 + i], keyword('tea'));
    for (const i of row(5)) bazaar.advertise(`cup-${i}`, [20 + i], keyword('cup'));
    expect(bazaar.bring({ query: 'green tea' }).sort((a, b) => a - b)).toEqual([10, 11, 12, 13, 14]);
    expect(bazaar.bring({ query: 'coffee' })).toEqual([]);
  });

  it('asks about no more campaigns where there are a hundred times as many', () => {
    const contexts = [HOME, { category: 'A > B' }, { query: 'tea' }, { listing: 'l1' }];
    const asked = [300, 30_000].map((campaigns) => {
      const bazaar = new Bazaar(1_000);
      const targets = [
        undefined,
        { keywords: [{ text: 'tea', match: 'phrase' as const }] },
        { categories: ['A'] },
        { products: ['l1'] },
      ];
      for (const i of row(campaigns)) {
        const targeting = targets[i % 4];
        bazaar.advertise(`c${i}`, [i % 1_000, (i * 7 + 1) % 1_000], { ...(targeting && { targeting }) });
      }
      return contexts.map((context) => {
        expect(bazaar.bring(context)).toHaveLength(8);
        return bazaar.asked;
      });
    });
    for (const counts of asked) for (const count of counts) expect(count).toBeLessThan(700);
    for (const [i, count] of asked[1]!.entries()) expect(count).toBeLessThan(3 * asked[0]![i]!);
  });
});
