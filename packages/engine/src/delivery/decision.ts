/** What goes into a decision and what comes out, as plain data. */
import type { DecideRequest } from '@rialto/sdk';
import type { Millis } from '../base/units.ts';

export interface DecisionInput {
  readonly id: string;
  readonly at: Millis;
  /** Its placements are known to exist. */
  readonly request: DecideRequest;
}

/** An item to show. `campaign` and `priceMicros` are of ads: '' and 0 for organic items. */
export interface DecisionItem {
  /** Row of the listing. */
  readonly listing: number;
  readonly position: number;
  readonly campaign: string;
  readonly priceMicros: number;
  readonly expiresAt: number;
}

export interface Decision {
  readonly placements: readonly { readonly placement: string; readonly items: readonly DecisionItem[] }[];
}
