/** The form of urgency signals in answers and explanations. */
import { z } from 'zod';

const signal = z.enum(['in-carts', 'only-left', 'sold-this-week', 'price-dropped']);

export const urgencyClaimShape = {
  signal,
  value: z.number(),
  formerMicros: z.int().exactOptional(),
  strength: z.number(),
  since: z.int(),
  expiresAt: z.int(),
};

const refused = z.enum([
  'unavailable',
  'too-few-carts',
  'stock-unknown',
  'stock-out-of-date',
  'stock-uncertain',
  'enough-left',
  'too-few-sales',
  'no-price-drop',
  'drop-too-old',
  'drop-too-small',
  'former-price-too-new',
]);

export const explainedSignalSchema = z
  .strictObject({
    listing: z.string(),
    signal,
    claim: z.strictObject(urgencyClaimShape).exactOptional(),
    refused: refused.exactOptional(),
  })
  .meta({ id: 'ExplainedSignal' });
