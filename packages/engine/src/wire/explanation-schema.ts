/** The form of a decision's explanation. */
import { z } from 'zod';
import { auctionFormatSchema } from './auction-schema.ts';
import { decideRequestSchema, itemKindSchema } from './decide-schema.ts';
import { explainedAssignmentSchema } from './experiment-schema.ts';
import { sourceSchema } from './placement-schema.ts';
import { explainedThingSchema } from './thing-schema.ts';
import { explainedSignalSchema } from './urgency-schema.ts';

const dropReasonSchema = z.enum([
  'unavailable',
  'does-not-ship',
  'excluded-by-request',
  'excluded-by-rule',
  'not-included-by-rule',
  'context-listing',
  'already-bought',
  'hidden-by-buyer',
  'shop-limit',
  'shown-elsewhere',
  'outranked',
  'campaign-paused',
  'campaign-not-started',
  'campaign-ended',
  'outside-schedule',
  'placement-not-targeted',
  'country-not-targeted',
  'region-not-targeted',
  'device-not-targeted',
  'audience-not-included',
  'audience-excluded',
  'keyword-not-matched',
  'negative-keyword',
  'category-not-targeted',
  'product-not-targeted',
  'not-complementary',
  'frequency-capped',
  'budget-exhausted',
  'wallet-empty',
  'paced',
  'low-quality',
  'below-reserve',
  'shop-has-ad',
  'outbid',
  'organic-better',
  'ad-load',
]);

const kindSchema = z.enum(['listing', 'ad']);

const priceThresholdSchema = z
  .strictObject({
    slot: z.int(),
    setBy: z.enum(['rival', 'reserve', 'organic']),
    campaign: z.string().exactOptional(),
    listing: z.string().exactOptional(),
    scoreMicros: z.number(),
    share: z.number(),
  })
  .meta({ id: 'PriceThreshold' });

const priceDerivationSchema = z
  .strictObject({
    format: auctionFormatSchema,
    paidFor: z.enum(['view', 'click', 'order']),
    slot: z.int(),
    slotEffect: z.number(),
    pClick: z.number(),
    relevance: z.number(),
    weight: z.number(),
    bonusMicros: z.number(),
    scoreMicros: z.number(),
    reserveMicros: z.int(),
    reserveFrom: z.enum(['placement', 'category', 'learned']),
    thresholds: z.array(priceThresholdSchema),
    exactMicros: z.number(),
    coinMicros: z.int(),
    rounding: z.enum(['none', 'up-to-coin', 'down-to-bid']),
    formula: z.string(),
  })
  .meta({ id: 'PriceDerivation' });

const explainedCandidateSchema = z
  .strictObject({
    kind: kindSchema,
    id: z.string(),
    campaign: z.string().exactOptional(),
    countsOf: z.string().exactOptional(),
    sources: z.array(z.string()),
    score: z.number().exactOptional(),
    features: z.record(z.string(), z.number()).exactOptional(),
    predicted: z.record(z.string(), z.number()).exactOptional(),
    why: z.array(z.strictObject({ feature: z.string(), effect: z.number(), words: z.string() })).exactOptional(),
    shownAt: z.int().exactOptional(),
    dropped: z
      .strictObject({ stage: z.enum(['filter', 'auction', 'rank', 'compose']), reason: dropReasonSchema })
      .exactOptional(),
    priceMicros: z.int().exactOptional(),
    bidMicros: z.int().exactOptional(),
    bidFactors: z
      .strictObject({
        conversion: z.number().exactOptional(),
        pacing: z.number().exactOptional(),
        experiments: z.number().exactOptional(),
      })
      .exactOptional(),
    price: priceDerivationSchema.exactOptional(),
  })
  .meta({ id: 'ExplainedCandidate' });

const explainedPlacementSchema = z.strictObject({
  placement: z.string(),
  items: z.array(z.strictObject({ kind: itemKindSchema, id: z.string(), position: z.int() })),
  learnedSources: z.array(sourceSchema).exactOptional(),
  candidates: z.array(explainedCandidateSchema),
  signals: z.array(explainedSignalSchema).exactOptional(),
  things: z.array(explainedThingSchema).exactOptional(),
  late: z.literal(true).exactOptional(),
});

export const decisionExplanationSchema = z
  .strictObject({
    decisionId: z.string(),
    at: z.int(),
    stateOffset: z.int(),
    request: decideRequestSchema,
    brownout: z.literal(true).exactOptional(),
    identical: z.boolean(),
    experiments: z.array(explainedAssignmentSchema),
    placements: z.array(explainedPlacementSchema),
  })
  .meta({ id: 'DecisionExplanation' });
