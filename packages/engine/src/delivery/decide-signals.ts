/** Urgency signals of a page: ranked by themselves where a placement asks for that, or told with its items. */
import type { DecideRequest, ExplainedSignal, Placement, UrgencyClaim } from '@rialto/sdk';
import { holderOf } from '../engagement/live-carts.ts';
import { judgeClaims, type Verdict } from '../engagement/urgency-claims.ts';
import type { Moment } from '../features/moment.ts';
import { buyerKey } from '../market/buyers.ts';
import { type NamedValue, namedValue } from '../ranking/value-expression.ts';
import type { DecisionItem, DecisionSignal, PlacementDecision } from './decision.ts';
import type { State } from './state.ts';
import type { Trace } from './trace.ts';

interface SignalInput {
  readonly state: State;
  readonly request: DecideRequest;
  readonly moment: Moment;
  readonly placement: Placement;
  readonly trace: Trace | undefined;
}

/**
 * Of the page's listing; of those in the cart where the page has none. The strongest first, or those of the greatest value where a ranker says what they
 * are worth; at most as many as there are slots.
 */
export function rankSignals(input: SignalInput & { readonly value: NamedValue | undefined }): PlacementDecision {
  const { moment, placement, trace, value } = input;
  const asked = moment.listing >= 0 ? [moment.listing] : [...new Set(moment.cart)];
  const verdicts = asked.map((listing) => ({ listing, verdicts: judge(input, listing) }));
  const signals = verdicts
    .flatMap(({ listing, verdicts }) => claimsAmong(verdicts).map((claim) => ({ listing, claim })))
    .map((signal) => ({ ...signal, worth: value === undefined ? signal.claim.strength : worthOf(signal.claim, value) }))
    .sort((a, b) => b.worth - a.worth)
    .map(({ listing, claim }): DecisionSignal => ({ listing, claim }))
    .slice(0, placement.slots);
  trace?.recordSignals(placement.id, explain(verdicts, input));
  return { placement: placement.id, items: [], signals };
}

function worthOf({ signal, strength }: UrgencyClaim, value: NamedValue): number {
  return namedValue(value, { strength, [signal.replaceAll('-', '_')]: 1 });
}

/** At most `itemSignals` of each item, in the order of the items. */
export function annotate(input: SignalInput & { readonly items: readonly DecisionItem[] }): PlacementDecision {
  const { placement, items, trace } = input;
  const verdicts = items.map(({ listing }) => ({ listing, verdicts: judge(input, listing) }));
  const signals = verdicts.flatMap(({ listing, verdicts }): DecisionSignal[] =>
    claimsAmong(verdicts)
      .sort((a, b) => b.strength - a.strength)
      .slice(0, placement.itemSignals)
      .map((claim) => ({ listing, claim })),
  );
  trace?.addSignals(explain(verdicts, input));
  return { placement: placement.id, items, signals };
}

function judge(
  { state: { market, claims }, request: { buyer, session }, moment }: SignalInput,
  listing: number,
): Verdict[] {
  const { available, priceMicros, shipping } = market.listings;
  return judgeClaims({
    book: claims,
    listing,
    at: moment.at,
    viewer: holdersOf(buyer, session),
    available: available.has(listing) && shipping.reaches(listing, moment.ships),
    priceMicros: priceMicros.data[listing]!,
  });
}

function holdersOf(buyer: string | undefined, session: string | undefined): number[] {
  const holders = buyer === undefined ? [] : [holderOf(buyerKey({ buyer })!)];
  if (session !== undefined) holders.push(holderOf(buyerKey({ session })!));
  return holders;
}

const claimsAmong = (verdicts: readonly Verdict[]): UrgencyClaim[] =>
  verdicts.filter((verdict): verdict is UrgencyClaim => !('refused' in verdict));

interface Judged {
  readonly listing: number;
  readonly verdicts: readonly Verdict[];
}

function explain(judged: readonly Judged[], { state, trace }: SignalInput): ExplainedSignal[] {
  if (!trace) return [];
  const { ids } = state.market.listings;
  return judged.flatMap(({ listing, verdicts }) =>
    verdicts.map((verdict) => ({
      listing: ids.text(listing),
      signal: verdict.signal,
      ...('refused' in verdict ? { refused: verdict.refused } : { claim: verdict }),
    })),
  );
}
