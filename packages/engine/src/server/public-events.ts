/**
 * What a publishable key may not say. Anybody who opens the shop's page can read such a key; a return gives a seller the commission of its
 * order back, so a seller who sent returns of all orders would advertise for nothing. Returns come from the marketplace's servers.
 */
import type { BuyerEvent } from '@rialto/sdk';
import type { ValidatedItems } from '../wire/validate.ts';

const MESSAGE =
  'a return gives money back, so a publishable key may not send it; send it from a server with an API key';

export const saysReturns = ({ good }: ValidatedItems<BuyerEvent>): boolean =>
  good.some(({ type }) => type === 'return');

/** The same, with returns among the bad. */
export function refuseReturns({ good, goodIndexes, bad }: ValidatedItems<BuyerEvent>): ValidatedItems<BuyerEvent> {
  const indexes = goodIndexes ?? [...good.keys()];
  const isReturn = (event: BuyerEvent): boolean => event.type === 'return';
  return {
    good: good.filter((event) => !isReturn(event)),
    goodIndexes: indexes.filter((_, i) => !isReturn(good[i]!)),
    bad: [
      ...bad,
      ...good.flatMap((event, i) =>
        isReturn(event) ? [{ index: indexes[i]!, id: event.id, reason: 'forbidden' as const, message: MESSAGE }] : [],
      ),
    ].sort((a, b) => a.index - b.index),
  };
}
