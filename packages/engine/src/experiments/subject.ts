/**
 * Whom a decision is for, as experiments see it: the ids that may be assigned, and the attributes that conditions speak of.
 * The attributes are those of a decision's request, under the names that clients use too; the marketplace's own lie under
 * `attributes`.
 */
import type { ExperimentUnit } from '@rialto/sdk';

export type Attributes = Readonly<Record<string, unknown>>;

export interface Subject {
  /** Milliseconds since 1970. */
  at: number;
  /** By unit: the id, where there is one; of `region-time` that of the region. */
  readonly units: { -readonly [Unit in ExperimentUnit]: string | number | undefined };
  attributes: Attributes;
}

export const TARGETING_ATTRIBUTES: readonly string[] = [
  'buyer',
  'session',
  'listing',
  'shop',
  'campaign',
  'query',
  'category',
  'cart',
  'country',
  'region',
  'language',
  'device',
  'audiences',
  'attributes',
];
