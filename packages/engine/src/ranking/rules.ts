/**
 * A placement's business rules, compiled: conditions on listings become marks over facets, so that asking costs a lookup.
 * A compiled rule set belongs to the listings and facets known when it was made; `compileRules` is called again when there are
 * more.
 */
import type { Placement, Rule, Where } from '@rialto/sdk';
import { MILLIS_PER_DAY } from '../base/units.ts';
import { facetName } from '../market/listings.ts';
import type { Market } from '../market/market.ts';

interface Condition {
  /** 1 at each facet that satisfies it, or null where it asks for no facet. [facets] */
  readonly facets: Uint8Array | null;
  /** Listing rows that satisfy it, where it asks for ids. */
  readonly listings: ReadonlySet<number> | null;
  readonly priceMicrosMin: number;
  readonly priceMicrosMax: number;
}

export interface CompiledRules {
  readonly include: readonly Condition[];
  readonly exclude: readonly Condition[];
  /** With the log of the factor, which adds to log-odds. */
  readonly shift: readonly { readonly condition: Condition; readonly logFactor: number }[];
  /** Sorted by position. */
  readonly pins: readonly { readonly listing: string; readonly position: number }[];
  /** Purchases as young as this hide a listing; 0 = the rule is not set. */
  readonly notBoughtMs: number;
  readonly maxPerShop: number;
}

const ofKind = <Kind extends Rule['rule']>(rules: readonly Rule[], kind: Kind): Extract<Rule, { rule: Kind }>[] =>
  rules.filter((rule): rule is Extract<Rule, { rule: Kind }> => rule.rule === kind);

export function compileRules(placement: Placement, market: Market): CompiledRules {
  const rules = placement.rules ?? [];
  const bought = ofKind(rules, 'not-bought').map((rule) =>
    rule.days === undefined ? Number.POSITIVE_INFINITY : rule.days * MILLIS_PER_DAY,
  );
  return {
    include: ofKind(rules, 'include').map((rule) => compileWhere(rule.where, market)),
    exclude: ofKind(rules, 'exclude').map((rule) => compileWhere(rule.where, market)),
    shift: [...ofKind(rules, 'boost'), ...ofKind(rules, 'bury')].map((rule) => ({
      condition: compileWhere(rule.where, market),
      logFactor: Math.log(rule.factor),
    })),
    pins: compilePins(rules),
    notBoughtMs: Math.max(0, ...bought),
    maxPerShop: Math.min(Number.POSITIVE_INFINITY, ...ofKind(rules, 'max-per-shop').map((rule) => rule.max)),
  };
}

/** A listing that is pinned twice has its first place only. */
function compilePins(rules: readonly Rule[]): CompiledRules['pins'] {
  const pins = ofKind(rules, 'pin').sort((a, b) => a.position - b.position);
  return pins.filter(({ listing }, i) => pins.findIndex((pin) => pin.listing === listing) === i);
}

function compileWhere(where: Where, { listings }: Market): Condition {
  const prices = {
    priceMicrosMin: where.priceMicrosMin ?? 0,
    priceMicrosMax: where.priceMicrosMax ?? Number.POSITIVE_INFINITY,
  };
  if (where.attribute === undefined) return { facets: null, listings: null, ...prices };
  const values = where.in ?? [];
  if (where.attribute === 'id')
    return { facets: null, listings: new Set(values.map((id) => listings.ids.find(id))), ...prices };
  const facets = new Uint8Array(listings.facets.size);
  for (const value of values) {
    const facet = listings.facets.find(facetName(where.attribute, value));
    if (facet >= 0) facets[facet] = 1;
  }
  return { facets, listings: null, ...prices };
}

export function satisfies(condition: Condition, listing: number, { listings }: Market): boolean {
  const price = listings.priceMicros.data[listing]!;
  if (price < condition.priceMicrosMin || price > condition.priceMicrosMax) return false;
  if (condition.listings !== null && !condition.listings.has(listing)) return false;
  return condition.facets === null || listings.hasFacet(listing, condition.facets);
}
