/** Records as rows of the history tables: cells in the order of the columns of `lake-tables.ts`. */
import type { Offset } from '../log/log.ts';
import type { DecidedRecord, DecisionRecord, EventRecord, ModelRecord, SavedRecord } from '../log/record.ts';

/** Times are milliseconds, dates are days since 1970; undefined is NULL. */
export type Cell = string | number | boolean | readonly string[] | undefined;

/** `valueMicros`: of an order line that was counted. */
export function eventRow(
  offset: Offset,
  { at, event: e, claims: c, imported, forged }: EventRecord,
  valueMicros?: number,
): Cell[] {
  return [
    offset,
    e.id,
    e.type,
    e.at,
    at,
    e.buyer,
    e.session,
    e.listing,
    e.placement,
    e.order,
    e.quantity,
    e.priceMicros,
    e.query,
    e.country,
    imported === true,
    forged === true,
    c?.decisionId,
    c?.placement,
    c?.kind === undefined ? c?.listing : undefined,
    positionOf(c),
    c?.campaign,
    c?.priceMicros,
    c?.expiresAt,
    e.token,
    e.bot === true,
    c?.campaign === undefined ? undefined : (c.billing ?? 'click'),
    c?.commissionBasisPoints,
    e.experiment,
    e.variant,
    e.language,
    e.results,
    c?.kind,
    c?.kind === undefined ? undefined : c.listing,
    valueMicros,
  ];
}

const INT32_MAX = 2 ** 31 - 1;

/** NULL where no placement has so many: tokens that bill nothing are not signed, so clients may write any number. */
function positionOf(claims: EventRecord['claims']): number | undefined {
  return claims !== undefined && claims.position <= INT32_MAX ? claims.position : undefined;
}

/** What a client reported. */
export function reportedExposureRow(offset: Offset, { event: e, exposure }: EventRecord): Cell[] {
  const { experiment, variant, at, buyer, session, id } = e;
  const met = [offset, experiment, variant, exposure?.version, exposure?.unit, at, buyer, session];
  return [...met, undefined, id, undefined, undefined, undefined];
}

/** What a decision gave. */
export function decidedExposureRows(offset: Offset, { at, id, request, exposures = [] }: DecisionRecord): Cell[][] {
  const { buyer, session } = request;
  return exposures.map(({ experiment, variant, version, unit, probabilities, segment, side }) => [
    offset,
    experiment,
    variant,
    version,
    unit,
    at,
    buyer,
    session,
    id,
    undefined,
    probabilities && JSON.stringify(probabilities),
    segment,
    side,
  ]);
}

/** Of lists that were made of two rankings. */
export function interleavedRows(offset: Offset, { at, id, placements }: DecisionRecord): Cell[][] {
  return placements.flatMap(({ placement, listings, interleaved }) => {
    if (interleaved === undefined) return [];
    const { experiment, version, unit, method, teams, first, second } = interleaved;
    const list = [offset, id, at, experiment, version, unit, method, placement];
    const all = listings.map((listing, i) => [...list, i, listing, teams?.[i] ?? 0, first[i], second[i]]);
    return all.filter((_, i) => first[i]! > 0 || second[i]! > 0);
  });
}

export function decisionRow(offset: Offset, { at, id, stateOffset, request, placements }: DecisionRecord): Cell[] {
  const context = request.context ?? {};
  const count = (of: (placement: DecidedRecord) => number) => placements.reduce((sum, one) => sum + of(one), 0);
  return [
    offset,
    id,
    at,
    stateOffset,
    request.buyer,
    request.session,
    request.placements,
    context.listing,
    context.query,
    context.category,
    context.cart,
    context.country,
    context.language,
    context.region,
    context.device,
    context.audiences,
    request.exclude,
    count(({ listings, things = [] }) => listings.length + things.length),
    count(({ campaigns }) => campaigns.filter((campaign) => campaign !== '').length),
  ];
}

export function decisionItemRows(offset: Offset, { at, id, placements }: DecisionRecord): Cell[][] {
  return placements.flatMap(({ placement, listings, campaigns, pricesMicros, propensities, things = [] }) => {
    const rows = listings.map((listing, i): Cell[] => {
      const item = [offset, id, at, placement, i];
      if ((campaigns[i] ?? '') === '')
        return [...item, 'listing', listing, undefined, undefined, propensities?.[i], undefined];
      return [...item, 'ad', listing, campaigns[i], pricesMicros[i], undefined, undefined];
    });
    for (const [i, thing] of things.entries())
      rows.push([offset, id, at, placement, i, thing.kind, ...NO_LISTING, propensities?.[i], thing.id]);
    return rows;
  });
}

/** Listing, campaign and price. */
const NO_LISTING: readonly Cell[] = [undefined, undefined, undefined];

export function changeRow(offset: Offset, { at, by, kind, entity }: SavedRecord): Cell[] {
  return [offset, at, by, kind, 'id' in entity ? entity.id : 'settings', jsonText(entity)];
}

export function modelRow(offset: Offset, { at, by, name, bytes, card }: ModelRecord): Cell[] {
  return [offset, name, at, by, bytes.byteLength, jsonText(card)];
}

/** JSON that every parser takes: half a surrogate pair, which DuckDB refuses even escaped, becomes U+FFFD. */
function jsonText(value: object): string {
  const text = JSON.stringify(value);
  if (!LONE_SURROGATE.test(text)) return text;
  // Escapes are doubled backslashes away from texts that only look like one: those are left alone.
  return text.replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (found) => (found === '\\\\' ? found : '\ufffd'));
}

const LONE_SURROGATE = /\\ud[89a-f]/;
