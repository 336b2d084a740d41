/**
 * Queries by what they begin with, and by what their later words begin with: for each language its queries' suffixes at words,
 * sorted, so that a prefix is a range. One edit (a letter wrong, missing, extra, or two neighbours swapped) is forgiven in prefixes
 * of at least four letters, but not in the first letter. Made from the query book, never saved.
 */

const TYPO_LENGTH_MIN = 4;
/** Entries read for one prefix; those of very short ones are found among the most searched instead. */
const READS_MAX = 2_000;
/** The same, where an edit is forgiven: of all that share the first letter. */
const TYPO_READS_MAX = 20_000;
/** More are sorted in together. */
const SPLICED_MAX = 64;
/** Later words that a query is found by. */
const LATER_WORDS_MAX = 5;

interface Entry {
  readonly key: string;
  readonly row: number;
  /** Whether the key is all of the query. */
  readonly whole: boolean;
}

export type Match = 'start' | 'word' | 'typo';

export class QueryPrefixes {
  readonly #entries = new Map<string, Entry[]>();
  /** Not sorted in yet: a log that is folded asks nothing. */
  readonly #waiting = new Map<string, Entry[]>();

  add(language: string, key: string, row: number): void {
    const waiting = this.#waiting.get(language);
    if (waiting) waiting.push(...entriesOf(key, row));
    else this.#waiting.set(language, entriesOf(key, row));
  }

  /** Takes out what was added. */
  remove(language: string, key: string, row: number): void {
    const entries = this.#sorted(language);
    for (const entry of entriesOf(key, row)) {
      const at = lowerBound(entries, entry.key, row);
      if (entries[at]?.row === row && entries[at].key === entry.key) entries.splice(at, 1);
    }
  }

  /** The same as adding one after the other, at once. */
  fill(queries: Iterable<{ readonly language: string; readonly key: string; readonly row: number }>): void {
    for (const { language, key, row } of queries) this.add(language, key, row);
  }

  #of(language: string): Entry[] {
    let entries = this.#entries.get(language);
    if (entries === undefined) {
      entries = [];
      this.#entries.set(language, entries);
    }
    return entries;
  }

  #sorted(language: string): Entry[] {
    const entries = this.#of(language);
    const waiting = this.#waiting.get(language);
    if (waiting === undefined) return entries;
    this.#waiting.delete(language);
    if (waiting.length > SPLICED_MAX) {
      for (const entry of waiting) entries.push(entry);
      entries.sort(compare);
    } else for (const entry of waiting) entries.splice(lowerBound(entries, entry.key, entry.row), 0, entry);
    return entries;
  }

  /** Queries of which a word begins with `prefix`, in the order of the alphabet; a query may come twice. */
  visit(language: string, prefix: string, visit: (row: number, match: Match) => void): void {
    const entries = this.#sorted(language);
    const from = lowerBound(entries, prefix, -1);
    for (let i = from; i < entries.length && i < from + READS_MAX; i++) {
      const { key, row, whole } = entries[i]!;
      if (!key.startsWith(prefix)) return;
      visit(row, whole ? 'start' : 'word');
    }
  }

  /** Queries that begin with something one edit away from `prefix`, and not with itself. */
  visitTypos(language: string, prefix: string, visit: (row: number, match: Match) => void): void {
    if (prefix.length < TYPO_LENGTH_MIN) return;
    const entries = this.#sorted(language);
    const first = prefix.slice(0, 1);
    const from = lowerBound(entries, first, -1);
    for (let i = from; i < entries.length && i < from + TYPO_READS_MAX; i++) {
      const { key, row, whole } = entries[i]!;
      if (!key.startsWith(first)) return;
      if (whole && !key.startsWith(prefix) && startsWithinOneEdit(key, prefix)) visit(row, 'typo');
    }
  }
}

function entriesOf(key: string, row: number): Entry[] {
  const entries: Entry[] = [{ key, row, whole: true }];
  let at = key.indexOf(' ');
  for (let word = 0; word < LATER_WORDS_MAX && at >= 0; word++) {
    entries.push({ key: key.slice(at + 1), row, whole: false });
    at = key.indexOf(' ', at + 1);
  }
  return entries;
}

function compare(a: Entry, b: Entry): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.row - b.row;
}

/** The first entry that does not come before (key, row). */
function lowerBound(entries: readonly Entry[], key: string, row: number): number {
  let low = 0;
  for (let high = entries.length; low < high; ) {
    const middle = (low + high) >> 1;
    const entry = entries[middle]!;
    if (entry.key < key || (entry.key === key && entry.row < row)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether some beginning of `text` is at most one edit away from `prefix`. */
export function startsWithinOneEdit(text: string, prefix: string): boolean {
  let at = 0;
  while (at < prefix.length && text.charCodeAt(at) === prefix.charCodeAt(at)) at++;
  if (at === prefix.length) return true;
  const rest = prefix.slice(at + 1);
  if (text.startsWith(rest, at) || text.startsWith(rest, at + 1) || text.startsWith(prefix.slice(at), at + 1))
    return true;
  const swapped = at + 1 < prefix.length && text[at] === prefix[at + 1] && text[at + 1] === prefix[at];
  return swapped && text.startsWith(prefix.slice(at + 2), at + 2);
}
