/** The schema of each kind of entity. */

import type { EntityKind, EntityOf } from '@rialto/sdk';
import type { z } from 'zod';
import { campaignSchema } from './campaign-schema.ts';
import { experimentSchema } from './experiment-schema.ts';
import { listingSchema } from './listing-schema.ts';
import { placementSchema } from './placement-schema.ts';
import { rankerSchema } from './ranker-schema.ts';
import { reviewSchema } from './review-schema.ts';
import { settingsSchema } from './settings-schema.ts';
import { shopSchema } from './shop-schema.ts';

export const entitySchemas: { readonly [Kind in EntityKind]: z.ZodType<EntityOf[Kind]> } = {
  listing: listingSchema,
  shop: shopSchema,
  campaign: campaignSchema,
  placement: placementSchema,
  review: reviewSchema,
  settings: settingsSchema,
  experiment: experimentSchema,
  ranker: rankerSchema,
};
