import type { AuctionFormat } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { Auction } from './auction.ts';
import { bidLadder } from './bid-ladder.ts';
import { Entrants } from './entrants.ts';

const EFFECTS = Float64Array.of(1, 0.7, 0.4);
const RIVALS = 6;
const OWN = 0;

/** Own at `bid` (none: not there) against the rivals that the seed draws. */
function sold(seed: number, format: AuctionFormat, bid: number | undefined) {
  const rng = new Rng(seed);
  const entrants = new Entrants(RIVALS + 1);
  for (let i = 0; i <= RIVALS; i++) {
    entrants.open();
    entrants.bidMicros[i] = Math.floor(100 + 900 * rng.unit());
    entrants.weight[i] = 0.05 + 0.2 * rng.unit();
    entrants.bonus[i] = 5 * rng.unit();
    entrants.reserveMicros[i] = 50;
    entrants.shop[i] = i;
    entrants.item[i] = i;
  }
  const floors = Float64Array.of(40, 25, 10).map((floor) => floor * rng.unit());
  entrants.bidMicros[OWN] = bid ?? 0;
  const auction = new Auction();
  auction.run(entrants, { format, slotEffects: EFFECTS, slotFloors: floors, qualityMin: 0 });
  return { auction, entrants, floors };
}

describe.each(['gsp', 'vcg', 'first-price'] as const)('the ladder of a %s auction', (format) => {
  test('is what the auction does at every bid (seeds 1 to 40)', () => {
    let won = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const without = sold(seed, format, undefined);
      const toBeat = without.floors.slice();
      for (let rank = 0; rank < without.auction.won; rank++) {
        const slot = without.auction.slot[rank]!;
        toBeat[slot] = Math.max(toBeat[slot]!, without.auction.score(without.auction.winner[rank]!));
      }
      const ladder = bidLadder(
        { format, slotEffects: EFFECTS, toBeat },
        {
          weight: without.entrants.weight[OWN]!,
          bonus: without.entrants.bonus[OWN]!,
          reserveMicros: 50,
          coinMicros: 1,
          paysBid: false,
        },
      );
      for (let bid = 10; bid < 3000; bid += 37) {
        const { auction } = sold(seed, format, bid);
        const rank = Array.from({ length: auction.won }, (_, i) => i).find((i) => auction.winner[i] === OWN);
        const slot = ladder.bidsMicros.findIndex((least) => bid >= least);
        expect(slot, `seed ${seed}, bid ${bid}`).toBe(rank === undefined ? -1 : auction.slot[rank]!);
        if (rank === undefined) continue;
        won++;
        const cost = ladder.paysBid ? bid : Math.min(bid, ladder.costsMicros[slot]!);
        expect(cost, `seed ${seed}, bid ${bid}`).toBe(auction.priceMicros[rank]!);
      }
    }
    expect(won).toBeGreaterThan(1000);
  });
});
