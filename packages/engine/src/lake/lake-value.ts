/**
 * DuckDB's values as plain ones, nothing lost: whole numbers beyond 2^53 are bigints, decimals that a double cannot carry are
 * text. Times are ISO 8601 in UTC, dates YYYY-MM-DD, JSON is parsed; what JavaScript has nothing for is its text.
 */
import {
  DuckDBArrayValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';

export type LakeValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly LakeValue[]
  | { readonly [field: string]: LakeValue };

/** Digits that a double always keeps. */
const EXACT_DIGITS = 15;

export function lakeValue(value: DuckDBValue, type: DuckDBType): LakeValue {
  if (typeof value === 'string') return type.alias === 'JSON' ? parsed(value) : value;
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return wholeNumber(value);
  if (value instanceof DuckDBDecimalValue) {
    const text = value.toString();
    return text.replace(/\D/g, '').length <= EXACT_DIGITS ? Number(text) : text;
  }
  return timeText(value) ?? nested(value, type) ?? String(value);
}

function wholeNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function parsed(json: string): LakeValue {
  try {
    return JSON.parse(json) as LakeValue;
  } catch {
    return json; // text that was only called JSON
  }
}

function timeText(value: DuckDBValue): string | undefined {
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return isoTime(value.micros, 1_000_000n, 6) ?? value.toString();
  if (value instanceof DuckDBTimestampMillisecondsValue) return isoTime(value.millis, 1_000n, 3) ?? value.toString();
  if (value instanceof DuckDBTimestampSecondsValue) return isoTime(value.seconds, 1n, 0) ?? value.toString();
  if (value instanceof DuckDBTimestampNanosecondsValue)
    return isoTime(value.nanos, 1_000_000_000n, 9) ?? value.toString();
  return value instanceof DuckDBDateValue ? value.toString() : undefined;
}

/** To the millisecond, and further where there is more; undefined outside the calendar of JavaScript, as for `infinity`. */
function isoTime(units: bigint, unitsASecond: bigint, digits: number): string | undefined {
  const rest = ((units % unitsASecond) + unitsASecond) % unitsASecond;
  const seconds = Number((units - rest) / unitsASecond);
  if (Math.abs(seconds) > 8.64e12) return undefined;
  const fraction = digits === 0 ? '' : String(rest).padStart(digits, '0').replace(/0+$/, '');
  return `${new Date(seconds * 1000).toISOString().slice(0, -5)}.${fraction.padEnd(3, '0')}Z`;
}

function nested(value: DuckDBValue, type: DuckDBType): LakeValue | undefined {
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    const of = (type as { readonly valueType?: DuckDBType }).valueType ?? type;
    return value.items.map((item) => lakeValue(item, of));
  }
  if (value instanceof DuckDBStructValue) {
    const { entryNames = [], entryTypes = [] } = type as {
      entryNames?: readonly string[];
      entryTypes?: readonly DuckDBType[];
    };
    return Object.fromEntries(
      Object.entries(value.entries).map(([name, entry]) => [
        name,
        lakeValue(entry, entryTypes[entryNames.indexOf(name)] ?? type),
      ]),
    );
  }
  if (value instanceof DuckDBMapValue) {
    const of = (type as { readonly valueType?: DuckDBType }).valueType ?? type;
    return Object.fromEntries(value.entries.map(({ key, value: entry }) => [String(key), lakeValue(entry, of)]));
  }
  return value instanceof DuckDBUnionValue ? lakeValue(value.value, type) : undefined;
}
