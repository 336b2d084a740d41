/** Which names of time zones this Node knows: IANA's, from the ICU data that comes with it. */
const known = new Map<string, boolean>();
const KNOWN_MAX = 2_000;

/** Offsets such as +02:00 are refused: a zone knows its daylight-saving time, an offset does not. */
export function isTimeZone(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  const is = /^[A-Za-z][\w+/-]{0,63}$/.test(name) && canFormatIn(name);
  if (known.size < KNOWN_MAX) known.set(name, is);
  return is;
}

function canFormatIn(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
