/** The form of the marketplace's settings. */
import { z } from 'zod';
import { language } from './field.ts';

export const settingsSchema = z
  .strictObject({
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code, such as EUR'),
    language: language(),
  })
  .meta({ id: 'Settings' });
