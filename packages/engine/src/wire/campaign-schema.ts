/** The form of a campaign, and which of its fields go together. */
import type { CampaignDraft } from '@rialto/sdk';
import { z } from 'zod';
import { pacingMethodSchema } from './auction-schema.ts';
import { country, id, integer, LIMITS, line, money, region, text, time } from './field.ts';
import { isTimeZone } from './time-zone.ts';

const device = () => z.enum(['desktop', 'mobile', 'tablet', 'app']);
const factor = () => z.number().min(0).max(10);
const names = (item: z.ZodType<string>) => z.array(item).min(1).max(LIMITS.values);

const biddingSchema = z
  .discriminatedUnion('strategy', [
    z.strictObject({ strategy: z.literal('manual') }),
    z.strictObject({ strategy: z.literal('maximise-clicks') }),
    z.strictObject({ strategy: z.literal('maximise-conversions') }),
    z.strictObject({ strategy: z.literal('maximise-value') }),
    z.strictObject({ strategy: z.literal('target-cpa'), cpaMicros: money().min(1) }),
    z.strictObject({ strategy: z.literal('target-roas'), roas: z.number().min(0.01).max(1_000) }),
  ])
  .meta({ id: 'Bidding' });

const bidAdjustmentsSchema = z
  .strictObject({
    placements: z.record(id(), factor()).exactOptional(),
    devices: z.partialRecord(device(), factor()).exactOptional(),
  })
  .meta({ id: 'BidAdjustments' });

const scheduleSchema = z
  .strictObject({
    timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone, such as Europe/Berlin'),
    hours: z
      .array(
        z
          .strictObject({ days: z.array(integer(1, 7)).min(1).max(7), from: integer(0, 23), to: integer(1, 24) })
          .refine(({ from, to }) => from < to, {
            path: ['to'],
            message:
              'must be later than `from`; hours over midnight are two entries, one that ends at 24 and one from 0',
          })
          .refine(({ days }) => new Set(days).size === days.length, {
            path: ['days'],
            message: 'must not repeat a day',
          }),
      )
      .min(1)
      .max(LIMITS.rules),
  })
  .meta({ id: 'Schedule' });

const frequencyCapSchema = z
  .strictObject({ impressions: integer(1, 1_000), hours: integer(1, 720) })
  .meta({ id: 'FrequencyCap' });

const keywordText = () => text(LIMITS.keyword).min(1);
const targetingSchema = z
  .strictObject({
    keywords: z
      .array(
        z.strictObject({
          text: keywordText(),
          match: z.enum(['exact', 'phrase', 'broad']),
          bidMicros: money().exactOptional(),
        }),
      )
      .min(1)
      .max(LIMITS.keywords)
      .exactOptional(),
    negativeKeywords: z
      .array(z.strictObject({ text: keywordText(), match: z.enum(['exact', 'phrase']) }))
      .max(LIMITS.keywords)
      .exactOptional(),
    categories: names(line(LIMITS.title).min(1)).exactOptional(),
    products: names(id()).exactOptional(),
    complements: z.literal(true).exactOptional(),
    countries: names(country()).exactOptional(),
    regions: names(region()).exactOptional(),
    devices: z.array(device()).min(1).max(4).exactOptional(),
    audiences: z
      .strictObject({ include: names(id()).exactOptional(), exclude: names(id()).exactOptional() })
      .exactOptional(),
  })
  .meta({ id: 'Targeting' });

const fieldsSchema = z.strictObject({
  id: id(),
  shop: id(),
  listings: z.array(id()).min(1).max(LIMITS.listings),
  objective: z.enum(['views', 'visits', 'sales', 'cost-per-sale']).exactOptional(),
  bidMicros: money().exactOptional(),
  commissionBasisPoints: integer(1, 10_000).exactOptional(),
  bidding: biddingSchema.exactOptional(),
  bidAdjustments: bidAdjustmentsSchema.exactOptional(),
  pacing: pacingMethodSchema.exactOptional(),
  dailyBudgetMicros: money().exactOptional(),
  weeklyBudgetMicros: money().exactOptional(),
  dayMultiple: z.number().min(1).max(7).exactOptional(),
  lifetimeBudgetMicros: money().exactOptional(),
  status: z.enum(['active', 'paused']).exactOptional(),
  startsAt: time().exactOptional(),
  endsAt: time().exactOptional(),
  placements: z.array(id()).max(LIMITS.values).exactOptional(),
  schedule: scheduleSchema.exactOptional(),
  frequencyCap: frequencyCapSchema.exactOptional(),
  targeting: targetingSchema.exactOptional(),
});

/** What must hold between fields: where it does not, which field is told of and what is said. */
interface Rule {
  readonly path: string[];
  readonly holds: (campaign: CampaignDraft) => boolean;
  readonly message: string;
  /** Not asked of drafts, which may want to be told what to bid. */
  readonly saved?: true;
}

const strategyOf = ({ bidding }: CampaignDraft): string => bidding?.strategy ?? 'manual';
const repeated = (keywords: readonly { text: string; match: string }[] = []): boolean =>
  new Set(keywords.map(keywordKey)).size < keywords.length;
const keywordKey = ({ text, match }: { text: string; match: string }): string =>
  `${match} ${text.trim().toLowerCase()}`;

const RULES: readonly Rule[] = [
  {
    path: ['endsAt'],
    holds: ({ startsAt, endsAt }) => startsAt === undefined || endsAt === undefined || startsAt < endsAt,
    message: 'must be later than startsAt',
  },
  {
    path: ['dailyBudgetMicros'],
    holds: (campaign) =>
      (campaign.dailyBudgetMicros ?? campaign.weeklyBudgetMicros ?? campaign.lifetimeBudgetMicros) !== undefined,
    message: 'a campaign needs a budget: give dailyBudgetMicros, weeklyBudgetMicros or lifetimeBudgetMicros',
  },
  {
    path: ['dayMultiple'],
    holds: ({ dayMultiple, weeklyBudgetMicros }) => dayMultiple === undefined || weeklyBudgetMicros !== undefined,
    message: 'needs weeklyBudgetMicros: it says how much of the week one day may take',
  },
  {
    path: ['bidMicros'],
    holds: (campaign) =>
      campaign.bidMicros !== undefined || campaign.objective === 'cost-per-sale' || strategyOf(campaign) !== 'manual',
    message: 'manual bidding needs it; leave it out only with a `bidding.strategy` that bids by itself',
    saved: true,
  },
  {
    path: ['bidMicros'],
    holds: ({ bidMicros, objective }) => bidMicros === undefined || objective !== 'cost-per-sale',
    message: 'a campaign with the objective cost-per-sale pays commissionBasisPoints of each order: leave the bid out',
  },
  {
    path: ['commissionBasisPoints'],
    holds: ({ commissionBasisPoints, objective }) =>
      commissionBasisPoints === undefined || objective === 'cost-per-sale',
    message: 'goes together with the objective cost-per-sale: give both or neither',
  },
  {
    path: ['commissionBasisPoints'],
    holds: ({ commissionBasisPoints, objective }) =>
      commissionBasisPoints !== undefined || objective !== 'cost-per-sale',
    message: 'goes together with the objective cost-per-sale: give both or neither',
    saved: true,
  },
  {
    path: ['pacing'],
    holds: ({ objective, pacing }) => pacing !== 'shade' || objective !== 'cost-per-sale',
    message: 'a commission is agreed and cannot be shaded: leave pacing out, or set throttle',
  },
  {
    path: ['bidding', 'strategy'],
    holds: (campaign) =>
      strategyOf(campaign) === 'manual' ||
      campaign.objective === undefined ||
      /^(visits|sales)$/.test(campaign.objective),
    message: 'automatic bidding is for the objectives visits and sales; use manual with views and cost-per-sale',
  },
  {
    path: ['targeting', 'keywords'],
    holds: (campaign) =>
      (strategyOf(campaign) === 'manual' && campaign.objective !== 'cost-per-sale') ||
      !campaign.targeting?.keywords?.some(({ bidMicros }) => bidMicros !== undefined),
    message: 'bids of keywords are for manual bidding on views, visits or sales: leave their bidMicros out',
  },
  {
    path: ['targeting', 'keywords'],
    holds: ({ targeting }) => !repeated(targeting?.keywords),
    message: 'must not repeat a keyword with the same match',
  },
  {
    path: ['targeting', 'negativeKeywords'],
    holds: ({ targeting }) => !repeated(targeting?.negativeKeywords),
    message: 'must not repeat a keyword with the same match',
  },
  {
    path: ['targeting', 'negativeKeywords'],
    holds: ({ targeting }) => {
      const negative = new Set(targeting?.negativeKeywords?.map(keywordKey));
      return !targeting?.keywords?.some((keyword) => negative.has(keywordKey(keyword)));
    },
    message: 'must not rule out a keyword of the campaign itself',
  },
  {
    path: ['targeting', 'audiences', 'exclude'],
    holds: ({ targeting }) => {
      const excluded = new Set(targeting?.audiences?.exclude);
      return !targeting?.audiences?.include?.some((audience) => excluded.has(audience));
    },
    message: 'must not name an audience that is included',
  },
];

export const campaignSchema = RULES.reduce(
  (schema, { path, holds, message }) => schema.refine((campaign) => holds(campaign), { path, message }),
  fieldsSchema,
).meta({ id: 'Campaign' });

/** As it is estimated before it is saved: without an id and a bid, where there are none yet. */
export const campaignDraftSchema = RULES.filter(({ saved }) => saved !== true)
  .reduce(
    (schema, { path, holds, message }) => schema.refine((campaign) => holds(campaign), { path, message }),
    fieldsSchema.extend({ id: id().exactOptional() }),
  )
  .meta({ id: 'CampaignDraft' });

/** As it is read back. */
export const versionedCampaignSchema = fieldsSchema
  .extend({ version: integer(1, Number.MAX_SAFE_INTEGER) })
  .meta({ id: 'VersionedCampaign' });
