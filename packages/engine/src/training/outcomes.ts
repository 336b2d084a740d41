/**
 * What buyers did with listings, to be asked after a decision: an event is its outcome where it names the decision by its token, or, without
 * a token, where the same buyer or session did it with the listing within some time after.
 */
import type { EventType } from '@rialto/sdk';
import type { DecisionRecord, EventRecord } from '../log/record.ts';

export const LABELS = {
  click: 'click',
  cart: 'cart-add',
  purchase: 'purchase',
  hide: 'hide',
} as const satisfies Record<string, EventType>;
export type Label = keyof typeof LABELS;

interface Outcome {
  readonly at: number;
  readonly label: Label;
  readonly decision: string | undefined;
}

const LABEL_OF = new Map<string, Label>(
  (Object.keys(LABELS) as Label[]).map((label) => [LABELS[label], label] as const),
);

export class Outcomes {
  readonly #windowMs: number;
  readonly #of = new Map<string, Outcome[]>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  note({ event, claims }: EventRecord): void {
    const label = LABEL_OF.get(event.type);
    const { buyer, session, listing } = event;
    if (label === undefined || listing === undefined) return;
    const outcome = { at: event.at, label, decision: claims?.decisionId };
    for (const key of keysOf(buyer, session)) {
      const found = this.#of.get(`${key}/${listing}`);
      if (found === undefined) this.#of.set(`${key}/${listing}`, [outcome]);
      else found.push(outcome);
    }
  }

  of({ id, at, request }: Pick<DecisionRecord, 'id' | 'at' | 'request'>, listing: string): ReadonlySet<Label> {
    const labels = new Set<Label>();
    for (const key of keysOf(request.buyer, request.session)) {
      for (const outcome of this.#of.get(`${key}/${listing}`) ?? []) {
        const inTime = outcome.at > at && outcome.at <= at + this.#windowMs;
        if (outcome.decision === undefined ? inTime : outcome.decision === id) labels.add(outcome.label);
      }
    }
    return labels;
  }
}

const keysOf = (buyer: string | undefined, session: string | undefined): string[] => [
  ...(buyer === undefined ? [] : [`b:${buyer}`]),
  ...(session === undefined ? [] : [`s:${session}`]),
];
