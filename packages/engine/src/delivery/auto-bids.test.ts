/** What is bid for whom, as explanations tell it. */
import type { Campaign, ExplainedCandidate } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { millis } from '../base/units.ts';
import type { Engine } from './engine.ts';
import { event, openMarket, purchase, type TestEngine } from './market.fixture.ts';

const SALES: Campaign = {
  id: 'sales',
  shop: 'joiner',
  listings: ['l6', 'l7'],
  objective: 'sales',
  bidMicros: 400_000,
  dailyBudgetMicros: 50_000_000,
};

/** All offers of the campaign for a page. */
async function offersOf(engine: Engine, campaign: string): Promise<ExplainedCandidate[]> {
  const { decisionId } = engine.decide({ placements: ['home'], buyer: 'eve' });
  const { identical, placements } = await engine.explain(decisionId);
  expect(identical).toBe(true);
  return placements.flatMap(({ candidates }) => candidates).filter((one) => one.campaign === campaign);
}

/** Of two listings that are looked at alike, one is bought. */
async function letOneSell(engine: Engine): Promise<void> {
  for (let i = 0; i < 60; i++) {
    const buyer = `b${i}`;
    await engine.ingest([
      event(`v${i}`, 'view', { buyer, listing: 'l6' }),
      event(`w${i}`, 'view', { buyer, listing: 'l7' }),
      ...(i % 4 === 0 ? [purchase(`p${i}`, 'l6', { buyer })] : []),
    ]);
  }
}

async function clickAds({ engine, clock }: TestEngine, campaign: string, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const buyer = `clicker-${i}`;
    const { items } = engine.decide({ placements: ['home'], buyer }).placements[0]!;
    const ad = items.find((item) => item.campaign === campaign);
    clock.set(millis(clock.now() + 60_000));
    if (ad) await engine.ingest([event(`k${i}`, 'click', { buyer, listing: ad.id, token: ad.token })]);
  }
}

describe('a bid by hand for sales', () => {
  it('is raised for what is bought often and lowered for what is not, and says so', async () => {
    const opened = await openMarket();
    const { engine } = opened;
    await engine.save('campaign', [SALES], 'test');
    await letOneSell(engine);
    for (const offer of await offersOf(engine, 'sales')) {
      expect(offer.bidMicros).toBe(400_000);
      expect(offer.bidFactors).toBeUndefined();
    }
    await clickAds(opened, 'sales', 40);
    const offers = await offersOf(engine, 'sales');
    const [sells, stays] = ['l6', 'l7'].map((id) => offers.find((offer) => offer.id === id)!);
    expect(sells!.bidFactors!.conversion! / stays!.bidFactors!.conversion!).toBeGreaterThan(1.3);
    for (const offer of offers)
      expect(offer.bidMicros).toBe(Math.floor(SALES.bidMicros! * (offer.bidFactors?.conversion ?? 1)));
  });
});

describe('the explanation of a bid that lost', () => {
  it('tells what automatic bidding and a commission would have bid', async () => {
    const { engine } = await openMarket();
    const { bidMicros: _, ...rest } = SALES;
    const past = { startsAt: 1, endsAt: 2 };
    await engine.save(
      'campaign',
      [
        { ...rest, id: 'automatic', bidding: { strategy: 'maximise-conversions' }, ...past },
        { ...rest, id: 'commission', objective: 'cost-per-sale', commissionBasisPoints: 1_000, ...past },
      ],
      'test',
    );
    await letOneSell(engine);
    const automatic = await offersOf(engine, 'automatic');
    expect(automatic.length).toBeGreaterThan(0);
    for (const { bidMicros, dropped } of automatic) {
      expect(dropped?.reason).toBe('campaign-ended');
      expect(bidMicros).toBeGreaterThan(0);
    }
    const commission = await offersOf(engine, 'commission');
    // A tenth of 7 and of 8.
    expect(new Set(commission.map(({ bidMicros }) => bidMicros))).toEqual(new Set([700_000, 800_000]));
  });
});

describe('an automatic bid without a cap', () => {
  const { bidMicros: _, ...rest } = SALES;
  /** The campaign's bids once pacing has raised them for two hours, as it does where a budget is far from being spent. */
  async function raised(document: Campaign): Promise<number[]> {
    const opened = await openMarket();
    const { engine, clock } = opened;
    await engine.save('campaign', [document], 'test');
    await letOneSell(engine);
    for (let i = 0; i < 120; i++) {
      clock.set(millis(clock.now() + 60_000));
      engine.decide({ placements: ['home'], buyer: `b${i}` });
      await engine.ingest([event(`x${i}`, 'view', { buyer: `b${i}`, listing: 'l1' })]);
    }
    return (await offersOf(engine, document.id)).map(({ bidMicros = 0 }) => bidMicros);
  }

  it('is ten times the price of a usual click at the most, or a twentieth of the day', async () => {
    const clicks: Campaign = { ...rest, objective: 'visits', bidding: { strategy: 'maximise-clicks' } };
    // A click costs a tenth of a unit before anything was charged.
    for (const bid of await raised({ ...clicks, dailyBudgetMicros: 5_000_000 })) expect(bid).toBe(1_000_000);
    for (const bid of await raised({ ...clicks, dailyBudgetMicros: 60_000_000 })) expect(bid).toBe(3_000_000);
  });

  it('is not more than what is left to pay it with', async () => {
    const bids = await raised({ ...rest, bidding: { strategy: 'maximise-conversions' }, dailyBudgetMicros: 40_000 });
    expect(bids.length).toBeGreaterThan(0);
    for (const bid of bids) expect(bid).toBeLessThanOrEqual(40_000);
  });
});

describe('an ad that pays by order', () => {
  it('is known to pacing as money on its way', async () => {
    const { engine } = await openMarket();
    const { bidMicros: _, ...rest } = SALES;
    const campaign: Campaign = { ...rest, objective: 'cost-per-sale', commissionBasisPoints: 1_000 };
    await engine.save('campaign', [campaign], 'test');
    const { items } = engine.decide({ placements: ['home'], buyer: 'eve' }).placements[0]!;
    const ad = items.find((item) => item.campaign === 'sales')!;
    await engine.ingest([event('v', 'view', { buyer: 'eve', listing: 'l1' })]);
    const row = engine.state.market.campaigns.documents.ids.find('sales');
    const price = engine.state.market.listings.priceMicros.data[engine.state.market.listings.ids.find(ad.id)]!;
    expect(engine.state.pacing.usualPriceMicros(row)).toBeGreaterThan(0);
    // One of a thousand, before any was bought.
    expect(engine.state.pacing.view(row).inFlightMicros).toBeCloseTo((price / 10) * 0.001, -1);
  });
});
