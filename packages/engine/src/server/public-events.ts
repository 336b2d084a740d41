/**
 * What a publishable key may not say. Anybody who opens the shop's page can read such a key. A return gives a seller the commission of its
 * order back, so a seller who sent returns of all orders would advertise for nothing: returns come from the marketplace's servers. So do orders
 * where the settings say so, since an order that was made up costs a seller who pays by order.
 */
import type { BuyerEvent, Settings } from '@rialto/sdk';
import type { ValidatedItems } from '../wire/validate.ts';

type Guarded = 'return' | 'purchase';

const MESSAGES: Readonly<Record<Guarded, string>> = {
  return: 'a return gives money back, so a publishable key may not send it; send it from a server with an API key',
  purchase:
    'orders are taken from servers alone (settings.ads.ordersFrom), so a publishable key may not send them; send it from a server with an API key',
};

const guardOf = ({ type }: BuyerEvent, { ads }: Settings): Guarded | undefined =>
  type === 'return' || (type === 'purchase' && ads?.ordersFrom === 'servers') ? type : undefined;

export const saysGuarded = ({ good }: ValidatedItems<BuyerEvent>, settings: Settings): boolean =>
  good.some((event) => guardOf(event, settings) !== undefined);

/** The same, with what is guarded among the bad. */
export function refuseGuarded(
  { good, goodIndexes, bad }: ValidatedItems<BuyerEvent>,
  settings: Settings,
): ValidatedItems<BuyerEvent> {
  const indexes = goodIndexes ?? [...good.keys()];
  const refused = good.map((event) => guardOf(event, settings));
  return {
    good: good.filter((_, i) => refused[i] === undefined),
    goodIndexes: indexes.filter((_, i) => refused[i] === undefined),
    bad: [
      ...bad,
      ...refused.flatMap((guard, i) =>
        guard === undefined
          ? []
          : [{ index: indexes[i]!, id: good[i]!.id, reason: 'forbidden' as const, message: MESSAGES[guard] }],
      ),
    ].sort((a, b) => a.index - b.index),
  };
}
