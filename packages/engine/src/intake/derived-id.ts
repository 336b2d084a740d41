/** Ids of imported events and reviews that have none: made from what the row says, so that reading it again gives the same. */
import { createHash } from 'node:crypto';
import { LIMITS } from '../wire/field.ts';

/** `import:A:B:N`, or a hash of it where it would be longer than an id may be. */
export function derivedId(a: string, b: string, n: number): string {
  const id = `import:${escaped(a)}:${escaped(b)}:${n}`;
  return id.length <= LIMITS.id ? id : contentId([a, b, n]);
}

/** `import:` and a hash (SHA-256, 128 bits) of the values. */
export function contentId(values: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(values)).digest('hex');
  return `import:${digest.slice(0, 32)}`;
}

/** A colon inside a part must not look like the one between parts. */
function escaped(part: string): string {
  return /[:%]/.test(part) ? part.replaceAll('%', '%25').replaceAll(':', '%3A') : part;
}
