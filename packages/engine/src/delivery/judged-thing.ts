/** What one ranker of things that are no listings is asked, and what it answers. */
import type { DecideRequest, ExplainedThing, Placement } from '@rialto/sdk';
import type { Moment } from '../features/moment.ts';
import type { DecisionInput } from './decision.ts';
import type { PlacedThings } from './placed-ranker.ts';
import type { State } from './state.ts';
import type { Workspace } from './workspace.ts';

export interface ThingInput {
  readonly state: State;
  readonly request: DecideRequest;
  readonly moment: Moment;
  readonly decisionId: string;
  readonly placement: Placement;
  /** The placement's ranker, where it declares one of what it ranks. */
  readonly placed: PlacedThings | undefined;
  readonly outOfTime: DecisionInput['outOfTime'];
  /** Opened for the page. */
  readonly workspace: Workspace;
  /** Whether a module of the page has anything to show. */
  readonly hasCandidates: (module: string) => boolean;
}

export interface JudgedThings {
  readonly things: readonly JudgedThing[];
  /** The latency budget had run out. */
  readonly late?: true;
}

/** Best first; those that may not be shown among them, with the reason. */
export type JudgedThing = Omit<ExplainedThing, 'kind' | 'shownAt' | 'why'> & { readonly evidence?: readonly string[] };
