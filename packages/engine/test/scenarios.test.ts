/** Behaviour as data: every scenario of `scenarios/*.json`, played by the whole engine, and what must hold in all of them. */
import { readdirSync, readFileSync } from 'node:fs';
import type { DecisionExplanation, ExplainedCandidate } from '@rialto/sdk';
import { describe, expect, it } from 'vitest';
import { play, type Scenario } from './scenario.ts';

interface ScenarioFile {
  readonly about: string;
  /** What the scenarios have in common. */
  readonly given?: Partial<Scenario>;
  readonly scenarios: readonly Scenario[];
}

const folder = new URL('./scenarios/', import.meta.url);
const FILES = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as ScenarioFile);

type Explained = DecisionExplanation['placements'][number];

/** The items as a scenario writes them. */
function shown({ items, candidates }: Explained): string[] {
  let next = 0;
  return items.map(({ kind, id, position }) => {
    const where = position === next ? '' : `at ${position}: `;
    next = position + 1;
    if (kind === 'listing') return `${where}${id}`;
    const ad = candidates.find((candidate) => candidate.kind === 'ad' && candidate.id === id && 'shownAt' in candidate);
    return `${where}ad: ${id} for ${(ad!.priceMicros! / 1_000_000).toFixed(2)}`;
  });
}

function reasons({ candidates }: Explained, kind: 'listing' | 'ad', key: 'id' | 'campaign'): Record<string, string> {
  return Object.fromEntries(
    candidates
      .filter((candidate) => candidate.kind === kind && candidate.dropped)
      .map((candidate) => [candidate[key], candidate.dropped!.reason]),
  );
}

/** The derivations of the prices of the ads shown, by campaign. */
function prices({ candidates }: Explained): Record<string, unknown> {
  return Object.fromEntries(
    candidates.flatMap(({ campaign, price }) => (campaign && price ? [[campaign, price]] : [])),
  );
}

/** What no decision may do, whatever the scenario is about. */
function expectSane(explanation: DecisionExplanation): void {
  expect(explanation.identical).toBe(true);
  const ids = explanation.placements.flatMap(({ items }) => items.map(({ id }) => id));
  expect(new Set(ids).size, 'a listing stands twice on the page').toBe(ids.length);
  for (const { items, candidates } of explanation.placements) {
    const positions = items.map(({ position }) => position);
    expect(new Set(positions).size, 'two items at one position').toBe(positions.length);
    for (const candidate of candidates) {
      const fates = [candidate.shownAt !== undefined, candidate.dropped !== undefined].filter(Boolean);
      expect(fates.length, `${candidate.kind} ${candidate.id} must be either shown or dropped`).toBe(1);
      expect(Number.isFinite(candidate.score), `the score of ${candidate.id}`).toBe(true);
      expectDerived(candidate);
      if (candidate.priceMicros !== undefined) expect(candidate.priceMicros).toBeLessThanOrEqual(candidate.bidMicros!);
    }
  }
}

/** Every price comes with the sum that it follows from. */
function expectDerived({ price, priceMicros, bidMicros }: ExplainedCandidate): void {
  expect(price !== undefined, 'a price and its derivation go together').toBe(priceMicros !== undefined);
  if (price === undefined || priceMicros === undefined) return;
  const { format, paidFor, thresholds, bonusMicros, weight, exactMicros, reserveMicros, coinMicros, rounding } = price;
  expect(price.formula).toContain(String(priceMicros));
  expect(priceMicros).toBeGreaterThanOrEqual(reserveMicros);
  if (format === 'first-price' || paidFor === 'order') {
    expect(priceMicros).toBe(bidMicros);
    return;
  }
  const score = thresholds.reduce((sum, { scoreMicros, share }) => sum + scoreMicros * share, 0);
  expect((score - bonusMicros) / weight).toBeCloseTo(exactMicros, 3);
  if (rounding === 'none') expect(priceMicros).toBeCloseTo(exactMicros, 3);
  if (rounding === 'up-to-coin') expect(priceMicros % coinMicros).toBe(0);
  expect(Math.abs(priceMicros - exactMicros)).toBeLessThanOrEqual(coinMicros);
}

for (const { about, given = {}, scenarios } of FILES) {
  describe(about, () => {
    it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, own) => {
      const scenario = {
        ...given,
        ...own,
        listings: { ...given.listings, ...own.listings },
        campaigns: { ...given.campaigns, ...own.campaigns },
        pages: { ...given.pages, ...own.pages },
        events: [...(given.events ?? []), ...(own.events ?? [])],
      };
      const engine = await play(scenario);
      const { decisionId } = engine.decide(scenario.request);
      const explanation = await engine.explain(decisionId);
      const byPage = Object.fromEntries(explanation.placements.map((placement) => [placement.placement, placement]));
      expect(Object.fromEntries(Object.entries(byPage).map(([page, explained]) => [page, shown(explained)]))).toEqual(
        scenario.shows,
      );
      for (const [page, expected] of Object.entries(scenario.dropped ?? {}))
        expect(reasons(byPage[page]!, 'listing', 'id')).toMatchObject(expected);
      for (const [page, expected] of Object.entries(scenario.adsDropped ?? {}))
        expect(reasons(byPage[page]!, 'ad', 'campaign')).toMatchObject(expected);
      for (const [page, expected] of Object.entries(scenario.prices ?? {}))
        expect(prices(byPage[page]!)).toMatchObject(expected);
      expectSane(explanation);
    });
  });
}

it('there are scenarios enough to trust the runner', () => {
  expect(FILES.flatMap(({ scenarios }) => scenarios).length).toBeGreaterThanOrEqual(30);
});
