/** From a shown ad to the ledger: what a click costs, which tokens cost nothing, and that all sums of money agree. */
import type { Campaign } from '@rialto/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAd, signToken, verifyToken } from '../ads/token.ts';
import { millis } from '../base/units.ts';
import type { Claims } from '../log/record.ts';
import type { Engine } from './engine.ts';
import {
  CAMPAIGNS,
  DAY,
  event,
  NOW,
  openBare,
  openMarket as openStrictMarket,
  SECRET,
  type TestEngine,
} from './market.fixture.ts';

/** Where buyers click in the moment in which they are shown something. */
async function openMarket(): Promise<TestEngine> {
  const opened = await openStrictMarket();
  const { engine } = opened;
  await engine.save(
    'settings',
    [{ ...engine.read('settings', 'settings')!, ads: { traffic: { clickAfterMsMin: 0 } } }],
    'test',
  );
  return opened;
}

interface ShownAd {
  readonly listing: string;
  readonly campaign: string;
  readonly token: string;
  readonly priceMicros: number;
  readonly expiresAt: number;
}

function showAds(engine: Engine, placements: string[] = ['home']): ShownAd[] {
  return engine
    .decide({ placements, buyer: 'ada' })
    .placements.flatMap(({ items }) => items)
    .filter(({ kind }) => kind === 'ad')
    .map(({ id, token, campaign }) => {
      const claims = verifyToken(token, SECRET);
      if (typeof claims === 'string' || !isAd(claims)) throw new Error(`an ad's token is ${claims}`);
      return { listing: id, campaign: campaign!, token, priceMicros: claims.priceMicros, expiresAt: claims.expiresAt };
    });
}

const clickOn = (id: string, ad: ShownAd, rest = {}) =>
  event(id, 'click', { listing: ad.listing, token: ad.token, ...rest });

function rows({ state: { ledger } }: Engine) {
  return [...ledger.days()];
}

const claimsOf = (ad: ShownAd): Claims => verifyToken(ad.token, SECRET) as Claims;

describe('a click on an ad', () => {
  it('costs the campaign and its shop the price of the token, once', async () => {
    const { engine } = await openMarket();
    const ads = showAds(engine);
    expect(ads.map(({ campaign }) => campaign).sort()).toEqual(['autumn', 'spring']);
    const ad = ads.find(({ campaign }) => campaign === 'spring')!;
    await engine.ingest([event('i1', 'impression', { listing: ad.listing, token: ad.token }), clickOn('c1', ad)]);
    const { ledger, market, tally } = engine.state;
    expect(rows(engine)).toMatchObject([
      { campaign: 0, chargedMicros: ad.priceMicros, impressions: 1, clicks: 1, freeEvents: 0 },
    ]);
    expect(ledger.owedMicros(market.listings.shopIds.find('potter'))).toBe(ad.priceMicros);
    expect(tally).toMatchObject({ impressions: 1, clicks: 1, adImpressions: 1, adClicks: 1, tokensReplayed: 0 });
  });

  it('costs each that is clicked where a page names a placement twice, and both show something else', async () => {
    const { engine } = await openMarket();
    const shelf = { id: 'shelf', slots: 3, adSlots: [0], sources: [{ source: 'popular' as const, limit: 9 }] };
    await engine.save('placement', [shelf], 'test');
    const page = engine.decide({ placements: ['shelf', 'shelf'], buyer: 'ada' }).placements.map(({ items }) => items);
    expect(page.map((items) => items.filter(({ kind }) => kind === 'ad').length)).toEqual([1, 1]);
    expect(new Set(page.flat().map(({ id }) => id)).size).toBe(page.flat().length);
    const ads = showAds(engine, ['shelf', 'shelf']);
    expect(new Set(ads.map(({ token }) => token)).size).toBe(ads.length);
    await engine.ingest(ads.map((ad, i) => clickOn(`c${i}`, ad)));
    const { ledger, tally } = engine.state;
    expect(ledger.totals.chargedMicros).toBe(ads.reduce((sum, { priceMicros }) => sum + priceMicros, 0));
    expect(tally).toMatchObject({ adClicks: ads.length, tokensReplayed: 0 });
  });

  it('costs nothing without a token, and an impression costs nothing', async () => {
    const { engine } = await openMarket();
    const [ad] = showAds(engine);
    const { token: _, ...bare } = clickOn('c1', ad!);
    await engine.ingest([bare, event('i1', 'impression', { listing: ad!.listing, token: ad!.token })]);
    expect(engine.state.ledger.totals.chargedMicros).toBe(0);
    expect(engine.state.tally).toMatchObject({ clicks: 1, adClicks: 0, adImpressions: 1, tokensForged: 0 });
  });

  it('costs nothing the second time, under another event id, in the same batch or after a restart', async () => {
    const { engine, log } = await openMarket();
    const [ad] = showAds(engine);
    await engine.ingest([clickOn('c1', ad!), clickOn('c2', ad!)]);
    await engine.ingest([clickOn('c3', ad!)]);
    const reopened = (await openBare(log)).engine;
    await reopened.ingest([clickOn('c4', ad!)]);
    expect(reopened.state.ledger.totals.chargedMicros).toBe(ad!.priceMicros);
    expect(reopened.state.tally).toMatchObject({ adClicks: 4, tokensReplayed: 3 });
  });

  it('costs nothing once the token has expired, by our clock and not by what the event says', async () => {
    const { engine, clock } = await openMarket();
    const [ad] = showAds(engine);
    expect(ad!.expiresAt).toBe(NOW + DAY);
    clock.set(millis(NOW + DAY));
    await engine.ingest([clickOn('c1', ad!, { at: NOW })]);
    expect(engine.state.ledger.totals.chargedMicros).toBe(0);
    expect(engine.state.tally.tokensExpired).toBe(1);
  });

  it('bills in the last millisecond of the token, and after the clock was ahead for a while', async () => {
    const { engine, clock } = await openMarket();
    clock.set(millis(NOW + 3 * DAY));
    await engine.ingest([event('v1', 'view')]);
    clock.set(millis(NOW));
    const [ad] = showAds(engine);
    expect(ad!.expiresAt).toBe(NOW + 4 * DAY);
    clock.set(millis(NOW + 4 * DAY - 1));
    await engine.ingest([clickOn('c1', ad!)]);
    expect(engine.state.ledger.totals.chargedMicros).toBe(ad!.priceMicros);
  });

  it('above the daily budget is free to the seller, and the next day bills again', async () => {
    const { engine, clock } = await openMarket();
    // All shown before the first click is billed: so the budget cannot stop them.
    const ads = Array.from({ length: 12 }, () => showAds(engine).find(({ campaign }) => campaign === 'spring')!);
    const price = ads[0]!.priceMicros;
    await engine.save('campaign', [{ ...CAMPAIGNS[0]!, dailyBudgetMicros: 2.5 * price }], 'test');
    await engine.ingest(ads.slice(0, 6).map((ad, i) => clickOn(`c${i}`, ad, { buyer: `b${i}` })));
    expect(rows(engine)).toMatchObject([
      { chargedMicros: 2.5 * price, overDeliveredMicros: 3.5 * price, clicks: 6, freeEvents: 3 },
    ]);
    expect(engine.state.tally.clicksOverBudget).toBe(3);
    expect(showAds(engine).map(({ campaign }) => campaign)).toEqual(['autumn']);
    clock.set(millis(NOW + DAY / 2));
    expect(showAds(engine).map(({ campaign }) => campaign)).toContain('spring');
    await engine.ingest([clickOn('c9', ads[9]!)]);
    expect(rows(engine)[1]).toMatchObject({ chargedMicros: price, clicks: 1 });
  });
});

describe('a token that is not what it was', () => {
  const other = new Uint8Array(32).fill(8);
  const spoiled: Record<string, (ad: ShownAd) => string> = {
    'signed by somebody else': (ad) => signToken(claimsOf(ad), other),
    'with a character changed': (ad) =>
      `${ad.token.slice(0, 20)}${ad.token[20] === 'A' ? 'B' : 'A'}${ad.token.slice(21)}`,
    'cut short': (ad) => ad.token.slice(0, -4),
    'made longer': (ad) => `${ad.token}AAAA`,
    'no token at all': () => 'free money',
    empty: () => '',
    'of a million characters': () => 'A'.repeat(1_000_000),
    'with a lower price, resigned by somebody else': (ad) =>
      signToken({ ...claimsOf(ad), priceMicros: 1 } as Claims, other),
  };

  it.each(Object.entries(spoiled))('%s bills nothing, and is counted', async (_, spoil) => {
    const { engine } = await openMarket();
    const [ad] = showAds(engine);
    await engine.ingest([clickOn('c1', { ...ad!, token: spoil(ad!) })]);
    expect(rows(engine)).toEqual([]);
    expect(engine.state.tally).toMatchObject({ clicks: 1, adClicks: 0, tokensForged: 1 });
    // The good one still bills.
    await engine.ingest([clickOn('c2', ad!)]);
    expect(engine.state.ledger.totals.chargedMicros).toBe(ad!.priceMicros);
  });

  it("moved to another listing's click bills nothing, and is counted", async () => {
    const { engine } = await openMarket();
    const [ad] = showAds(engine);
    await engine.ingest([clickOn('c1', { ...ad!, listing: 'l8' })]);
    expect(engine.state.ledger.totals.chargedMicros).toBe(0);
    expect(engine.state.tally.tokensForged).toBe(1);
  });

  it('of an organic item bills nothing and is no forgery', async () => {
    const { engine } = await openMarket();
    const item = engine.decide({ placements: ['discover'] }).placements[0]!.items[0]!;
    await engine.ingest([event('c1', 'click', { listing: item.id, token: item.token })]);
    expect(engine.state.tally).toMatchObject({ clicks: 1, adClicks: 0, tokensForged: 0 });
    expect(rows(engine)).toEqual([]);
  });
});

type Step =
  | { readonly do: 'show'; readonly page: string }
  | { readonly do: 'click' | 'forge'; readonly pick: number }
  | { readonly do: 'wait'; readonly hours: number }
  | { readonly do: 'budget'; readonly campaign: number; readonly micros: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('show' as const), page: fc.constantFrom('home', 'listing') }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('click' as const), pick: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forge' as const), pick: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('budget' as const), campaign: fc.nat(1), micros: fc.nat(900_000) }),
  },
);

/** Plays the steps and returns the prices of the tokens that had to bill: clicked first while they lived. */
async function playSteps({ engine, clock }: TestEngine, steps: readonly Step[]): Promise<number> {
  const ads: ShownAd[] = [];
  const clicked = new Set<string>();
  let due = 0;
  for (const [i, one] of steps.entries()) {
    if (one.do === 'show') ads.push(...showAds(engine, [one.page]));
    else if (one.do === 'wait') clock.set(millis(clock.now() + one.hours * 3_600_000));
    else if (one.do === 'budget') {
      const campaign = { ...CAMPAIGNS[one.campaign]!, dailyBudgetMicros: one.micros };
      await engine.save('campaign', [campaign], 'test');
    } else if (ads.length > 0) {
      const ad = ads[one.pick % ads.length]!;
      const forged = one.do === 'forge';
      await engine.ingest([
        clickOn(`c${i}`, { ...ad, token: forged ? ad.token.slice(4) : ad.token }, { buyer: `b${i}` }),
      ]);
      if (forged || clicked.has(ad.token) || clock.now() >= ad.expiresAt) continue;
      clicked.add(ad.token);
      due += ad.priceMicros;
    }
  }
  return due;
}

describe('money', () => {
  const seed = 31;
  it(`is the same in the tokens, the campaigns' days, the shops' debts and the totals (seed ${seed})`, async () => {
    let charged = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const opened = await openMarket();
        const { engine } = opened;
        const due = await playSteps(opened, steps);
        const { ledger, market } = engine.state;
        const sum = (of: (row: ReturnType<typeof rows>[number]) => number) =>
          rows(engine).reduce((total, row) => total + of(row), 0);
        expect(ledger.totals.chargedMicros + ledger.totals.overDeliveredMicros).toBe(due);
        expect(sum((row) => row.chargedMicros)).toBe(ledger.totals.chargedMicros);
        expect(sum((row) => row.overDeliveredMicros)).toBe(ledger.totals.overDeliveredMicros);
        const owed = ['potter', 'weaver', 'joiner'].map((id) => ledger.owedMicros(market.listings.shopIds.find(id)));
        expect(owed[0]! + owed[1]! + owed[2]!).toBe(ledger.totals.chargedMicros);
        charged += ledger.totals.chargedMicros;
      }),
      { seed, numRuns: 60 },
    );
    // So that the property has seen money.
    expect(charged).toBeGreaterThan(1_000_000);
  });
});

describe('what an ad pays for', () => {
  const only = async (campaign: Partial<Campaign>) => {
    const opened = await openMarket();
    const { engine } = opened;
    const { bidMicros: _, dailyBudgetMicros: __, ...rest } = CAMPAIGNS[1]!;
    const saved = await engine.save('campaign', [{ ...rest, id: 'autumn', ...campaign }], 'test');
    expect(saved).toMatchObject({ saved: 1, rejected: [] });
    const ad = showAds(engine).find(({ campaign: id }) => id === 'autumn')!;
    return { ...opened, ad, charged: () => engine.state.ledger.totals.chargedMicros };
  };

  it('may be being seen: once a token, a thousandth of the price of a thousand, and its click is free', async () => {
    const budget = { bidMicros: 300_000, dailyBudgetMicros: 5_000 };
    const { engine, ad, charged } = await only({ objective: 'views', ...budget });
    expect(claimsOf(ad)).toMatchObject({ billing: 'view', priceMicros: ad.priceMicros });
    expect(ad.priceMicros).toBeLessThanOrEqual(300);
    expect(ad.priceMicros).toBeGreaterThan(0);
    const seen = { listing: ad.listing, token: ad.token };
    await engine.ingest([event('i1', 'impression', seen), event('i2', 'impression', seen), clickOn('c1', ad)]);
    expect(charged()).toBe(ad.priceMicros);
    expect(rows(engine)).toMatchObject([{ impressions: 2, invalidImpressions: 1, clicks: 1, invalidClicks: 0 }]);
  });

  it('may be an order: its share of the value, and what comes back is given back', async () => {
    const { engine, ad: clickAd, charged, clock } = await only({ bidMicros: 300_000, weeklyBudgetMicros: 70_000_000 });
    const terms = { billing: 'order' as const, priceMicros: 0, commissionBasisPoints: 1000 };
    const ad = { ...clickAd, token: signToken({ ...claimsOf(clickAd), ...terms }, SECRET) };
    await engine.ingest([clickOn('c1', ad)]);
    expect(charged()).toBe(0);
    clock.set(millis(NOW + 13 * DAY));
    const line = { listing: ad.listing, order: 'o', quantity: 2, priceMicros: 4_000_005 };
    await engine.ingest([event('p1', 'purchase', line), event('p1', 'purchase', line)]);
    expect(charged()).toBe(800_001);
    clock.set(millis(NOW + 20 * DAY));
    await engine.ingest([event('r1', 'return', { ...line, quantity: 1 })]);
    expect(engine.state.ledger.totals.refundedMicros).toBe(400_000);
    expect(engine.state.ledger.owedMicros(engine.state.market.shopOf('weaver'))).toBe(400_001);
  });

  it('is limited by the week, by the life of the campaign, and by the wallet of its shop', async () => {
    for (const limit of [{ weeklyBudgetMicros: 70_000 }, { lifetimeBudgetMicros: 20_000 }]) {
      const { engine, ad, charged } = await only({ bidMicros: 300_000, ...limit });
      await engine.ingest([clickOn('c1', ad)]);
      expect(charged()).toBe(Math.min(ad.priceMicros, 20_000));
    }
  });
});

it('a campaign keeps its shop, whose account its charges and refunds are booked on', async () => {
  const { engine } = await openStrictMarket();
  const loose = { id: 'loose', title: 'A thing of nobody', priceMicros: 1_000_000 };
  await engine.save('listing', [loose], 'test');
  const campaign: Campaign = {
    id: 'c',
    shop: 'potter',
    listings: ['loose'],
    bidMicros: 10_000,
    dailyBudgetMicros: 1e6,
  };
  await engine.save('campaign', [campaign], 'test');
  const { rejected } = await engine.save('campaign', [{ ...campaign, shop: 'weaver' }], 'test');
  expect(rejected[0]).toMatchObject({ code: 'bad-request', message: expect.stringContaining('is of shop "potter"') });
  expect((await engine.save('campaign', [{ ...campaign, bidMicros: 20_000 }], 'test')).rejected).toEqual([]);
});
