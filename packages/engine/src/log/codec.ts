/**
 * Records as bytes: MessagePack arrays whose first two cells are the kind's number and `at`, the rest the kind's fields in
 * a fixed order. A field may be added at the end of a kind and is absent from older records; a kind's number is never reused.
 * Decoding what was encoded gives an equal record: absent fields stay absent.
 */
import type { DecideRequest, EventType, Exposure, ThingKind } from '@rialto/sdk';
import { Packr } from 'msgpackr';
import { assert } from '../base/assert.ts';
import type {
  Claims,
  DecidedRecord,
  DecisionRecord,
  EntityKind,
  EventRecord,
  InterleavedRecord,
  LoggedSignal,
  LoggedThing,
  LogRecord,
  ModelChange,
} from './record.ts';

// Without `copyBuffers` a model's bytes would lie in the buffer that was decoded, which its owner reuses.
const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true, copyBuffers: true });

const ENTITY_KINDS: readonly EntityKind[] = [
  'listing',
  'shop',
  'campaign',
  'placement',
  'review',
  'settings',
  'experiment',
  'ranker',
];
const EVENT = 16;
const DECISION = 17;
const MODEL = 18;
const PAYMENT = 19;
const REFUND = 20;
const ERASURE = 21;

type Cells = unknown[];

/** Cells without the absent ones at the end. */
function trim(cells: Cells): Cells {
  while (cells[cells.length - 1] === undefined) cells.pop();
  return cells;
}

export function encodeRecord(record: LogRecord): Buffer {
  return packr.pack(cellsOf(record));
}

function cellsOf(record: LogRecord): Cells {
  switch (record.kind) {
    case 'event':
      return eventCells(record);
    case 'decision':
      return trim([
        DECISION,
        record.at,
        record.id,
        record.stateOffset,
        record.request,
        record.placements.map(placementCells),
        record.exposures && exposureCells(record.exposures, record.request),
        record.brownout && 1,
      ]);
    case 'model':
      return trim([
        MODEL,
        record.at,
        record.by,
        record.name,
        record.bytes,
        record.card,
        record.change,
        record.part && [record.part.index, record.part.of],
      ]);
    case 'payment':
      return [PAYMENT, record.at, record.by, record.payment];
    case 'refund':
      return [REFUND, record.at, record.by, record.refund];
    case 'erasure':
      return [ERASURE, record.at, record.by, record.who];
    default:
      return [ENTITY_KINDS.indexOf(record.kind), record.at, record.by, record.entity];
  }
}

function eventCells({ at, event: e, claims, exposure, forged, imported }: EventRecord): Cells {
  return trim([
    EVENT,
    at,
    imported ? 1 : 0,
    forged ? 1 : 0,
    claims ? claimCells(claims) : null,
    e.id,
    e.type,
    e.at,
    e.buyer,
    e.session,
    e.listing,
    e.token,
    e.placement,
    e.order,
    e.quantity,
    e.priceMicros,
    e.query,
    e.country,
    e.bot === true ? 1 : undefined,
    e.experiment,
    e.variant,
    exposure?.version,
    exposure?.unit,
    e.language,
    e.results,
  ]);
}

function claimCells(c: Claims): Cells {
  return trim([
    c.decisionId,
    c.position,
    c.listing,
    c.placement,
    c.campaign,
    c.priceMicros,
    c.expiresAt,
    c.billing,
    c.commissionBasisPoints,
    c.priceThousandths,
    c.kind,
    c.arm,
  ]);
}

const within = { start: 0, end: 0 };

/**
 * The record that lies in [start, end) of a buffer; many in one buffer are decoded faster than in a view for each. Throws on
 * bytes that are no record: the frame's checksum has been checked, so that is a defect or a newer version.
 */
export function decodeRecord(bytes: Uint8Array, start = 0, end = bytes.length): LogRecord {
  within.start = start;
  within.end = end;
  const cells = packr.unpack(bytes, within) as Cells;
  const code = cells[0] as number;
  const at = cells[1] as number;
  switch (code) {
    case EVENT:
      return decodeEvent(cells, at);
    case DECISION:
      return decodeDecision(cells, at);
    case MODEL:
      return {
        kind: 'model',
        at,
        by: cells[2] as string,
        name: cells[3] as string,
        bytes: new Uint8Array(cells[4] as Uint8Array),
        card: cells[5] as Record<string, unknown>,
        ...(isThere(cells[6]) && { change: cells[6] as ModelChange }),
        ...(isThere(cells[7]) && { part: partOf(cells[7] as [number, number]) }),
      };
    case PAYMENT:
      return { kind: 'payment', at, by: cells[2] as string, payment: cells[3] as never };
    case REFUND:
      return { kind: 'refund', at, by: cells[2] as string, refund: cells[3] as never };
    case ERASURE:
      return { kind: 'erasure', at, by: cells[2] as string, who: cells[3] as never };
    default: {
      const kind = ENTITY_KINDS[code];
      assert(kind !== undefined, 'the log holds a record of an unknown kind; it was written by a newer version', code);
      return { kind, at, by: cells[2] as string, entity: cells[3] } as LogRecord;
    }
  }
}

const partOf = ([index, of]: readonly [number, number]) => ({ index, of });

function decodeDecision(cells: Cells, at: number): LogRecord {
  const request = cells[4] as DecideRequest;
  const record: Mutable<DecisionRecord> = {
    kind: 'decision',
    at,
    id: cells[2] as string,
    stateOffset: cells[3] as number,
    request,
    placements: (cells[5] as Cells[]).map(decodePlacement),
  };
  if (isThere(cells[6])) record.exposures = decodeExposures(cells[6] as Cells, request);
  if (cells[7] === 1) record.brownout = true;
  return record;
}

function decodeEvent(cells: Cells, at: number): LogRecord {
  const event: Mutable<EventRecord['event']> = {
    id: cells[5] as string,
    type: cells[6] as EventType,
    at: cells[7] as number,
  };
  if (isThere(cells[8])) event.buyer = cells[8] as string;
  if (isThere(cells[9])) event.session = cells[9] as string;
  if (isThere(cells[10])) event.listing = cells[10] as string;
  if (isThere(cells[11])) event.token = cells[11] as string;
  if (isThere(cells[12])) event.placement = cells[12] as string;
  if (isThere(cells[13])) event.order = cells[13] as string;
  if (isThere(cells[14])) event.quantity = cells[14] as number;
  if (isThere(cells[15])) event.priceMicros = cells[15] as number;
  if (isThere(cells[16])) event.query = cells[16] as string;
  if (isThere(cells[17])) event.country = cells[17] as string;
  if (cells[18] === 1) event.bot = true;
  if (isThere(cells[19])) event.experiment = cells[19] as string;
  if (isThere(cells[20])) event.variant = cells[20] as string;
  if (isThere(cells[23])) event.language = cells[23] as string;
  if (isThere(cells[24])) event.results = cells[24] as number;
  const record: Mutable<EventRecord> = { kind: 'event', at, event };
  if (cells[2] === 1) record.imported = true;
  if (cells[3] === 1) record.forged = true;
  if (isThere(cells[4])) record.claims = decodeClaims(cells[4] as Cells);
  if (isThere(cells[21])) record.exposure = { version: cells[21] as number, unit: cells[22] as string };
  return record;
}

function decodeClaims(cells: Cells): Claims {
  const claims: Mutable<Claims> = {
    decisionId: cells[0] as string,
    position: cells[1] as number,
    listing: cells[2] as string,
    placement: cells[3] as string,
  };
  if (isThere(cells[4])) claims.campaign = cells[4] as string;
  if (isThere(cells[5])) claims.priceMicros = cells[5] as number;
  if (isThere(cells[6])) claims.expiresAt = cells[6] as number;
  if (isThere(cells[7])) claims.billing = cells[7] as 'view' | 'order';
  if (isThere(cells[8])) claims.commissionBasisPoints = cells[8] as number;
  if (isThere(cells[9])) claims.priceThousandths = cells[9] as number;
  if (isThere(cells[10])) claims.kind = cells[10] as ThingKind;
  if (isThere(cells[11])) claims.arm = cells[11] as number;
  return claims;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const isThere = (cell: unknown): boolean => cell !== null && cell !== undefined;

const EXPOSURE_CELLS = 4;
const BUYER = 0;
const SESSION = 1;

/** In a row, four cells each. A unit that the request names is only pointed to. */
function exposureCells(exposures: readonly Exposure[], { buyer, session }: DecideRequest): Cells {
  const cells: Cells = new Array(EXPOSURE_CELLS * exposures.length);
  let next = 0;
  for (const { experiment, variant, version, unit, probabilities, segment, side } of exposures) {
    cells[next++] = experiment;
    cells[next++] = side === undefined ? drawnCells(variant, probabilities, segment) : [variant, side];
    cells[next++] = version;
    cells[next++] = unit === buyer ? BUYER : unit === session ? SESSION : unit;
  }
  return cells;
}

function drawnCells(
  variant: string,
  probabilities: readonly number[] | undefined,
  segment: string | undefined,
): string | Cells {
  if (probabilities === undefined) return variant;
  return segment === undefined ? [variant, probabilities] : [variant, probabilities, segment];
}

function decodeExposures(cells: Cells, { buyer, session }: DecideRequest): Exposure[] {
  return Array.from({ length: cells.length / EXPOSURE_CELLS }, (_, i) => {
    const [experiment, drawn, version, at] = cells.slice(EXPOSURE_CELLS * i) as [string, unknown, number, unknown];
    const unit = (at === BUYER ? buyer : at === SESSION ? session : at) as string;
    if (!Array.isArray(drawn)) return { experiment, variant: drawn as string, version, unit };
    const exposure = { experiment, variant: drawn[0] as string, version, unit };
    if (typeof drawn[1] === 'string') return { ...exposure, side: drawn[1] as NonNullable<Exposure['side']> };
    const probabilities = drawn[1] as number[];
    if (drawn[2] === undefined) return { ...exposure, probabilities };
    return { ...exposure, probabilities, segment: drawn[2] as string };
  });
}

function placementCells(decided: DecidedRecord): Cells {
  const { placement, listings, campaigns, pricesMicros, signals, things, propensities, late, interleaved } = decided;
  if (propensities !== undefined || late !== undefined || interleaved !== undefined) {
    const mixed = interleaved && interleavedCells(interleaved);
    return trim([placement, listings, campaigns, pricesMicros, signals, things, propensities, late && 1, mixed]);
  }
  if (things !== undefined) return [placement, listings, campaigns, pricesMicros, signals, things];
  if (signals === undefined) return [placement, listings, campaigns, pricesMicros];
  return [placement, listings, campaigns, pricesMicros, signals];
}

function decodePlacement(cells: Cells): DecidedRecord {
  const decided: Mutable<DecidedRecord> = {
    placement: cells[0] as string,
    listings: cells[1] as string[],
    campaigns: cells[2] as string[],
    pricesMicros: cells[3] as number[],
  };
  if (isThere(cells[4])) decided.signals = cells[4] as LoggedSignal[];
  if (isThere(cells[5])) decided.things = cells[5] as LoggedThing[];
  if (isThere(cells[6])) decided.propensities = cells[6] as number[];
  if (cells[7] === 1) decided.late = true;
  if (isThere(cells[8])) decided.interleaved = decodeInterleaved(cells[8] as Cells);
  return decided;
}

function interleavedCells({ experiment, version, unit, method, first, second, teams }: InterleavedRecord): Cells {
  return trim([experiment, version, unit, method, first, second, teams]);
}

function decodeInterleaved(cells: Cells): InterleavedRecord {
  const mixed: Mutable<InterleavedRecord> = {
    experiment: cells[0] as string,
    version: cells[1] as number,
    unit: cells[2] as string,
    method: cells[3] as InterleavedRecord['method'],
    first: cells[4] as number[],
    second: cells[5] as number[],
  };
  if (isThere(cells[6])) mixed.teams = cells[6] as number[];
  return mixed;
}
