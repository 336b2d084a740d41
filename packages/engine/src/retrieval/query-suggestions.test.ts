import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { MILLIS_PER_DAY, millis } from '../base/units.ts';
import { BOUGHT, CARTED, CLICKED, QueryBook } from './query-book.ts';
import { startsWithinOneEdit } from './query-prefixes.ts';
import { type SuggestionInput, suggestQueries } from './query-suggestions.ts';
import { queryText } from './query-text.ts';

const NOW = Date.UTC(2026, 4, 20, 12);
const MINUTE = 60_000;

let nextBuyer = 0;
interface Made {
  readonly language?: string;
  readonly country?: number;
  readonly at?: number;
  readonly clicks?: number;
  readonly listing?: number;
}

/** `times` people search for it, and the first `clicks` of them click a listing. */
function search(book: QueryBook, query: string, times: number, made: Made = {}): void {
  const { language = 'en', country = -1, at = NOW, clicks = times, listing = 0 } = made;
  for (let i = 0; i < times; i++) {
    const buyer = nextBuyer++;
    book.note({ query, language, buyer, searcher: buyer, country, at: millis(at) });
    if (i < clicks) book.succeed(buyer, listing, CLICKED, millis(at + MINUTE));
  }
}

const ask = (book: QueryBook, typed: string | undefined, rest: Partial<SuggestionInput> = {}) =>
  suggestQueries({
    book,
    typed,
    language: 'en',
    country: -1,
    at: NOW,
    buyer: -1,
    page: [],
    history: [],
    buyersMin: 3,
    limit: 5,
    excluded: new Set(),
    findsSomething: () => true,
    rateOf: () => ({ seen: 0, used: 0 }),
    ...rest,
  });
const texts = (...input: Parameters<typeof ask>): string[] =>
  ask(...input)
    .filter(({ dropped }) => dropped === undefined)
    .map(({ id }) => id);

describe('completions', () => {
  it('are what most people mean, by any of their words, and one typing error away', () => {
    const book = new QueryBook();
    search(book, 'Blue mug', 20);
    search(book, 'blue scarf', 10);
    search(book, 'mug for dad', 8);
    expect(texts(book, 'blu')).toEqual(['blue mug', 'blue scarf']);
    expect(texts(book, 'mug')).toEqual(['blue mug', 'mug for dad']);
    expect(texts(book, 'BLUE  s')).toEqual(['blue scarf']);
    for (const typo of ['bleu', 'blwe', 'bluee', 'blue scrf', 'blue scaarf'])
      expect(texts(book, typo)).toContain('blue scarf');
    expect(texts(book, 'bxe')).toEqual([]);
  });

  it('find words with accents by letters without, in the language that is asked for', () => {
    const book = new QueryBook();
    search(book, 'Häuser', 5, { language: 'de-AT' });
    search(book, 'haus', 9, { language: 'en' });
    search(book, '東京タワー', 4, { language: 'ja' });
    expect(texts(book, 'hau', { language: 'de' })).toEqual(['häuser']);
    expect(texts(book, 'Häu', { language: 'de' })).toEqual(['häuser']);
    expect(texts(book, '東', { language: 'ja' })).toEqual(['東京タワー']);
    expect(texts(book, 'hau', { language: 'fr' })).toEqual([]);
  });

  it('put what leads somewhere before what is merely typed', () => {
    const book = new QueryBook();
    search(book, 'candle cheap', 30, { clicks: 1 });
    search(book, 'candle holder', 20, { clicks: 20 });
    search(book, 'candle nothing', 40, { clicks: 0 });
    expect(texts(book, 'candle')).toEqual(['candle holder', 'candle cheap']);
    expect(ask(book, 'candle').find(({ id }) => id === 'candle nothing')!.dropped).toBe('led-to-nothing');
  });

  it('have probabilities of use that add up to one', () => {
    const book = new QueryBook();
    for (const [i, word] of ['lamp', 'lamp shade', 'lantern', 'green lamp'].entries()) search(book, word, 4 + i);
    const used = ask(book, 'la').map(({ factors }) => factors['used']!);
    expect(used.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12);
  });

  it('follow the country and the page', () => {
    const book = new QueryBook();
    search(book, 'football boots', 30, { country: 0 });
    search(book, 'football helmet', 26, { country: 1 });
    for (const country of [0, 1]) search(book, 'other', 40, { country });
    expect(texts(book, 'foot', { country: 1 })).toEqual(['football helmet', 'football boots']);
    expect(texts(book, 'foot', { country: 0 })).toEqual(['football boots', 'football helmet']);
    search(book, 'football lamp', 15, { listing: 7 });
    expect(texts(book, 'foot')[0]).toBe('football boots');
    expect(texts(book, 'foot', { page: [7] })[0]).toBe('football lamp');
  });
});

describe('nobody is betrayed', () => {
  it('a query of fewer than k people is not suggested, however often they type it', () => {
    const book = new QueryBook();
    for (let i = 0; i < 100; i++) {
      book.note({
        query: 'my rare disease',
        language: 'en',
        buyer: i % 4,
        searcher: i % 4,
        country: -1,
        at: millis(NOW),
      });
      book.succeed(i % 4, 3, BOUGHT, millis(NOW));
    }
    expect(texts(book, 'my', { buyersMin: 5 })).toEqual([]);
    expect(ask(book, undefined, { page: [3], buyersMin: 5 })).toMatchObject([{ dropped: 'too-few-buyers' }]);
    expect(texts(book, 'my', { buyersMin: 4 })).toEqual(['my rare disease']);
  });

  it.each(['Ann.Lee@mail.com', 'call +44 20 7946 0958', '4111 1111 1111 1111', 'https://x.y', '!!!', 'x'.repeat(81)])(
    'what looks like somebody’s own is not counted: %s',
    (query) => {
      const book = new QueryBook();
      search(book, query, 50);
      expect(book.size).toBe(0);
    },
  );

  it('reads a query in one form', () => {
    expect(queryText('  ＵＳＢ\u200b  Cable!! ')).toBe('usb cable');
    expect(queryText('size 42 shoes')).toBe('size 42 shoes');
  });
});

describe('queries worth trying', () => {
  it('come from the page, the buyer and the week, and disappear where they find nothing', () => {
    const book = new QueryBook();
    search(book, 'old trend', 100, { at: NOW - 40 * MILLIS_PER_DAY });
    search(book, 'trend', 50);
    search(book, 'told late', 100, { at: NOW - 40 * MILLIS_PER_DAY });
    search(book, 'page', 5, { listing: 1 });
    search(book, 'past', 5, { listing: 2 });
    search(book, 'new day', 1);
    const all = texts(book, '', { page: [1], history: [2] });
    expect(all).toEqual(['page', 'past', 'trend']);
    expect(texts(book, undefined, { findsSomething: (text) => text !== 'trend' })).not.toContain('trend');
    expect(texts(book, undefined, { excluded: new Set(['trend']) })).not.toContain('trend');
    expect(ask(book, undefined, { page: [1] })[0]!.sources).toEqual(['page', 'trending']);
  });

  it('learn from what is used when it is seen', () => {
    const book = new QueryBook();
    for (const query of ['alpha', 'beta']) search(book, query, 20);
    const rateOf = (id: string) => ({ seen: 200, used: id === 'beta' ? 40 : 1 });
    expect(texts(book, undefined, { rateOf })).toEqual(['beta', 'alpha']);
  });

  it('are none in an empty market', () => {
    expect(ask(new QueryBook(), undefined)).toEqual([]);
    expect(ask(new QueryBook(), 'abc')).toEqual([]);
  });
});

describe('the book', () => {
  it('credits a search with what the buyer does within half an hour and before the next, once', () => {
    const book = new QueryBook();
    const at = (minutes: number) => millis(NOW + minutes * MINUTE);
    const note = (query: string, minutes: number) =>
      book.note({ query, language: 'en', buyer: 1, searcher: 1, country: -1, at: at(minutes) });
    note('first', 0);
    book.succeed(1, 5, CLICKED, at(1));
    book.succeed(1, 6, CLICKED, at(2));
    book.succeed(1, 6, CARTED, at(3));
    book.succeed(1, 6, BOUGHT, at(31));
    note('second', 40);
    book.succeed(1, 6, CLICKED, at(41));
    const [first, second] = ['first', 'second'].map((text) => book.find('en', text));
    expect([CLICKED, CARTED, BOUGHT].map((s) => book.successes(first!, s as 0, NOW))).toEqual([1, 1, 0]);
    expect(book.successes(second!, CLICKED, NOW)).toBe(1);
    expect([...book.leadingTo(6)]).toEqual([first, second]);
    note('a@b.c', 50);
    book.succeed(1, 9, CLICKED, at(51));
    expect([...book.leadingTo(9)]).toEqual([]);
  });

  it('halves what it counts every 28 days, in whichever order it arrives', () => {
    const PERIOD = 28 * MILLIS_PER_DAY;
    const start = Math.floor(NOW / PERIOD) * PERIOD;
    const levels = [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ].map((order) => {
      const book = new QueryBook();
      for (const period of order) search(book, 'x', 4, { at: start + period * PERIOD });
      return book.searches(0, start + 2 * PERIOD);
    });
    expect(levels).toEqual([7, 7, 7]);
  });

  it('goes on after a restart as if there had been none (seed 5)', () => {
    const rng = new Rng(5);
    const draw = (n: number) => Math.floor(rng.unit() * n);
    const words = ['red', 'blue', 'mug', 'mat', 'méga', 'lamp'];
    let whole = new QueryBook();
    let pieces = new QueryBook();
    for (let i = 0; i < 1_500; i++) {
      const at = millis(NOW + i * 3 * 3_600_000 - draw(10) * MILLIS_PER_DAY);
      const buyer = draw(40) - 1;
      const query = `${words[draw(6)]} ${words[draw(6)]}`;
      const made = { query, language: ['en', 'de', 'xx'][draw(3)]!, buyer, searcher: buyer, country: draw(3) - 1, at };
      const [listing, success, searches] = [draw(9), draw(3) as 0, draw(3) > 0];
      for (const book of [whole, pieces]) {
        if (searches) book.note(made);
        else book.succeed(buyer, listing, success, at);
      }
      if (i % 400 !== 0) continue;
      const loaded = new QueryBook();
      loaded.load(readerOf((out) => pieces.save(out)));
      pieces = loaded;
    }
    expect(fingerprint((out) => pieces.save(out))).toEqual(fingerprint((out) => whole.save(out)));
    for (const typed of ['r', 'me', 'blue m', 'mgu', '', 'lamo'])
      for (const language of ['en', 'de', ''])
        expect(ask(pieces, typed, { language, country: 0 })).toEqual(ask(whole, typed, { language, country: 0 }));
    whole = pieces;
  });
});

it('finds a beginning within one edit exactly where there is one (brute force, seed 6)', () => {
  const rng = new Rng(6);
  const word = (max: number) =>
    Array.from({ length: 1 + Math.floor(rng.unit() * max) }, () => 'abc'[Math.floor(rng.unit() * 3)]).join('');
  let yes = 0;
  for (let i = 0; i < 4_000; i++) {
    const prefix = word(5);
    const text = word(7);
    const expected = Array.from({ length: text.length + 1 }, (_, n) => text.slice(0, n)).some(
      (beginning) => edits(beginning, prefix) <= 1,
    );
    if (expected) yes++;
    expect(startsWithinOneEdit(text, prefix), `${text} ${prefix}`).toBe(expected);
  }
  expect(yes).toBeGreaterThan(500);
  expect(yes).toBeLessThan(3_500);
});

/** Optimal string alignment distance. */
function edits(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i || j));
  for (let j = 0; j <= b.length; j++) d[0]![j] = j;
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) {
      d[i]![j] = Math.min(d[i - 1]![j]! + 1, d[i]![j - 1]! + 1, d[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        d[i]![j] = Math.min(d[i]![j]!, d[i - 2]![j - 2]! + 1);
    }
  return d[a.length]![b.length]!;
}
