/** What an estimate rests on, and what it leaves out, in words. */
import type { Campaign, Evidence } from '@rialto/sdk';
import { MILLIS_PER_DAY, MILLIS_PER_HOUR } from '../base/units.ts';
import type { CampaignReplay } from './campaign-replay.ts';

/** Below these an answer is a first guess, and above the others a good one. */
const THIN = { hours: 24, auctions: 50, clicks: 20 };
const GOOD = { hours: 7 * 24, auctions: 500, clicks: 200 };

export function outlookEvidence({ auctions, rates, window, sample }: CampaignReplay): Evidence {
  const hours = (window.to - window.from) / MILLIS_PER_HOUR;
  const pages = `${Math.round(sample.lookedAt)} of ${window.decisions} decisions in ${span(hours)} were looked at`;
  if (auctions.length === 0) return { level: 'none', reason: `${pages}: ${whyNone(sample)}` };
  const seen = `${pages}, ${auctions.length} auctions replayed, ${rates.clicks} clicks on ads counted`;
  const lacks = (least: typeof THIN): string[] => [
    ...(hours < least.hours ? [`less than ${span(least.hours)} of traffic`] : []),
    ...(auctions.length < least.auctions ? [`fewer than ${least.auctions} auctions`] : []),
    ...(rates.clicks < least.clicks ? [`fewer than ${least.clicks} clicks`] : []),
  ];
  const thin = lacks(THIN);
  if (thin.length > 0) return { level: 'thin', reason: `${seen}: ${thin.join(', ')}, take it as a first guess` };
  const fair = lacks(GOOD);
  return fair.length > 0 ? { level: 'fair', reason: `${seen}: ${fair.join(', ')}` } : { level: 'good', reason: seen };
}

function whyNone({ opportunities, eligible, reasons }: CampaignReplay['sample']): string {
  if (opportunities === 0) return 'no page had ad slots';
  if (eligible > 0) return 'the campaign may bid on some pages, but none of its listings was a candidate there';
  const [most] = [...reasons].sort(([, a], [, b]) => b - a);
  return `the campaign may bid on none of their ad slots, mostly because of ${most?.[0] ?? 'its targeting'}`;
}

function span(hours: number): string {
  return hours < 48 ? `${Math.round(hours)} hours` : `${Math.round(hours / 24)} days`;
}

export function outlookNotes(campaign: Campaign, { state, row, window }: CampaignReplay): string[] {
  const { books, market } = state;
  const notes = ['Rivals are taken to bid as they did; large changes make them answer.'];
  if (campaign.frequencyCap !== undefined)
    notes.push(
      'The frequency cap counts only what buyers saw of the campaign by the log: a new campaign seems to reach more.',
    );
  if (campaign.dailyBudgetMicros === undefined && campaign.weeklyBudgetMicros === undefined)
    notes.push(
      campaign.startsAt === undefined || campaign.endsAt === undefined
        ? 'The lifetime budget may be spent on one day: give startsAt and endsAt, or a daily budget, to spread it.'
        : 'The lifetime budget is spread evenly over the days of the campaign.',
    );
  if (campaign.status === 'paused') notes.push('The campaign is paused; this is as if it ran.');
  if (campaign.startsAt !== undefined && campaign.startsAt > window.to + 7 * MILLIS_PER_DAY)
    notes.push('It starts later than the week that traffic is forecast for.');
  if (campaign.endsAt !== undefined && campaign.endsAt <= window.to)
    notes.push('The campaign has ended; this is as if it ran.');
  const creditMicros = books.accounts.creditLimitMicros(market.campaigns.shop.data[row]!);
  if (Number.isFinite(creditMicros)) notes.push("The shop's wallet is taken to hold enough.");
  return notes;
}
