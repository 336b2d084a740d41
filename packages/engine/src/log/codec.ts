/**
 * Records as bytes: MessagePack arrays whose first two cells are the kind's number and `at`, the rest the kind's fields in
 * a fixed order. A field may be added at the end of a kind and is absent from older records; a kind's number is never reused.
 * Decoding what was encoded gives an equal record: absent fields stay absent.
 */
import { Packr } from 'msgpackr';
import { assert } from '../base/assert.ts';
import type { Claims, DecidedRecord, EntityKind, LogRecord } from './record.ts';

const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true });

const ENTITY_KINDS: readonly EntityKind[] = ['listing', 'shop', 'campaign', 'placement', 'review', 'settings'];
const EVENT = 16;
const DECISION = 17;
const MODEL = 18;

const EVENT_FIELDS = ['id', 'type', 'at', 'buyer', 'session', 'listing', 'token', 'placement', 'order', 'quantity', 'priceMicros', 'query', 'country'] as const;
const CLAIM_FIELDS = ['decisionId', 'position', 'listing', 'placement', 'campaign', 'priceMicros', 'expiresAt'] as const;

type Cells = unknown[];

/** An object's fields as cells, without the absent ones at the end. */
function toCells(source: object, fields: readonly string[], cells: Cells): Cells {
  for (const field of fields) cells.push((source as Record<string, unknown>)[field]);
  while (cells.length > 0 && cells[cells.length - 1] === undefined) cells.pop();
  return cells;
}

function fromCells<T>(cells: Cells, start: number, fields: readonly string[]): T {
  const result: Record<string, unknown> = {};
  for (let i = 0; i < fields.length && start + i < cells.length; i++) {
    const value = cells[start + i];
    if (value !== null && value !== undefined) result[fields[i]!] = value;
  }
  return result as T;
}

export function encodeRecord(record: LogRecord): Buffer {
  return packr.pack(cellsOf(record));
}

function cellsOf(record: LogRecord): Cells {
  switch (record.kind) {
    case 'event':
      return toCells(record.event, EVENT_FIELDS, [
        EVENT,
        record.at,
        record.imported ? 1 : 0,
        record.forged ? 1 : 0,
        record.claims ? toCells(record.claims, CLAIM_FIELDS, []) : null,
      ]);
    case 'decision':
      return [
        DECISION,
        record.at,
        record.id,
        record.stateOffset,
        record.request,
        record.placements.map((p) => [p.placement, p.listings, p.campaigns, p.pricesMicros]),
      ];
    case 'model':
      return [MODEL, record.at, record.by, record.name, record.bytes, record.card];
    default:
      return [ENTITY_KINDS.indexOf(record.kind), record.at, record.by, record.entity];
  }
}

/** Throws on bytes that are no record: the frame's checksum has been checked, so that is a defect or a newer version. */
export function decodeRecord(bytes: Uint8Array): LogRecord {
  const cells = packr.unpack(bytes) as Cells;
  const code = cells[0] as number;
  const at = cells[1] as number;
  switch (code) {
    case EVENT:
      return decodeEvent(cells, at);
    case DECISION:
      return {
        kind: 'decision',
        at,
        id: cells[2] as string,
        stateOffset: cells[3] as number,
        request: cells[4] as never,
        placements: (cells[5] as Cells[]).map(decodePlacement),
      };
    case MODEL:
      return { kind: 'model', at, by: cells[2] as string, name: cells[3] as string, bytes: cells[4] as Uint8Array, card: cells[5] as Record<string, unknown> };
    default: {
      const kind = ENTITY_KINDS[code];
      assert(kind !== undefined, 'the log holds a record of an unknown kind; it was written by a newer version', code);
      return { kind, at, by: cells[2] as string, entity: cells[3] } as LogRecord;
    }
  }
}

function decodeEvent(cells: Cells, at: number): LogRecord {
  const claims = cells[4] as Cells | null;
  return {
    kind: 'event',
    at,
    event: fromCells(cells, 5, EVENT_FIELDS),
    ...(claims ? { claims: fromCells<Claims>(claims, 0, CLAIM_FIELDS) } : {}),
    ...(cells[3] === 1 ? { forged: true as const } : {}),
    ...(cells[2] === 1 ? { imported: true as const } : {}),
  };
}

function decodePlacement(cells: Cells): DecidedRecord {
  return {
    placement: cells[0] as string,
    listings: cells[1] as string[],
    campaigns: cells[2] as string[],
    pricesMicros: cells[3] as number[],
  };
}
