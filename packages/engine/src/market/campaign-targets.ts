/**
 * What campaigns ask of the page and of the buyer, as clauses over numbered terms: "the country is one of these", "the buyer is
 * in none of those audiences". A campaign's clauses are one flat list of cells; a page marks the terms that hold on it once,
 * and asking a campaign is then a walk over its list (`ads/targeting.ts`).
 *
 *     cells of a campaign = (kind, n, n terms)*
 *
 * Of the terms that say on which pages a campaign is shown, categories and products, an index says the other way round which
 * campaigns name them.
 */
import type { Campaign } from '@rialto/sdk';
import { uint8Column } from '../base/column.ts';
import { IntLists } from '../base/int-lists.ts';
import { Interner } from '../base/interner.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

/** Kinds of clauses: in order of asking. The first of each name wants one of its terms to hold, `not` wants none to. */
export const PLACEMENT = 0;
export const NOT_PLACEMENT = 1;
export const COUNTRY = 2;
export const REGION = 3;
export const DEVICE = 4;
export const NOT_DEVICE = 5;
export const AUDIENCE = 6;
export const NOT_AUDIENCE = 7;
/** Of these two, and keywords and complements, one must hold. */
export const CATEGORY = 8;
export const PRODUCT = 9;

// Bits of `pages`: what says on which pages a campaign is shown. 0 for a campaign that goes wherever its listings suit.
export const BY_KEYWORD = 1;
export const BY_CATEGORY = 2;
export const BY_PRODUCT = 4;
export const BY_COMPLEMENT = 8;

/** Terms by name. One letter keeps the kinds apart. */
export const termName = {
  placement: (id: string): string => `p${id}`,
  country: (name: string): string => `c${name.toLowerCase()}`,
  region: (name: string): string => `r${name.toLowerCase()}`,
  device: (name: string): string => `d${name}`,
  audience: (id: string): string => `a${id}`,
  category: (path: string): string => `k${path}`,
  product: (listing: string): string => `l${listing}`,
} as const;

const FACTOR_ONE = 1_000_000;

type Clause = readonly [kind: number, terms: readonly string[]];

export class CampaignTargets implements Part {
  readonly terms = new Interner('targets.terms');
  /** [campaigns]: clauses. */
  readonly clauses = new IntLists();
  /** [campaigns]: a term and the factor of the bid where it holds, in millionths, by turns. */
  readonly #factors = new IntLists();
  /** Bits. [campaigns] */
  readonly pages = uint8Column();
  /** [terms]: campaigns for pages on which the category or product holds, ascending. */
  readonly #campaigns = new IntLists();

  put(row: number, campaign: Campaign): void {
    this.clauses.reserve(row + 1);
    this.#factors.reserve(row + 1);
    this.pages.resize(row + 1);
    for (const term of this.#pageTerms(row)) this.#campaigns.remove(term, row);
    const clauses = clausesOf(campaign).filter(([, terms]) => terms.length > 0);
    const cells = Int32Array.from(
      clauses.flatMap(([kind, names]) => {
        const terms = [...new Set(names.map((name) => this.#intern(name)))];
        return [kind, terms.length, ...terms];
      }),
    );
    this.clauses.set(row, cells, cells.length);
    const factors = Int32Array.from(
      adjustmentsOf(campaign).flatMap(([name, factor]) => [this.#intern(name), Math.round(factor * FACTOR_ONE)]),
    );
    this.#factors.set(row, factors, factors.length);
    this.pages.data[row] = pagesOf(campaign);
    for (const term of this.#pageTerms(row)) this.#campaigns.insert(term, row);
  }

  #intern(name: string): number {
    const term = this.terms.intern(name);
    this.#campaigns.reserve(term + 1);
    return term;
  }

  #pageTerms(row: number): number[] {
    const cells = this.clauses.view(row);
    const found: number[] = [];
    for (let at = 0; at < cells.length; at += 2 + cells[at + 1]!)
      if (cells[at]! >= CATEGORY) found.push(...cells.subarray(at + 2, at + 2 + cells[at + 1]!));
    return found;
  }

  /** Whether the campaign may be shown on a placement at all, somewhere and to somebody. */
  allowsPlacement(row: number, id: string): boolean {
    const term = this.terms.find(termName.placement(id));
    const cells = this.clauses.view(row);
    for (let at = 0; at < cells.length && cells[at]! <= NOT_PLACEMENT; at += 2 + cells[at + 1]!) {
      const named = cells.subarray(at + 2, at + 2 + cells[at + 1]!).includes(term);
      if (named !== (cells[at] === PLACEMENT)) return false;
    }
    return true;
  }

  /** Campaigns for pages on which the term holds; a view that the next change makes invalid. */
  campaignsOf(term: number): Int32Array {
    return this.#campaigns.view(term);
  }

  /** Whether the campaign asks anything of the page or the buyer. */
  asks(row: number): boolean {
    return this.clauses.lengths[row]! > 0 || this.pages.data[row] !== 0;
  }

  /** Whether the campaign's bid is multiplied with anything anywhere. */
  adjusts(row: number): boolean {
    return this.#factors.lengths[row]! > 0;
  }

  /** What the bid is multiplied with where terms hold as `holds` says. */
  bidFactor(row: number, holds: (term: number) => boolean): number {
    const { cells, starts, lengths } = this.#factors;
    const end = starts[row]! + lengths[row]!;
    let factor = 1;
    for (let at = starts[row]!; at < end; at += 2) if (holds(cells[at]!)) factor *= cells[at + 1]! / FACTOR_ONE;
    return factor;
  }

  save(out: SnapshotWriter): void {
    this.terms.save(out);
    this.clauses.save(out, 'targets.clauses');
    this.#factors.save(out, 'targets.factors');
    this.pages.save(out, 'targets.pages');
    this.#campaigns.save(out, 'targets.campaigns');
  }

  load(from: SnapshotReader): void {
    this.terms.load(from);
    this.clauses.load(from, 'targets.clauses');
    this.#factors.load(from, 'targets.factors');
    this.pages.load(from, 'targets.pages');
    this.#campaigns.load(from, 'targets.campaigns');
  }
}

/** A factor of zero keeps the campaign away, like a target that it does not have. */
function clausesOf({ placements, targeting = {}, bidAdjustments = {} }: Campaign): Clause[] {
  const { countries = [], regions = [], devices = [], audiences = {}, categories = [], products = [] } = targeting;
  return [
    // An empty list means nowhere, as it always did: a term that never holds.
    [PLACEMENT, placements?.length === 0 ? [termName.placement('')] : (placements ?? []).map(termName.placement)],
    [NOT_PLACEMENT, zeros(bidAdjustments.placements).map(termName.placement)],
    [COUNTRY, countries.map(termName.country)],
    [REGION, regions.map(termName.region)],
    [DEVICE, devices.map(termName.device)],
    [NOT_DEVICE, zeros(bidAdjustments.devices).map(termName.device)],
    [AUDIENCE, (audiences.include ?? []).map(termName.audience)],
    [NOT_AUDIENCE, (audiences.exclude ?? []).map(termName.audience)],
    [CATEGORY, categories.map(termName.category)],
    [PRODUCT, products.map(termName.product)],
  ];
}

const zeros = (factors: Readonly<Record<string, number>> = {}): string[] =>
  Object.keys(factors).filter((name) => factors[name] === 0);

function adjustmentsOf({ bidAdjustments: { placements = {}, devices = {} } = {} }: Campaign): [string, number][] {
  return [
    ...Object.entries(placements).map(([id, factor]): [string, number] => [termName.placement(id), factor]),
    ...Object.entries(devices).map(([name, factor]): [string, number] => [termName.device(name), factor]),
  ].filter(([, factor]) => factor !== 0 && factor !== 1);
}

function pagesOf({ targeting: { keywords, categories, products, complements } = {} }: Campaign): number {
  return (
    (keywords?.length ? BY_KEYWORD : 0) |
    (categories?.length ? BY_CATEGORY : 0) |
    (products?.length ? BY_PRODUCT : 0) |
    (complements ? BY_COMPLEMENT : 0)
  );
}
