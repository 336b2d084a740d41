/**
 * A scenario: a small market, what happened in it, a page, and what the page must show. Written for people who place slots
 * and run campaigns: money in units of the currency, events as sentences. `scenarios/*.json` hold them.
 */
import type {
  BuyerEvent,
  Campaign,
  DecideRequest,
  Listing,
  Placement,
  PriceDerivation,
  Rule,
  Settings,
  Source,
} from '@rialto/sdk';
import { ManualClock } from '../src/base/clock.ts';
import { MILLIS_PER_DAY, millis } from '../src/base/units.ts';
import { Engine } from '../src/delivery/engine.ts';
import { MemoryLog } from '../src/log/memory-log.ts';
import { EVERY_CLICK } from './charges.ts';

/** A Wednesday at noon. */
const NOW = Date.UTC(2026, 4, 20, 12);
const MICROS = 1_000_000;
const POPULAR: readonly Source[] = [{ source: 'popular', limit: 100 }];

interface ScenarioListing extends Omit<Partial<Listing>, 'id' | 'priceMicros'> {
  /** 10 where absent. */
  readonly price?: number;
}

interface ScenarioCampaign extends Omit<Campaign, 'id' | 'bidMicros' | 'dailyBudgetMicros' | 'startsAt' | 'endsAt'> {
  /** Of a click or of a thousand views. */
  readonly bid?: number;
  /** 100 where absent. */
  readonly daily?: number;
  readonly startsInDays?: number;
  readonly endsInDays?: number;
}

interface ScenarioPage extends Omit<Placement, 'id' | 'sources' | 'reserveMicros'> {
  /** What is popular where absent. */
  readonly sources?: readonly Source[];
  readonly rules?: readonly Rule[];
  readonly reserve?: number;
}

export interface Scenario {
  readonly name: string;
  readonly settings?: Settings;
  readonly listings?: Readonly<Record<string, ScenarioListing>>;
  readonly campaigns?: Readonly<Record<string, ScenarioCampaign>>;
  readonly pages?: Readonly<Record<string, ScenarioPage>>;
  readonly events?: readonly string[];
  readonly request: DecideRequest;
  /** By page, in order: "cup", "ad: cup for 0.30", or "at 3: cup" where a position before is empty. */
  readonly shows: Readonly<Record<string, readonly string[]>>;
  /** Why listings are not shown, by page. Others may be dropped too. */
  readonly dropped?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Why campaigns are not shown, by page. */
  readonly adsDropped?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Where campaigns' prices come from, by page: what of the derivation is to be checked. */
  readonly prices?: Readonly<Record<string, Readonly<Record<string, DeepPartial<PriceDerivation>>>>>;
}

type DeepPartial<T> = T extends object ? { readonly [Key in keyof T]?: DeepPartial<T[Key]> } : T;

export async function play(scenario: Scenario): Promise<Engine> {
  let nonce = 0;
  const clock = new ManualClock(millis(NOW));
  const engine = await Engine.open({
    log: new MemoryLog(),
    clock,
    tokenSecret: new Uint8Array(32).fill(7),
    nonce: () => `n${nonce++}`,
  });
  await engine.save('settings', [scenario.settings ?? EVERY_CLICK], 'scenario');
  await saveMarket(engine, scenario);
  let events = 0;
  for (const sentence of scenario.events ?? []) events = await happen(engine, sentence, events);
  return engine;
}

async function saveMarket(engine: Engine, { listings = {}, campaigns = {}, pages = {} }: Scenario): Promise<void> {
  const shops = new Set(
    [...Object.values(listings), ...Object.values(campaigns)].flatMap(({ shop }) => (shop === undefined ? [] : [shop])),
  );
  const saves = [
    await engine.save(
      'shop',
      [...shops].map((id) => ({ id, name: id })),
      'scenario',
    ),
    await engine.save(
      'listing',
      Object.entries(listings).map(([id, { price = 10, ...rest }]) => ({
        id,
        title: id,
        priceMicros: Math.round(price * MICROS),
        ...rest,
      })),
      'scenario',
    ),
    await engine.save('campaign', Object.entries(campaigns).map(campaignOf), 'scenario'),
    await engine.save(
      'placement',
      Object.entries(pages).map(([id, { sources = POPULAR, reserve, ...rest }]) => ({
        id,
        sources,
        ...rest,
        ...(reserve !== undefined && { reserveMicros: Math.round(reserve * MICROS) }),
      })),
      'scenario',
    ),
  ];
  const refused = saves.flatMap(({ rejected }) => rejected);
  if (refused.length > 0) throw new Error(`the scenario's market is refused: ${JSON.stringify(refused)}`);
}

function campaignOf([id, given]: [string, ScenarioCampaign]): Campaign {
  const { bid, daily = 100, startsInDays, endsInDays, ...rest } = given;
  return {
    id,
    ...rest,
    ...(bid !== undefined && { bidMicros: Math.round(bid * MICROS) }),
    dailyBudgetMicros: Math.round(daily * MICROS),
    ...(startsInDays !== undefined && { startsAt: NOW + startsInDays * MILLIS_PER_DAY }),
    ...(endsInDays !== undefined && { endsAt: NOW + endsInDays * MILLIS_PER_DAY }),
  };
}

const TYPES: Readonly<Record<string, BuyerEvent['type']>> = {
  buy: 'purchase',
  view: 'view',
  see: 'impression',
  click: 'click',
  hide: 'hide',
  like: 'favourite',
};
const SENTENCE =
  /^(?:(?<many>\d+) people|session (?<session>\S+)|(?<buyer>\S+)) (?<verb>buy|view|see|click|hide|like)s? (?<what>\S+(?: and \S+)*)(?: (?<days>\d+) days? ago)?$/;
const AD_CLICK = /^(?<buyer>\S+) clicks the ad of (?<campaign>\S+) on (?<page>\S+)(?: (?<times>\d+) times)?$/;

/** Makes a sentence happen; returns how many events there have been. */
async function happen(engine: Engine, sentence: string, events: number): Promise<number> {
  const adClick = AD_CLICK.exec(sentence)?.groups;
  if (adClick) return clickAd(engine, adClick, events);
  const said = SENTENCE.exec(sentence)?.groups;
  if (!said) throw new Error(`the scenario says what no scenario can say: ${sentence}`);
  const { many, session, buyer, verb, what, days = '0' } = said;
  const type = TYPES[verb!]!;
  const batch: BuyerEvent[] = [];
  for (let person = 0; person < Number(many ?? 1); person++) {
    const order = `order-${events}-${person}`;
    const who = many ? { session: `${order}-somebody` } : session ? { session } : { buyer: buyer! };
    for (const listing of what!.split(' and ')) {
      batch.push({
        id: `event-${events}-${batch.length}`,
        type,
        listing,
        at: NOW - Number(days) * MILLIS_PER_DAY - 1,
        ...who,
        ...(type === 'purchase' && { order, priceMicros: engine.read('listing', listing)?.priceMicros ?? 0 }),
      });
    }
  }
  const { rejected } = await engine.ingest(batch, { imported: Number(days) > 6 });
  if (rejected.length > 0) throw new Error(`"${sentence}" is refused: ${rejected[0]!.message}`);
  return events + 1;
}

async function clickAd(
  engine: Engine,
  { buyer, campaign, page, times = '1' }: Record<string, string>,
  events: number,
): Promise<number> {
  for (let time = 0; time < Number(times); time++) {
    const { placements } = engine.decide({ buyer: buyer!, placements: [page!] });
    const ad = placements[0]!.items.find((item) => item.campaign === campaign);
    if (!ad) throw new Error(`${page} shows no ad of ${campaign} at click ${time + 1}`);
    await engine.ingest([
      { id: `event-${events}-${time}`, type: 'click', listing: ad.id, token: ad.token, buyer: buyer! },
    ]);
  }
  return events + 1;
}
