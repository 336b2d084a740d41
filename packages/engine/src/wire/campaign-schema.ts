/** The form of a campaign. */
import { z } from 'zod';
import { id, LIMITS, money, time } from './field.ts';

export const campaignSchema = z
  .strictObject({
    id: id(),
    shop: id(),
    listings: z.array(id()).min(1).max(LIMITS.listings),
    bidMicros: money(),
    dailyBudgetMicros: money(),
    status: z.enum(['active', 'paused']).exactOptional(),
    startsAt: time().exactOptional(),
    endsAt: time().exactOptional(),
    placements: z.array(id()).max(LIMITS.values).exactOptional(),
  })
  .refine(
    (campaign) =>
      campaign.startsAt === undefined || campaign.endsAt === undefined || campaign.startsAt < campaign.endsAt,
    {
      path: ['endsAt'],
      message: 'must be later than startsAt',
    },
  )
  .meta({ id: 'Campaign' });
