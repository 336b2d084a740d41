/**
 * Versions such as `v1.10.0-beta+7` as text whose order is theirs: numbers padded, what comes after `+` left out, and a version
 * of three numbers behind those of the same numbers that are not finished yet. As GrowthBook's SDKs have it.
 */
const AFTER_EVERY_LETTER = '~';
const DIGITS = 5;

export function versionText(version: unknown): string {
  const text = typeof version === 'number' ? String(version) : version;
  const given = typeof text === 'string' && text !== '' ? text : '0';
  const parts = given.replace(/(^v|\+.*$)/g, '').split(/[-.]/);
  if (parts.length === 3) parts.push(AFTER_EVERY_LETTER);
  return parts.map((part) => (/^\d+$/.test(part) ? part.padStart(DIGITS, ' ') : part)).join('-');
}
