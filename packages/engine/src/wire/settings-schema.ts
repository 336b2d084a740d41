/** The form of the marketplace's settings. */
import { z } from 'zod';
import { integer, language } from './field.ts';

const adTrafficSchema = z.strictObject({
  clickAfterMsMin: integer(0, 60_000).exactOptional(),
  doubleClickSeconds: integer(0, 3_600).exactOptional(),
  clicksPerBuyerAdHourMax: integer(1, 500).exactOptional(),
  clicksPerSessionHourMax: integer(1, 500).exactOptional(),
  viewsPerBuyerAdHourMax: integer(1, 500).exactOptional(),
  impressionRequired: z.boolean().exactOptional(),
});

/** A hundred years: for ever. */
const KEEP_DAYS_MAX = 36_500;

export const settingsSchema = z
  .strictObject({
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code, such as EUR'),
    language: language(),
    ads: z
      .strictObject({
        orderWindowDays: z.union([z.literal(1), z.literal(7), z.literal(14), z.literal(30)]).exactOptional(),
        ordersFrom: z.enum(['anyone', 'servers']).exactOptional(),
        traffic: adTrafficSchema.exactOptional(),
      })
      .exactOptional(),
    buyers: z
      .strictObject({
        keepSessionsDays: integer(1, KEEP_DAYS_MAX).exactOptional(),
        keepDays: integer(1, KEEP_DAYS_MAX).exactOptional(),
      })
      .exactOptional(),
  })
  .meta({ id: 'Settings' });
