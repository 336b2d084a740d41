/** Where a winner's price comes from: its thresholds and the sum, with the numbers, as an explanation gives them. */
import type { AuctionFormat, PriceDerivation, PriceThreshold } from '@rialto/sdk';
import type { Billing } from '../market/campaigns.ts';
import type { Auction, PriceStep } from './auction.ts';
import type { Entrants } from './entrants.ts';

export interface DerivationFacts {
  readonly auction: Auction;
  readonly entrants: Entrants;
  readonly format: AuctionFormat;
  readonly slotEffects: Float64Array;
  /** Of the winner. */
  readonly rank: number;
  readonly paidFor: Billing;
  readonly pClick: number;
  readonly relevance: number;
  readonly reserveFrom: PriceDerivation['reserveFrom'];
  readonly nameOf: (entrant: number) => { readonly campaign: string; readonly listing: string };
}

export function derivePrice(facts: DerivationFacts): PriceDerivation {
  const { auction, entrants, format, rank, nameOf, paidFor, pClick, relevance, reserveFrom } = facts;
  const winner = auction.winner[rank]!;
  const thresholds = auction.steps(rank).map(
    ({ slot, setBy, rival, score, share }: PriceStep): PriceThreshold => ({
      slot,
      setBy,
      ...(setBy === 'rival' && nameOf(rival)),
      scoreMicros: score,
      share,
    }),
  );
  const exactMicros = auction.exactPrice(rank);
  const priceMicros = auction.priceMicros[rank]!;
  return {
    format,
    paidFor,
    slot: auction.slot[rank]!,
    slotEffect: facts.slotEffects[auction.slot[rank]!]!,
    pClick,
    relevance,
    weight: entrants.weight[winner]!,
    bonusMicros: entrants.bonus[winner]!,
    scoreMicros: auction.score(winner),
    reserveMicros: entrants.reserveMicros[winner]!,
    reserveFrom,
    thresholds,
    exactMicros,
    coinMicros: entrants.coinMicros[winner]!,
    rounding: roundingOf(priceMicros, exactMicros, entrants.coinMicros[winner]!),
    formula: formulaOf(facts, thresholds, exactMicros, priceMicros),
  };
}

function roundingOf(price: number, exact: number, coin: number): PriceDerivation['rounding'] {
  if (Math.abs(price - exact) < 1e-6 * Math.max(1, exact)) return 'none';
  return price % coin === 0 ? 'up-to-coin' : 'down-to-bid';
}

const said = (value: number): string => `${Number(value.toPrecision(9))}`;

function formulaOf(
  { auction, entrants, format, rank }: DerivationFacts,
  thresholds: readonly PriceThreshold[],
  exactMicros: number,
  priceMicros: number,
): string {
  const winner = auction.winner[rank]!;
  if (format === 'first-price' || entrants.paysBid[winner] === 1) return `the bid = ${priceMicros}`;
  const terms = thresholds.map(({ scoreMicros, share }) =>
    share === 1 ? said(scoreMicros) : `${said(scoreMicros)} × ${said(share)}`,
  );
  const bonus = entrants.bonus[winner]!;
  const sum =
    bonus === 0 && terms.length === 1 ? terms[0]! : `(${terms.join(' + ')}${bonus === 0 ? '' : ` − ${said(bonus)}`})`;
  const coin = entrants.coinMicros[winner]!;
  return `${sum} / ${said(entrants.weight[winner]!)} = ${said(exactMicros)}, up to whole ${coin}, at most the bid: ${priceMicros}`;
}
