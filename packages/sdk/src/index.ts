export { type ErrorContext, RialtoApiError } from './api-error.ts';
export {
  type BulkOptions,
  type CampaignCalls,
  type EntityCalls,
  type ListingCalls,
  type ListOptions,
  RialtoClient,
  type VersionedCalls,
  type VersionsOptions,
} from './client.ts';
export type * from './decisions.ts';
export type * from './events.ts';
export type * from './forecast.ts';
export type * from './market.ts';
export type * from './money.ts';
export { type EventDetails, type PurchasedLine, Tracker, type TrackerOptions } from './tracker.ts';
export type { CallOptions, TransportOptions } from './transport.ts';
