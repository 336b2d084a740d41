/** The form in explanations of what placements rank beside listings: queries, reviews, shops and modules of the page. */
import { z } from 'zod';

const dropped = z.enum([
  'too-few-buyers',
  'led-to-nothing',
  'finds-nothing',
  'no-text',
  'own-review',
  'says-the-same',
  'nothing-to-show',
  'context-shop',
  'already-bought',
  'excluded-by-rule',
  'not-included-by-rule',
  'excluded-by-request',
  'no-candidates',
  'outranked',
]);

export const explainedThingSchema = z
  .strictObject({
    kind: z.enum(['query', 'review', 'shop', 'module']),
    id: z.string(),
    sources: z.array(z.string()),
    score: z.number(),
    factors: z.record(z.string(), z.number()),
    why: z.array(z.strictObject({ feature: z.string(), effect: z.number(), words: z.string() })),
    shownAt: z.int().exactOptional(),
    propensity: z.number().exactOptional(),
    dropped: dropped.exactOptional(),
  })
  .meta({ id: 'ExplainedThing' });
