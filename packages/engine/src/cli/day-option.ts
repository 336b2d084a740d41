/** A UTC day as an option of a command, such as 2026-05-01. */
import { InvalidArgumentError } from 'commander';

/** Its beginning, in milliseconds since 1970. */
export function dayOf(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(text))
    throw new InvalidArgumentError('It must be a day such as 2026-05-01.');
  return at;
}
