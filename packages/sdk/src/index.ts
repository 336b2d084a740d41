export { type ErrorContext, RialtoApiError } from './api-error.ts';
export {
  type BulkOptions,
  type CampaignCalls,
  type EntityCalls,
  type ExperimentCalls,
  type ListingCalls,
  type ListOptions,
  RialtoClient,
  type VersionedCalls,
  type VersionsOptions,
} from './client.ts';
export type * from './decisions.ts';
export type * from './events.ts';
export type * from './experiments.ts';
export {
  type FeatureContext,
  type FeatureProviderOptions,
  type ResolvedFeature,
  RialtoServerProvider,
  RialtoWebProvider,
} from './feature-provider.ts';
export type * from './forecast.ts';
export type * from './market.ts';
export type * from './models.ts';
export type * from './money.ts';
export type * from './rankers.ts';
export { type EventDetails, type PurchasedLine, Tracker, type TrackerOptions } from './tracker.ts';
export type { CallOptions, TransportOptions } from './transport.ts';
