/** The schemas say what the sdk's types say: checked by the compiler, both ways. */
import type * as sdk from '@rialto/sdk';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import type { campaignDraftSchema, campaignSchema } from './campaign-schema.ts';
import type { decideRequestSchema, decideResponseSchema } from './decide-schema.ts';
import type { buyerEventSchema, eventsRequestSchema, eventsResponseSchema } from './event-schema.ts';
import type { experimentSchema, experimentStatusSchema, stopRequestSchema } from './experiment-schema.ts';
import type { decisionExplanationSchema } from './explanation-schema.ts';
import type {
  campaignEstimateSchema,
  campaignOutcomesSchema,
  forecastQuerySchema,
  trafficForecastSchema,
} from './forecast-schema.ts';
import type { listingSchema } from './listing-schema.ts';
import type {
  healthSchema,
  modelManifestSchema,
  modelVersionSchema,
  modelVersionsSchema,
  promoteRequestSchema,
  rollbackRequestSchema,
  tryOutRequestSchema,
} from './model-schema.ts';
import type {
  balanceSchema,
  paymentSchema,
  refundRequestSchema,
  refundResultSchema,
  statementRowSchema,
} from './money-schema.ts';
import type { placementSchema } from './placement-schema.ts';
import type { rankerCheckSchema, rankerTrialRequestSchema, rankerTrialSchema } from './ranker-trial-schema.ts';
import type { reviewSchema } from './review-schema.ts';
import type { settingsSchema } from './settings-schema.ts';
import type { shopSchema } from './shop-schema.ts';

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Same<Schema extends z.ZodType, Type> = Equal<DeepReadonly<z.infer<Schema>>, DeepReadonly<Type>>;

/** A member that is not `true` does not compile. */
const same: {
  listing: Same<typeof listingSchema, sdk.Listing>;
  shop: Same<typeof shopSchema, sdk.Shop>;
  campaign: Same<typeof campaignSchema, sdk.Campaign>;
  placement: Same<typeof placementSchema, sdk.Placement>;
  review: Same<typeof reviewSchema, sdk.Review>;
  settings: Same<typeof settingsSchema, sdk.Settings>;
  event: Same<typeof buyerEventSchema, sdk.BuyerEvent>;
  eventsRequest: Same<typeof eventsRequestSchema, sdk.EventsRequest>;
  eventsResponse: Same<typeof eventsResponseSchema, sdk.EventsResponse>;
  decideRequest: Same<typeof decideRequestSchema, sdk.DecideRequest>;
  decideResponse: Same<typeof decideResponseSchema, sdk.DecideResponse>;
  payment: Same<typeof paymentSchema, sdk.Payment>;
  balance: Same<typeof balanceSchema, sdk.Balance>;
  refundRequest: Same<typeof refundRequestSchema, sdk.RefundRequest>;
  refundResult: Same<typeof refundResultSchema, sdk.RefundResult>;
  statementRow: Same<typeof statementRowSchema, sdk.StatementRow>;
  modelVersion: Same<typeof modelVersionSchema, sdk.ModelVersion>;
  modelVersions: Same<typeof modelVersionsSchema, sdk.ModelVersions>;
  modelManifest: Same<typeof modelManifestSchema, sdk.ModelManifest>;
  health: Same<typeof healthSchema, sdk.Health>;
  promoteRequest: Same<typeof promoteRequestSchema, sdk.PromoteRequest>;
  rollbackRequest: Same<typeof rollbackRequestSchema, sdk.RollbackRequest>;
  tryOutRequest: Same<typeof tryOutRequestSchema, sdk.TryOutRequest>;
  rankerTrialRequest: Same<typeof rankerTrialRequestSchema, sdk.RankerTrialRequest>;
  rankerCheck: Same<typeof rankerCheckSchema, sdk.RankerCheck>;
  rankerTrial: Same<typeof rankerTrialSchema, sdk.RankerTrial>;
  forecastQuery: Same<typeof forecastQuerySchema, sdk.ForecastQuery>;
  campaignDraft: Same<typeof campaignDraftSchema, sdk.CampaignDraft>;
  campaignEstimate: Same<typeof campaignEstimateSchema, sdk.CampaignEstimate>;
  campaignOutcomes: Same<typeof campaignOutcomesSchema, sdk.CampaignOutcomes>;
  trafficForecast: Same<typeof trafficForecastSchema, sdk.TrafficForecast>;
  explanation: Same<typeof decisionExplanationSchema, sdk.DecisionExplanation>;
  /** That the check can fail: an optional field is not one that may be undefined. */
  experiment: Same<typeof experimentSchema, sdk.Experiment>;
  experimentStatus: Same<typeof experimentStatusSchema, sdk.ExperimentStatus>;
  stopRequest: Same<typeof stopRequestSchema, sdk.StopRequest>;
  canFail: Equal<{ a?: string }, { a?: string | undefined }> extends false ? true : false;
} = {
  listing: true,
  shop: true,
  campaign: true,
  placement: true,
  review: true,
  settings: true,
  event: true,
  eventsRequest: true,
  eventsResponse: true,
  decideRequest: true,
  decideResponse: true,
  payment: true,
  balance: true,
  refundRequest: true,
  refundResult: true,
  statementRow: true,
  modelVersion: true,
  modelVersions: true,
  modelManifest: true,
  health: true,
  promoteRequest: true,
  rollbackRequest: true,
  tryOutRequest: true,
  rankerTrialRequest: true,
  rankerCheck: true,
  rankerTrial: true,
  forecastQuery: true,
  campaignDraft: true,
  campaignEstimate: true,
  campaignOutcomes: true,
  trafficForecast: true,
  explanation: true,
  experiment: true,
  experimentStatus: true,
  stopRequest: true,
  canFail: true,
};

test('schemas and sdk types are equal', () => {
  expect(new Set(Object.values(same))).toEqual(new Set([true]));
});
