/** What differs between two versions of an entity, field by field. */
import { isDeepStrictEqual } from 'node:util';
import type { FieldChange } from '@rialto/sdk';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/**
 * The fields of `after` that are not as in `before`, by path: `bidding.cpaMicros`. Of lists of texts, such as listings, it is told
 * what came and what went; of all else what it was and what it is.
 */
export function fieldChanges(before: Fields, after: Fields, path = ''): FieldChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  // A placement may be called `constructor`: only what is the entity's own counts.
  const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);
  return [...names].flatMap((name) => changesOf(`${path}${name}`, own(before, name), own(after, name)));
}

function changesOf(field: string, before: unknown, after: unknown): FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isFields(before) && isFields(after)) return fieldChanges(before, after, `${field}.`);
  if (areTexts(before) && areTexts(after)) {
    const [was, is] = [new Set(before), new Set(after)];
    const added = after.filter((text) => !was.has(text));
    const removed = before.filter((text) => !is.has(text));
    // Another order, or a text repeated: the lists themselves tell.
    if (added.length + removed.length > 0) return [{ field, added, removed }];
  }
  return [{ field, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}
