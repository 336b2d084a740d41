import type { Campaign, DecideRequest, Targeting } from '@rialto/sdk';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { millis } from '../base/units.ts';
import { sourceBit } from '../features/candidates.ts';
import { resolveMoment } from '../features/moment.ts';
import { addSponsored } from '../retrieval/sponsored-source.ts';
import { tokenize } from '../retrieval/text-tokens.ts';
import { applyRecord } from './apply.ts';
import { openPage } from './decide.ts';
import { State } from './state.ts';
import { Workspace } from './workspace.ts';

const NOW = Date.UTC(2026, 4, 20, 12);
const LISTINGS = ['a', 'b', 'c', 'd', 'e', 'f'];
const CATEGORIES = ['Home', 'Home > Kitchen', 'Home > Kitchen > Mugs', 'Garden'];
const SAVED = { at: NOW, by: 'test' };

/** A marketplace in which a and b are bought together. */
function marketplace(campaigns: readonly Campaign[]): State {
  const state = new State();
  applyRecord(state, { kind: 'shop', ...SAVED, entity: { id: 's', name: 's' } });
  applyRecord(state, { kind: 'placement', ...SAVED, entity: { id: 'home', slots: 3, adSlots: [0], sources: [] } });
  LISTINGS.forEach((id, i) => {
    const entity = { id, title: id, priceMicros: 1, shop: 's', category: CATEGORIES[i % CATEGORIES.length]! };
    applyRecord(state, { kind: 'listing', ...SAVED, entity });
  });
  for (const listing of ['a', 'b']) {
    const event = { id: `p-${listing}`, type: 'purchase' as const, buyer: 'z', listing, order: 'o', at: NOW };
    applyRecord(state, { kind: 'event', at: NOW, event });
  }
  for (const entity of campaigns) applyRecord(state, { kind: 'campaign', ...SAVED, entity });
  return state;
}

/** The page told to a workspace. */
function turnTo(
  state: State,
  request: DecideRequest,
): { workspace: Workspace; moment: ReturnType<typeof resolveMoment> } {
  const workspace = new Workspace();
  const moment = resolveMoment(request, millis(NOW), 0, state.market);
  openPage(workspace, { state, request, moment });
  workspace.page.turnTo('home', state.market);
  const { page, evidence } = workspace;
  const placement = state.market.placements.get('home')!;
  workspace.gate.begin({ state, page, evidence, placement, at: millis(NOW), decisionId: 'd' });
  return { workspace, moment };
}

// What targeting means, from the documents alone.
const words = (text: string): string[] => tokenize(text, 'en');
const inRow = (query: string[], some: string[]): boolean =>
  query.some((_, from) => some.every((word, i) => query[from + i] === word));
const MATCHES = {
  exact: (query: string[], some: string[]) => query.join(' ') === some.join(' '),
  phrase: inRow,
  broad: (query: string[], some: string[]) => some.every((word) => query.includes(word)),
};

function targets(campaign: Campaign, listing: string, { context = {} }: DecideRequest): boolean {
  const { placements, bidAdjustments = {}, targeting = {} } = campaign;
  if (placements && !placements.includes('home')) return false;
  if (bidAdjustments.placements?.home === 0) return false;
  const device = context.device === 'ios' || context.device === 'android' ? 'app' : context.device;
  if (device && device !== 'web' && bidAdjustments.devices?.[device] === 0) return false;
  const among = (list: readonly string[] | undefined, value: string | undefined): boolean =>
    list === undefined || (value !== undefined && list.includes(value));
  if (!among(targeting.countries, context.country) || !among(targeting.regions, context.region)) return false;
  if (!among(targeting.devices, device)) return false;
  const has = (audience: string): boolean => context.audiences?.includes(audience) === true;
  if (targeting.audiences?.include?.some(has) === false || targeting.audiences?.exclude?.some(has)) return false;
  const query = context.query === undefined ? [] : words(context.query);
  const matches = ({ text, match }: { text: string; match: keyof typeof MATCHES }): boolean =>
    query.length > 0 && MATCHES[match](query, words(text));
  if (targeting.negativeKeywords?.some(matches)) return false;
  return isPageOf(targeting, { context, listing, matches });
}

function isPageOf(
  targeting: Targeting,
  page: {
    context: NonNullable<DecideRequest['context']>;
    listing: string;
    matches: (keyword: NonNullable<Targeting['keywords']>[number]) => boolean;
  },
): boolean {
  const { keywords, categories, products, complements } = targeting;
  if (!keywords && !categories && !products && !complements) return true;
  const { context, listing, matches } = page;
  const category = context.category ?? (context.listing && CATEGORIES[LISTINGS.indexOf(context.listing) % 4]);
  const onPage = [...(context.cart ?? []), ...(context.listing ? [context.listing] : [])];
  const goesWith = { a: 'b', b: 'a' }[listing];
  return (
    keywords?.some(matches) === true ||
    categories?.some((path) => category === path || category?.startsWith(`${path} > `)) === true ||
    products?.includes(context.listing ?? '') === true ||
    (complements === true && goesWith !== undefined && onPage.includes(goesWith))
  );
}

const some = <T>(...values: T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const maybe = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] }) as unknown as fc.Arbitrary<Partial<T>>;
const text = some('red', 'mug', 'gift', 'mugs').map((list) => list.join(' '));
const targeting = maybe({
  keywords: fc.array(fc.record({ text, match: fc.constantFrom('exact', 'phrase', 'broad') }), {
    minLength: 1,
    maxLength: 2,
  }),
  negativeKeywords: fc.array(fc.record({ text, match: fc.constantFrom('exact', 'phrase') }), { maxLength: 1 }),
  categories: some(...CATEGORIES),
  products: some(...LISTINGS),
  complements: fc.constant(true),
});
const who = maybe({
  countries: some('DE', 'FR'),
  regions: some('x', 'y'),
  devices: some('app', 'mobile'),
  audiences: maybe({ include: some('u', 'v'), exclude: some('w') }),
});
const campaign = fc.record({
  listings: fc.uniqueArray(fc.constantFrom(...LISTINGS), { minLength: 1, maxLength: 3 }),
  // Most ask little of who sees it, so that pages find some.
  targeting: fc
    .tuple(targeting, fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, who))
    .map(([a, b]) => ({ ...a, ...b })),
  more: fc.oneof(
    { weight: 5, arbitrary: fc.constant({}) },
    fc.constant({ placements: ['cart'] }),
    fc.constant({ placements: ['cart', 'home'] }),
    fc.constant({ bidAdjustments: { placements: { home: 0 } } }),
    fc.constant({ bidAdjustments: { devices: { app: 0, mobile: 2 } } }),
  ),
});
const context = maybe({
  query: text,
  category: fc.constantFrom(...CATEGORIES, 'Garden > Tools'),
  listing: fc.constantFrom(...LISTINGS),
  cart: some(...LISTINGS),
  country: fc.constantFrom('DE', 'FR', 'IT'),
  region: fc.constantFrom('x', 'z'),
  device: fc.constantFrom('app', 'ios', 'web', 'mobile', 'desktop'),
  audiences: some('u', 'v', 'w'),
});
const cases = fc.tuple(
  fc.array(campaign, { minLength: 1, maxLength: 12 }),
  fc.array(context, { minLength: 1, maxLength: 6 }),
);

const campaignsOf = (drawn: readonly { listings: string[]; targeting: object; more: object }[]): Campaign[] =>
  drawn.map(({ listings, targeting, more }, i) => ({
    id: `c${i}`,
    shop: 's',
    listings,
    bidMicros: 1_000,
    dailyBudgetMicros: 1_000,
    targeting,
    ...more,
  }));

describe('targeting', () => {
  it('by index is what comparing every campaign with the page says (seed 53)', () => {
    fc.assert(
      fc.property(cases, ([drawn, contexts]) => {
        const campaigns = campaignsOf(drawn);
        const state = marketplace(campaigns);
        for (const context of contexts) {
          const request = { placements: ['home'], buyer: 'ann', context } as DecideRequest;
          const { gate } = turnTo(state, request).workspace;
          for (const [row, one] of campaigns.entries())
            for (const listing of one.listings) {
              const listingRow = state.market.listingOf(listing);
              const expected = targets(one, listing, request);
              expect([one, listing, context, gate.admits(row, listingRow)]).toEqual([one, listing, context, expected]);
              expect(gate.whyNot(row, listingRow) === null).toBe(expected);
            }
        }
      }),
      { seed: 53, numRuns: 300 },
    );
  });

  it('finds every campaign that names the page, while they are few (seed 54)', () => {
    fc.assert(
      fc.property(cases, fc.double({ min: 0, max: 0.999, noNaN: true }), ([drawn, contexts], draw) => {
        const campaigns = campaignsOf(drawn);
        const state = marketplace(campaigns);
        const { market, signals, texts, advertised } = state;
        for (const context of contexts) {
          const request = { placements: ['home'], buyer: 'ann', context } as DecideRequest;
          const { workspace, moment } = turnTo(state, request);
          const { candidates, evidence, scratch, keys, page, gate } = workspace;
          const found = { moment, market, signals, texts, candidates, evidence, scratch, keys };
          candidates.begin();
          addSponsored({ ...found, advertised, page, admits: gate.admits, limit: 48, draw });
          const brought = new Set(
            Array.from({ length: candidates.size }, (_, i) => {
              expect(candidates.sources[i]).toBe(sourceBit('sponsored'));
              return market.listings.ids.text(candidates.listing[i]!);
            }),
          );
          const named = campaigns.filter(({ targeting = {} }) => {
            const { keywords, categories, products } = targeting;
            return keywords ?? categories ?? products;
          });
          const wanted = new Set(
            campaigns.flatMap((one) => one.listings.filter((listing) => targets(one, listing, request))),
          );
          for (const listing of brought) expect(wanted).toContain(listing);
          // One shop has three places, so a page that more listings suit leaves some out.
          if (wanted.size > 3 || context.query !== undefined) continue;
          for (const one of named) {
            const own = one.listings.filter((listing) => targets(one, listing, request));
            if (own.length > 0) expect(own.some((listing) => brought.has(listing))).toBe(true);
          }
        }
      }),
      { seed: 54, numRuns: 300 },
    );
  });
});
