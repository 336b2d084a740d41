/**
 * Invalid traffic: which ad events are not a buyer's interest and so are not billed. Rules on what is known when the event comes,
 * after the Media Rating Council's general and sophisticated invalid traffic: known bots, the shop's own people, double
 * clicks, floods, and sequences that cannot be.
 *
 * Speed and floods go by the engine's clock, which nobody can set; the order of what one client did goes by that client's.
 * A flood is only known at its last click: what its earlier ones were charged is for the books to give back.
 */

import type { AdTrafficRules } from '@rialto/sdk';
import { MILLIS_PER_HOUR } from '../base/units.ts';
import type { InvalidReason } from './invalid-reason.ts';
import { type AdClaims, decidedAt } from './token.ts';
import { BY_BUYER, BY_SESSION, type Touches } from './touches.ts';

/** How much later than its click an impression may say it was: clients note both in either order. */
const ORDER_SLACK_MS = 2_000;

export const STANDARD_RULES: Required<AdTrafficRules> = {
  clickAfterMsMin: 100,
  doubleClickSeconds: 10,
  clicksPerBuyerAdHourMax: 5,
  clicksPerSessionHourMax: 60,
  viewsPerBuyerAdHourMax: 30,
  impressionRequired: false,
};

export interface AdClick {
  readonly claims: AdClaims;
  /** As the sender says. */
  readonly at: number;
  readonly takenAt: number;
  readonly buyer: string;
  readonly session: string | undefined;
  readonly campaign: number;
  readonly listing: number;
}

export interface TrafficMemory {
  readonly clicks: Touches;
  readonly views: Touches;
}

/** Why the click is invalid, going by what came before it. */
export function invalidClick(
  click: AdClick,
  memory: TrafficMemory,
  rules: Required<AdTrafficRules>,
): InvalidReason | undefined {
  const sinceDecision = click.takenAt - decidedAt(click.claims);
  // Below zero only where a clock was set back: that says nothing of the click.
  if (sinceDecision >= 0 && sinceDecision < rules.clickAfterMsMin) return 'too-fast';
  return (
    againstImpression(click, memory.views, rules) ??
    againstClicks(click, memory.clicks, rules) ??
    (sessionClicks(click, memory.clicks) >= rules.clicksPerSessionHourMax ? 'click-flood' : undefined)
  );
}

/** Why an impression that is paid for is invalid: a page that is loaded again and again sees its ads as often. */
export function invalidView(
  { takenAt, buyer, campaign, listing }: AdClick,
  views: Touches,
  { viewsPerBuyerAdHourMax }: Required<AdTrafficRules>,
): InvalidReason | undefined {
  // Impressions need not say whose they are, and all who do not are no one buyer.
  if (buyer === '') return undefined;
  let inHour = 0;
  for (let row = views.newest(BY_BUYER, buyer); row >= 0; row = views.older(BY_BUYER, row)) {
    if (!isWithinHour(takenAt, views.takenAt(row))) break;
    if (views.campaign(row) !== campaign || views.listing(row) !== listing) continue;
    if (++inHour >= viewsPerBuyerAdHourMax) return 'view-flood';
  }
  return undefined;
}

function againstImpression(
  { claims, at, buyer }: AdClick,
  views: Touches,
  { impressionRequired }: Required<AdTrafficRules>,
): InvalidReason | undefined {
  for (let row = views.newest(BY_BUYER, buyer); row >= 0; row = views.older(BY_BUYER, row)) {
    if (views.isOf(row, claims)) return views.at(row) > at + ORDER_SLACK_MS ? 'before-impression' : undefined;
  }
  return impressionRequired ? 'no-impression' : undefined;
}

function againstClicks(
  { at, takenAt, buyer, campaign, listing }: AdClick,
  clicks: Touches,
  { doubleClickSeconds, clicksPerBuyerAdHourMax }: Required<AdTrafficRules>,
): InvalidReason | undefined {
  let inHour = 0;
  for (let row = clicks.newest(BY_BUYER, buyer); row >= 0; row = clicks.older(BY_BUYER, row)) {
    if (clicks.campaign(row) !== campaign || clicks.listing(row) !== listing) continue;
    if (Math.abs(at - clicks.at(row)) < 1000 * doubleClickSeconds) return 'double-click';
    if (isWithinHour(takenAt, clicks.takenAt(row))) inHour++;
  }
  return inHour >= clicksPerBuyerAdHourMax ? 'click-flood' : undefined;
}

function sessionClicks({ takenAt, session }: AdClick, clicks: Touches): number {
  let inHour = 0;
  if (session === undefined) return inHour;
  for (let row = clicks.newest(BY_SESSION, session); row >= 0; row = clicks.older(BY_SESSION, row))
    if (isWithinHour(takenAt, clicks.takenAt(row))) inHour++;
  return inHour;
}

function isWithinHour(now: number, at: number): boolean {
  return Math.abs(now - at) < MILLIS_PER_HOUR;
}

/** The clicks that a flood, found by the click, makes invalid after the fact: of the buyer on the ad, or of the session. */
export function clicksOfFlood(click: AdClick, clicks: Touches, rules: Required<AdTrafficRules>): number[] {
  const { takenAt, buyer, session, campaign, listing } = click;
  const found: number[] = [];
  const bySession = session !== undefined && sessionClicks(click, clicks) >= rules.clicksPerSessionHourMax;
  const chain = bySession ? BY_SESSION : BY_BUYER;
  for (let row = clicks.newest(chain, bySession ? session : buyer); row >= 0; row = clicks.older(chain, row)) {
    if (clicks.isInvalid(row) || !isWithinHour(takenAt, clicks.takenAt(row))) continue;
    if (bySession || (clicks.campaign(row) === campaign && clicks.listing(row) === listing)) found.push(row);
  }
  return found;
}
