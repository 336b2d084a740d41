/** One record applied to the state: the only way in which state changes. */
import type { Listing, Settings } from '@rialto/sdk';
import { millis } from '../base/units.ts';
import { countryOf, deviceOf } from '../features/ad-page.ts';
import type { DecisionRecord, LogRecord } from '../log/record.ts';
import { buyerKey } from '../market/buyers.ts';
import { BILLINGS } from '../market/campaigns.ts';
import type { Market } from '../market/market.ts';
import { listingTerms, searchedText } from '../retrieval/listing-terms.ts';
import { advertise, campaignNames, putCampaign } from './advertise.ts';
import { applyEvent } from './apply-event.ts';
import { applyModel } from './apply-model.ts';
import { erasePerson, forgetIdle } from './forget-buyers.ts';
import { bookPayment, bookRefund } from './keep-books.ts';
import type { SplitArm } from './split-arms.ts';
import type { State } from './state.ts';

const ORDER = BILLINGS.indexOf('order');
const BASIS_POINTS = 10_000;

export function applyRecord(state: State, record: LogRecord): void {
  const { market } = state;
  state.logTime = Math.max(state.logTime, record.at);
  state.ledger.advance(millis(record.at));
  state.reserves.advance(millis(record.at), market);
  state.slotEffects.advance(millis(record.at), market);
  state.pacing.advance(millis(record.at), state.pacedMarket, state.pacedMarket);
  state.arms.advance(millis(record.at));
  state.experiments.bandits.advance(state.logTime);
  forgetIdle(state, millis(record.at));
  switch (record.kind) {
    case 'event':
      applyEvent(state, record);
      break;
    case 'decision':
      state.tally.decisions++;
      applyDecision(state, record);
      break;
    case 'listing':
      putListing(state, record.entity, record.at);
      break;
    case 'shop':
      state.books.accounts.put(market.shopOf(record.entity.id), record.entity);
      state.versions.add('shop', market.shops.put(record.entity.id, record.entity), state.offset);
      break;
    case 'campaign':
      state.versions.add('campaign', putCampaign(state, record.entity), state.offset);
      break;
    case 'placement':
      state.versions.add('placement', market.placements.put(record.entity.id, record.entity), state.offset);
      break;
    case 'experiment':
      state.versions.add('experiment', market.experiments.put(record.entity.id, record.entity), state.offset);
      state.experiments.bandits.put(record.entity);
      state.experiments.changed(state.logTime);
      state.books.split.put(record.entity, state.logTime);
      break;
    case 'ranker':
      state.versions.add('ranker', market.rankers.put(record.entity.id, record.entity), state.offset);
      break;
    case 'review':
      for (const row of market.reviews.put(record.entity, market.listingOf)) state.signals.reviewed(market, row);
      break;
    case 'settings':
      putSettings(state, record.entity);
      state.books.setRules(record.entity.ads ?? {});
      break;
    case 'model':
      applyModel(state, record);
      break;
    case 'payment':
      bookPayment(state.keeping, market.shopOf(record.payment.shop), record);
      break;
    case 'refund':
      bookRefund(state.keeping, record);
      break;
    case 'erasure':
      erasePerson(state, record);
      break;
  }
  state.offset++;
}

/** Keywords are read in the marketplace's language: another one makes other words of them. */
function putSettings({ market }: State, settings: Settings): void {
  const { language } = market.settings();
  market.setSettings(settings);
  if (settings.language !== language) market.campaigns.rereadKeywords(campaignNames(market).wordsOf);
}

/** What was shown is on its way to be billed. */
function applyDecision(state: State, record: DecisionRecord): void {
  const { market, traffic, segments, pacing, experiments } = state;
  const { at, request, placements, exposures } = record;
  const arm = armOf(state, record);
  if (exposures !== undefined) for (const exposure of exposures) experiments.expose(exposure, at);
  const { context = {} } = request;
  const key = buyerKey(request);
  const buyer = key === undefined ? -1 : market.buyers.meet(key, millis(at));
  const seen = { country: countryOf(context, buyer, market) ?? '', device: deviceOf(context) };
  for (const { placement, listings, campaigns, pricesMicros, interleaved } of placements) {
    if (interleaved !== undefined) experiments.interleaved(interleaved.experiment);
    const row = market.placements.ids.find(placement);
    if (row >= 0) traffic.observe(row, millis(at));
    segments.observe({ placement, ...seen }, millis(at));
    for (let i = 0; i < campaigns.length; i++) {
      if (campaigns[i] === '') continue;
      const campaign = market.campaigns.documents.ids.find(campaigns[i]!);
      if (campaign < 0) continue;
      const kind = market.campaigns.billing.data[campaign]!;
      const price = kind === ORDER ? commissionOf(market, campaign, listings[i]!) : pricesMicros[i]!;
      pacing.served(campaign, price, millis(at), kind);
      arm?.pacing.served(campaign, price, millis(at), kind);
    }
  }
}

/** What an order of the listing would cost the campaign. */
function commissionOf({ campaigns, listings }: Market, campaign: number, id: string): number {
  const listing = listings.ids.find(id);
  if (listing < 0) return 0;
  return (listings.priceMicros.data[listing]! * campaigns.commissionBasisPoints.data[campaign]!) / BASIS_POINTS;
}

/** Whose part of the budgets a decision spends; undefined where they are whole. */
function armOf({ books, arms }: State, { at, id, exposures }: DecisionRecord): SplitArm | undefined {
  const shares = books.split.at(at);
  return shares && arms.of(shares.armOf(exposures, id, at));
}

function putListing(state: State, listing: Listing, at: number): void {
  const { market, signals, texts, claims } = state;
  const { listings } = market;
  const known = listings.ids.find(listing.id);
  const category = known < 0 ? -1 : listings.category.data[known]!;
  const priceBefore = known < 0 ? listing.priceMicros : listings.priceMicros.data[known]!;
  const row = listings.put(listing, at);
  claims.prices.note(row, at, { before: priceBefore, now: listing.priceMicros, firstAt: listings.savedAt.data[row]! });
  claims.setStock(row, listing.stock && { quantity: listing.stock.quantity, at: listing.stock.at ?? at });
  signals.listed(market, row);
  if (known >= 0 && category !== listings.category.data[row])
    signals.statistics.rehome(row, listings.category.data[row]!);
  const { language } = market.settings();
  texts.setText(row, searchedText(listing, language), () => listingTerms(listing, language));
  if (market.campaigns.advertises(row)) advertise(state, row);
}
