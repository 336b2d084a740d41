import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { KEYWORD_MATCHES, KeywordHits, KeywordIndex, type KeywordWords } from './keyword-index.ts';

/** What the index must say, from the words alone. */
function matches({ words, match }: KeywordWords, query: readonly string[]): boolean {
  if (words.length === 0 || query.length === 0) return false;
  const has = (start: number): boolean => words.every((word, i) => query[start + i] === word);
  if (match === 'exact') return words.length === query.length && has(0);
  if (match === 'phrase') return query.some((_, start) => has(start));
  return words.every((word) => query.includes(word));
}

const specificity = ({ words, match }: KeywordWords): number =>
  256 * KEYWORD_MATCHES.indexOf(match) - (match === 'broad' ? new Set(words).size : words.length);

/** The highest bid of the most specific keywords that match; undefined where none does. */
function bestBid(keywords: readonly KeywordWords[], query: readonly string[], own: number): number | undefined {
  const matching = keywords.filter((keyword) => matches(keyword, query));
  const best = Math.min(...matching.map(specificity));
  const bids = matching.filter((one) => specificity(one) === best).map((one) => one.bidMicros ?? own);
  return bids.length === 0 ? undefined : Math.max(...bids);
}

const word = fc.constantFrom('red', 'blue', 'mug', 'cup', 'gift', 'big');
const keyword = fc.record(
  {
    words: fc.array(word, { maxLength: 4 }),
    match: fc.constantFrom(...KEYWORD_MATCHES),
    bidMicros: fc.integer({ min: 1, max: 1e15 }),
  },
  { requiredKeys: ['words', 'match'] },
);
const campaign = fc.record({
  row: fc.nat(7),
  keywords: fc.uniqueArray(keyword, {
    maxLength: 6,
    selector: ({ words, match }) => `${match} ${(match === 'broad' ? [...new Set(words)].sort() : words).join(' ')}`,
  }),
  negatives: fc.array(
    fc.record({ words: fc.array(word, { maxLength: 3 }), match: fc.constantFrom('exact' as const, 'phrase' as const) }),
    { maxLength: 2 },
  ),
  reload: fc.boolean(),
});

describe('KeywordIndex', () => {
  it('finds what comparing every keyword of every campaign would, through changes and restarts (seed 52)', () => {
    fc.assert(
      fc.property(
        fc.array(campaign, { maxLength: 20 }),
        fc.array(fc.array(fc.oneof(word, fc.constant('unheard')), { maxLength: 6 }), { maxLength: 12 }),
        (changes, queries) => {
          let index = new KeywordIndex();
          const truth: { keywords: readonly KeywordWords[]; negatives: readonly KeywordWords[] }[] = Array.from(
            { length: 8 },
            () => ({ keywords: [], negatives: [] }),
          );
          for (let row = 0; row < 8; row++) index.put(row, [], []);
          for (const { row, keywords, negatives, reload } of changes) {
            index.put(row, keywords, negatives);
            truth[row] = { keywords, negatives };
            if (!reload) continue;
            const loaded = new KeywordIndex();
            loaded.load(readerOf((out) => index.save(out)));
            expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => index.save(out)));
            index = loaded;
          }
          const hits = new KeywordHits();
          for (const query of queries) {
            index.match(query, hits);
            const found = new Set(
              Array.from(hits.keywords.subarray(0, hits.size), (id) => [...index.campaignsOf(id)]).flat(),
            );
            for (const [row, { keywords, negatives }] of truth.entries()) {
              const best = index.bestHit(row, hits, 77);
              const bid = best < 0 ? undefined : index.bidMicros(row, hits.keywords[best]!, 77);
              expect(bid).toBe(bestBid(keywords, query, 77));
              expect(found.has(row)).toBe(keywords.some((one) => matches(one, query)));
              expect(index.rulesOut(row, hits)).toBe(negatives.some((one) => matches(one, query)));
            }
          }
        },
      ),
      { seed: 52, numRuns: 300 },
    );
  });

  it('takes the higher bid where two keywords are the same words', () => {
    const index = new KeywordIndex();
    const broad = { match: 'broad' as const };
    index.put(
      0,
      [
        { ...broad, words: ['a', 'b'], bidMicros: 5 },
        { ...broad, words: ['b', 'a'], bidMicros: 9 },
      ],
      [],
    );
    const hits = new KeywordHits();
    index.match(['b', 'x', 'a'], hits);
    expect(index.bidMicros(0, hits.keywords[index.bestHit(0, hits, 1)]!, 1)).toBe(9);
  });

  it('does a bounded amount of work for a query that every subset of answers', () => {
    const index = new KeywordIndex();
    const words = Array.from({ length: 40 }, (_, i) => `w${i}`);
    const keywords = words.flatMap((a, i) =>
      words.slice(i + 1).flatMap((b, j) => words.slice(i + j + 2, i + j + 8).map((c) => [a, b, c])),
    );
    index.put(
      0,
      keywords.map((some) => ({ words: some, match: 'broad' as const })),
      [],
    );
    const hits = new KeywordHits();
    const started = process.cpuUsage().user;
    index.match(words, hits);
    expect(hits.size).toBeGreaterThan(100);
    expect(hits.size).toBeLessThanOrEqual(512);
    expect(process.cpuUsage().user - started).toBeLessThan(100_000);
  });
});
