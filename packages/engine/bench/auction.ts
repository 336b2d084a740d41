/**
 * One auction in process: 500 candidates for 4 slots, with bids, pacing's multipliers, budgets and frequency caps, from columns as
 * a decision has them to winners with prices. The cases take turns in one run, each on the same markets.
 */
import { Auction } from '../src/ads/auction.ts';
import { CLICK, Entrants, reserveFor, weigh } from '../src/ads/entrants.ts';
import { Rng } from '../src/base/rng.ts';
import type { Bench, BenchOptions, Figures } from './bench.ts';
import { machineFacts, median, rounded } from './figures.ts';

const CANDIDATES = 500;
const SLOT_EFFECTS = Float64Array.of(1, 0.75, 0.6, 0.5);
const CASES = {
  gsp: { format: 'gsp', squashing: 1 },
  vcg: { format: 'vcg', squashing: 1 },
  'first-price': { format: 'first-price', squashing: 1 },
  'gsp, squashed': { format: 'gsp', squashing: 0.9 },
} as const;
const NAMES = Object.keys(CASES) as (keyof typeof CASES)[];
/** Different markets, so that none is learned by heart. */
const MARKETS = 64;
const ROUNDS = 15;

/** What a decision knows of its candidates before the auction. All [candidates]. */
interface Market {
  readonly bidMicros: Float64Array;
  readonly multiplier: Float64Array;
  readonly pClick: Float64Array;
  readonly relevance: Float64Array;
  readonly leftMicros: Float64Array;
  readonly seen: Uint32Array;
  readonly shop: Int32Array;
  readonly priority: Uint32Array;
}

function drawMarket(rng: Rng): Market {
  const draw = (value: () => number): Float64Array => Float64Array.from({ length: CANDIDATES }, value);
  return {
    bidMicros: draw(() => Math.round(250_000 * Math.exp(0.6 * rng.normal()))),
    multiplier: draw(() => (rng.below(2) === 0 ? 1 : 0.5 + 0.5 * rng.unit())),
    pClick: draw(() => Math.min(1, 0.02 * Math.exp(0.7 * rng.normal()))),
    relevance: draw(() => 0.05 + 0.95 * rng.unit()),
    leftMicros: draw(() => (rng.below(10) === 0 ? 0 : 1e7 * rng.unit())),
    seen: Uint32Array.from({ length: CANDIDATES }, () => rng.below(7)),
    shop: Int32Array.from({ length: CANDIDATES }, () => rng.below(120)),
    priority: Uint32Array.from({ length: CANDIDATES }, () => rng.uint32()),
  };
}

/** The columns of a decision's candidates become entrants. */
function enter(market: Market, entrants: Entrants, squashing: number): void {
  entrants.size = 0;
  for (let i = 0; i < CANDIDATES; i++) {
    const entrant = entrants.open();
    const pClick = market.pClick[i]!;
    const relevance = market.relevance[i]!;
    entrants.bidMicros[entrant] = market.bidMicros[i]!;
    entrants.multiplier[entrant] = market.multiplier[i]!;
    entrants.weight[entrant] = weigh(pClick, relevance, squashing, 0.01);
    entrants.quality[entrant] = pClick * relevance;
    entrants.leftMicros[entrant] = market.leftMicros[i]!;
    entrants.seen[entrant] = market.seen[i]!;
    entrants.seenMax[entrant] = 6;
    entrants.reserveMicros[entrant] = reserveFor(CLICK, 50_000, pClick, 1);
    entrants.coinMicros[entrant] = 10_000;
    entrants.shop[entrant] = market.shop[i]!;
    entrants.item[entrant] = i;
    entrants.priority[entrant] = market.priority[i]!;
  }
}

export const auctionBench: Bench = async ({ small, say }: BenchOptions): Promise<Figures> => {
  const rng = new Rng(11);
  const markets = Array.from({ length: small ? 4 : MARKETS }, () => drawMarket(rng));
  const entrants = new Entrants(CANDIDATES);
  const auction = new Auction();
  const auctions = small ? 40 : 4_000;
  const micros = new Map<string, number[]>(NAMES.map((name) => [name, []]));
  let [won, paidMicros] = [0, 0];
  for (let round = 0; round < (small ? 2 : ROUNDS + 2); round++) {
    for (const name of NAMES) {
      const { format, squashing } = CASES[name];
      const terms = { format, slotEffects: SLOT_EFFECTS, qualityMin: 0.0005 };
      const startedAt = performance.now();
      for (let n = 0; n < auctions; n++) {
        enter(markets[n % markets.length]!, entrants, squashing);
        auction.run(entrants, terms);
        won += auction.won;
        for (let rank = 0; rank < auction.won; rank++) paidMicros += auction.priceMicros[rank]!;
      }
      const took = (1_000 * (performance.now() - startedAt)) / auctions;
      // The first two rounds warm up.
      if (small || round >= 2) micros.get(name)!.push(took);
    }
    say(`round ${round + 1}`);
  }
  const each = (pick: (all: readonly number[]) => number) =>
    Object.fromEntries(NAMES.map((name) => [name, rounded(pick(micros.get(name)!), 2)]));
  return {
    candidates: CANDIDATES,
    slots: SLOT_EFFECTS.length,
    microsPerAuction: each(median),
    slowestRound: each((all) => Math.max(...all)),
    won,
    paidMicros,
    machine: machineFacts(),
  };
};
