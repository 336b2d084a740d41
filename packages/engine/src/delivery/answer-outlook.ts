/** A question about a campaign's future, answered from the log: before it starts, or at other budgets. */
import type { Campaign, CampaignDraft, CampaignEstimate, CampaignOutcomes } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import type { CheckpointStore } from '../log/checkpoint.ts';
import type { Log } from '../log/log.ts';
import { campaignOutcomes, estimateCampaign } from './campaign-outlook.ts';
import { replayCampaign } from './campaign-replay.ts';
import { whyRefused } from './references.ts';
import type { State } from './state.ts';

export interface OutlookQuestion {
  readonly kind: keyof OutlookAnswers;
  readonly campaign: Campaign;
  /** How much of the log to read, and the decisions in it. */
  readonly end: number;
  readonly decisions: number;
}

export interface OutlookAnswers {
  readonly estimate: CampaignEstimate;
  readonly outcomes: CampaignOutcomes;
}

/** The id of drafts that have none. */
const DRAFT = 'draft';

export async function answerOutlook<Kind extends keyof OutlookAnswers>(
  source: { readonly log: Log; readonly checkpoints?: CheckpointStore },
  { kind, campaign, end, decisions }: OutlookQuestion & { readonly kind: Kind },
): Promise<OutlookAnswers[Kind]> {
  const replay = await replayCampaign({ ...source, campaign, end, decisions });
  const answers = { estimate: estimateCampaign, outcomes: campaignOutcomes };
  return answers[kind](campaign, replay) as OutlookAnswers[Kind];
}

/** Throws what saving it would throw, and `no-traffic`. */
export function questionOfDraft(state: State, draft: CampaignDraft): OutlookQuestion & { readonly kind: 'estimate' } {
  const { market } = state;
  let id = draft.id ?? DRAFT;
  while (draft.id === undefined && market.campaigns.documents.get(id) !== undefined) id += '-';
  const campaign: Campaign = { ...draft, id };
  const refusal = whyRefused('campaign', campaign, state);
  if (refusal) throw new RialtoError(refusal.code, refusal.message);
  requireTraffic(state);
  return { kind: 'estimate', campaign, end: state.offset, decisions: state.tally.decisions };
}

/** Throws `not-found`, `no-traffic`. */
export function questionOfCampaign(state: State, id: string): OutlookQuestion & { readonly kind: 'outcomes' } {
  const campaign = state.market.campaigns.documents.get(id);
  if (campaign === undefined) throw new RialtoError('not-found', `there is no campaign ${JSON.stringify(id)}`);
  requireTraffic(state);
  return { kind: 'outcomes', campaign, end: state.offset, decisions: state.tally.decisions };
}

function requireTraffic({ tally }: State): void {
  if (tally.decisions === 0)
    throw new RialtoError('no-traffic', 'no decision has been logged yet: there is nothing to estimate from');
}
