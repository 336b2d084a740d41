/** What goes into a decision and what comes out, as plain data. */
import type { AssignedExperiment, DecideRequest, Exposure } from '@rialto/sdk';
import type { Millis } from '../base/units.ts';
import type { AdTerms } from './ad-terms.ts';

export interface DecisionInput {
  readonly id: string;
  readonly at: Millis;
  /** Its placements are known to exist. */
  readonly request: DecideRequest;
}

/** An item to show. `campaign` and the terms are of ads: '', and a click for nothing, for organic items. */
export interface DecisionItem extends AdTerms {
  /** Row of the listing. */
  readonly listing: number;
  readonly position: number;
  readonly campaign: string;
  readonly expiresAt: number;
}

export interface Decision {
  readonly placements: readonly { readonly placement: string; readonly items: readonly DecisionItem[] }[];
  readonly exposures: readonly Exposure[];
  /** What comes with the answer. */
  readonly given: readonly AssignedExperiment[];
}
