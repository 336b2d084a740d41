/** What views cost that are sold by the thousand, from the token to the ledger. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { decodeRecord, encodeRecord } from '../log/codec.ts';
import type { EventRecord } from '../log/record.ts';
import { AdBooks } from './ad-books.ts';
import { NO_LIMITS } from './limits.ts';
import { type AdClaims, isAd, signToken, TOKEN_LIFE_MS, verifyToken } from './token.ts';

const NOON = Date.UTC(2026, 4, 20, 12);
const SECRET = new Uint8Array(32).fill(5);

/** The claims of a view at the price of a thousand, as they come back in a token and out of the log. */
function claimsAt(milleMicros: number, view: number): AdClaims {
  const rest = milleMicros % 1000;
  const claims = verifyToken(
    signToken(
      {
        decisionId: `d${view}`,
        position: 0,
        listing: 'cup',
        placement: 'home',
        campaign: 'c',
        billing: 'view',
        priceMicros: (milleMicros - rest) / 1000,
        ...(rest > 0 && { priceThousandths: rest }),
        expiresAt: NOON + TOKEN_LIFE_MS,
      },
      SECRET,
    ),
    SECRET,
  );
  if (typeof claims === 'string' || !isAd(claims)) throw new Error('no claims of an ad');
  const event = { id: `e${view}`, type: 'impression' as const, at: NOON };
  const record = decodeRecord(encodeRecord({ kind: 'event', at: NOON, event, claims })) as EventRecord;
  return record.claims as AdClaims;
}

function see(books: AdBooks, campaign: number, milleMicros: number, view: number): number {
  const { settlement } = books.settle(
    {
      kind: 'view',
      at: NOON,
      takenAt: NOON,
      claims: claimsAt(milleMicros, view),
      campaign,
      shop: campaign,
      listing: 0,
      buyer: `b${view}`,
      session: undefined,
      signedIn: undefined,
      bot: false,
    },
    NO_LIMITS,
  );
  expect(settlement.outcome).toBe('charged');
  return settlement.chargedMicros;
}

function reloaded(books: AdBooks): AdBooks {
  const out = new SnapshotWriter();
  books.save(out);
  const copy = new AdBooks();
  copy.load(new SnapshotReader(out.sections));
  return copy;
}

it('a thousand views cost the price of a thousand, to the micro, whatever it is (seed 61)', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000, max: 5_000_000 }),
      fc.integer({ min: 0, max: 999 }),
      (milleMicros, restart) => {
        let books = new AdBooks();
        let [cost, least, most] = [0, Number.POSITIVE_INFINITY, 0];
        for (let view = 0; view < 1_000; view++) {
          if (view === restart) books = reloaded(books);
          const charged = see(books, 0, milleMicros, view);
          cost += charged;
          least = Math.min(least, charged);
          most = Math.max(most, charged);
        }
        expect(cost).toBe(milleMicros);
        expect(most - least).toBeLessThanOrEqual(1);
        expect(books.ledger.totals.chargedMicros).toBe(milleMicros);
      },
    ),
    { seed: 61, numRuns: 12 },
  );
});

it('views at changing prices, of campaigns by turns, cost what they come to, rounded down once (seed 62)', () => {
  const views = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1_000, max: 90_000 })), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(views, (seen) => {
      const books = new AdBooks();
      const [cost, thousandths] = [
        [0, 0, 0],
        [0, 0, 0],
      ];
      seen.forEach(([campaign, milleMicros], view) => {
        cost[campaign]! += see(books, campaign, milleMicros, view);
        thousandths[campaign]! += milleMicros;
      });
      expect(cost).toEqual(thousandths.map((sum) => Math.floor(sum / 1000)));
    }),
    { seed: 62, numRuns: 30 },
  );
});
