import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { TextIndex } from './text-index.ts';
import { type Word, wordsOf } from './text-tokens.ts';

interface Found {
  readonly listing: number;
  readonly score: number;
}

function search(index: TextIndex, words: readonly Word[], limit = 100): Found[] {
  const listings = new Int32Array(limit);
  const scores = new Float32Array(limit);
  const count = index.search(words, limit, listings, scores);
  return Array.from(listings.subarray(0, count), (listing, i) => ({ listing, score: scores[i]! }));
}

function indexOf(titles: readonly string[], language = 'en', tags: readonly string[] = []): TextIndex {
  const index = new TextIndex();
  titles.forEach((title, listing) => {
    index.set(listing, { title: wordsOf(title, language), other: wordsOf(tags[listing] ?? '', language) });
  });
  return index;
}

const found = (index: TextIndex, query: string, language = 'en', limit = 100): number[] =>
  search(index, wordsOf(query, language), limit).map(({ listing }) => listing);

const sectionsOf = (index: TextIndex) => {
  const out = new SnapshotWriter();
  index.save(out);
  return out.sections.map(({ name, type, bytes }) => ({ name, type, bytes: bytes.slice() }));
};

describe('TextIndex', () => {
  it('finds plurals by singulars and puts listings with all words first', () => {
    const index = indexOf(['Red candle holders', 'Red candles', 'Blue candle holder', 'Garden chair']);
    expect(found(index, 'red candle')).toEqual([1, 0, 2]);
    expect(found(index, 'chairs')).toEqual([3]);
    const scores = search(index, wordsOf('red candle', 'en')).map(({ score }) => score);
    expect(scores.map((score) => score > 1)).toEqual([true, true, false]);
  });

  it('puts a match in the title before one in the tags, and a short title before a long one', () => {
    const index = indexOf(['Blue thing', 'Lamp of brass with a long name', 'Lamp'], 'en', ['lamp', '', '']);
    expect(found(index, 'lamp')).toEqual([2, 1, 0]);
  });

  it('puts the newer of equals first and returns no more than asked', () => {
    const index = indexOf(['mug', 'mug', 'mug', 'mug']);
    expect(found(index, 'mug')).toEqual([3, 2, 1, 0]);
    expect(found(index, 'mug', 'en', 2)).toEqual([3, 2]);
    expect(index.search(wordsOf('mug', 'en'), 0, new Int32Array(0), new Float32Array(0))).toBe(0);
  });

  it('forgets the words that an update took away, and the listing when none are left', () => {
    const index = indexOf(['red mug', 'blue mug']);
    index.set(0, { title: wordsOf('green cup', 'en'), other: [] });
    expect(found(index, 'red')).toEqual([]);
    expect(found(index, 'mug')).toEqual([1]);
    expect(found(index, 'green')).toEqual([0]);
    index.set(0, { title: [], other: [] });
    expect(found(index, 'green')).toEqual([]);
    expect(index.size).toBe(1);
  });

  it('makes terms of a text only where it is not the text they were made of last', () => {
    const index = new TextIndex();
    let made = 0;
    const put = (text: string): void =>
      index.setText(0, text, () => {
        made++;
        return { title: wordsOf(text, 'en'), other: [] };
      });
    for (const text of ['red mug', 'red mug', 'blue mug', 'red mug']) put(text);
    expect(made).toBe(3);
    expect(found(index, 'red')).toEqual([0]);
    expect(found(index, 'blue')).toEqual([]);
    const saved = new SnapshotWriter();
    index.save(saved);
    const loaded = new TextIndex();
    loaded.load(new SnapshotReader(saved.sections));
    loaded.setText(0, 'red mug', () => expect.unreachable('the text has not changed'));
  });

  it('completes the last word and no other', () => {
    const index = indexOf(['leather wallet', 'leash for dogs', 'steel bottle']);
    expect(found(index, 'leath')).toEqual([0]);
    expect(found(index, 'stee bottle')).toEqual([2]);
    expect(found(index, 'stee wallet')).toEqual([0]);
    expect(search(index, wordsOf('bott steel', 'en'))[0]!.score).toBeLessThan(1);
    expect(search(index, wordsOf('steel bott', 'en'))[0]!.score).toBeGreaterThan(1);
  });

  it.each(['lantren', 'lantrn', 'lanterrn', 'lamtern', 'lentern', 'latnern', 'lanterm'])(
    'finds lantern by %s',
    (typo) => {
      expect(found(indexOf(['Paper lantern', 'Lattice fence', 'Lent']), typo)).toEqual([0]);
    },
  );

  it('takes no short word and no code for a typo', () => {
    const index = indexOf(['mugs', 'iphone14']);
    expect(found(index, 'nugs')).toEqual([]);
    expect(found(index, 'iphone15')).toEqual([]);
  });

  it('finds German by umlaut, without it and by another form, from a market in another language too', () => {
    const index = indexOf(['Vogelhäuser aus Holz', 'Tasche'], 'de');
    for (const query of ['vogelhaus', 'Vogelhäuser', 'vogelhauser']) expect(found(index, query, 'de')).toEqual([0]);
    for (const query of ['Vogelhäuser', 'vogelhauser holz']) expect(found(index, query, 'en')).toEqual([0]);
  });

  it('finds a brand whose stem differs between the languages of listing and query', () => {
    const index = indexOf(['Nike shoes'], 'en');
    expect(wordsOf('nike', 'fr')[0]!.stem).not.toBe('nike');
    expect(found(index, 'nike', 'fr')).toEqual([0]);
    index.set(1, { title: wordsOf('Chaussures Nike', 'fr'), other: [] });
    expect(found(index, 'nike', 'ja').sort()).toEqual([0, 1]);
  });

  it('lets one word of a listing match two words of a query', () => {
    const index = indexOf(['Nike', 'Shoe'], 'en');
    const query = [...wordsOf('nike', 'en'), ...wordsOf('nike', 'fr')];
    expect(search(index, query).map(({ listing, score }) => [listing, score > 1])).toEqual([[0, true]]);
  });

  it.each([
    ['fr', "Bague d'amour", 'l’amour'],
    ['es', 'Zapatos rojos', 'zapato rojo'],
    ['ja', '東京タワーの模型', 'タワー'],
    ['ru', 'Книги для детей', 'книга'],
    ['ar', 'الكِتَاب الجديد', 'كتاب'],
    ['zh', '红色手机壳', '手机'],
    ['th', 'กระเป๋าหนังสีดำ', 'หนัง'],
  ])('%s: finds %s by %s', (language, title, query) => {
    const index = indexOf(['zzz', title], language);
    expect(found(index, query, language)).toEqual([1]);
  });

  it('takes empty, emoji and very long queries and titles', () => {
    const index = indexOf(['', '🎁', 'kettle '.repeat(1_500), 'a'.repeat(10_000)]);
    expect(index.size).toBe(2);
    expect(found(index, '')).toEqual([]);
    expect(found(index, '🎁')).toEqual([]);
    expect(found(index, 'kettle')).toEqual([2]);
    expect(found(index, `${'spoon '.repeat(200)} kettle`)).toEqual([2]);
    expect(found(index, Array.from({ length: 5_000 }, (_, i) => `w${i}`).join(' '))).toEqual([]);
  });
});

// Known truth: two letters make words that never are each other's stem, prefix or typo.
const VOCABULARY = ['aa', 'ba', 'ca', 'da', 'ea', 'fa'];

const word = fc.constantFrom(...VOCABULARY).map((text): Word => ({ surface: text, stem: text }));
const terms = fc.record({ title: fc.array(word, { maxLength: 5 }), other: fc.array(word, { maxLength: 3 }) });
const updates = fc.array(fc.tuple(fc.nat(11), terms), { maxLength: 80 });

type Terms = { readonly title: readonly Word[]; readonly other: readonly Word[] };

/** The formula in the file's head, over every listing. */
function bruteForce(corpus: ReadonlyMap<number, Terms>, query: readonly Word[]): Found[] {
  const alive = [...corpus].filter(([, { title, other }]) => title.length + other.length > 0);
  const has = ({ title, other }: Terms, text: string): number =>
    title.some((w) => w.stem === text) ? 1 : other.some((w) => w.stem === text) ? 0.4 : 0;
  const mean = Math.max(1, alive.reduce((sum, [, { title }]) => sum + title.length, 0) / alive.length);
  const asked = [...new Set(query.map((w) => w.stem))];
  const idf = asked.map((text) => {
    const df = alive.filter(([, t]) => has(t, text) > 0).length;
    return Math.log(1 + (alive.length - df + 0.5) / (df + 0.5));
  });
  const results = alive.map(([listing, t]) => {
    const norm = 0.4 + (0.6 * t.title.length) / mean;
    const weights = asked.map((text) => has(t, text) / norm);
    const sum = weights.reduce((total, w, i) => total + (idf[i]! * w) / (1.2 + w), 0);
    const most = idf.reduce((total, weight) => total + (weight * 2.5) / 3.7, 0);
    return { listing, score: Math.fround(sum / most + (weights.every((w) => w > 0) ? 1 : 0)) };
  });
  return results.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || b.listing - a.listing);
}

describe('TextIndex, as properties', () => {
  it('built up by updates finds what a search through everything finds (seed 11)', () => {
    fc.assert(
      fc.property(
        updates,
        fc.array(word, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 12 }),
        (all, query, limit) => {
          const index = new TextIndex();
          const corpus = new Map<number, Terms>();
          for (const [listing, t] of all) {
            index.set(listing, t);
            corpus.set(listing, t);
          }
          const expected = bruteForce(corpus, query).slice(0, limit);
          const actual = search(index, query, limit);
          expect(actual.length).toBe(expected.length);
          actual.forEach(({ score }, i) => {
            expect(score).toBeCloseTo(expected[i]!.score, 5);
          });
          const scores = new Map(bruteForce(corpus, query).map(({ listing, score }) => [listing, score]));
          for (const { listing, score } of actual) expect(score).toBeCloseTo(scores.get(listing)!, 5);
          expect(new Set(actual.map(({ listing }) => listing)).size).toBe(actual.length);
          for (let i = 1; i < actual.length; i++) {
            const [a, b] = [actual[i - 1]!, actual[i]!];
            expect(a.score > b.score || (a.score === b.score && a.listing > b.listing)).toBe(true);
          }
        },
      ),
      { seed: 11, numRuns: 500 },
    );
  });

  it('saved, loaded and continued is equal section by section to one that was not (seed 12)', () => {
    const titled = fc.array(
      fc.tuple(fc.nat(11), fc.array(fc.constantFrom('mug', 'mugs', 'red', 'running', '12a'), { maxLength: 6 })),
      {
        maxLength: 60,
      },
    );
    fc.assert(
      fc.property(titled, titled, fc.array(word, { maxLength: 2 }), (before, after, query) => {
        const apply = (index: TextIndex, all: typeof before) => {
          for (const [listing, words] of all) index.set(listing, { title: wordsOf(words.join(' '), 'en'), other: [] });
        };
        const whole = new TextIndex();
        apply(whole, before);
        const loaded = new TextIndex();
        loaded.load(new SnapshotReader(sectionsOf(whole)));
        expect(sectionsOf(loaded)).toEqual(sectionsOf(whole));
        search(loaded, query); // a search leaves no trace
        apply(whole, after);
        apply(loaded, after);
        expect(sectionsOf(loaded)).toEqual(sectionsOf(whole));
        expect(search(loaded, wordsOf('red mugz runn', 'en'))).toEqual(search(whole, wordsOf('red mugz runn', 'en')));
      }),
      { seed: 12, numRuns: 150 },
    );
  });
});

describe('TextIndex under load (seed 13)', () => {
  it('keeps the garbage of updates bounded', () => {
    const rng = new Rng(13);
    const index = new TextIndex();
    const titles = ['red mug', 'blue mug', 'green mug', 'red cup', 'blue cup'].map((title) => wordsOf(title, 'en'));
    for (let i = 0; i < 50; i++) index.set(i, { title: titles[0]!, other: [] });
    for (let i = 0; i < 20_000; i++) index.set(rng.below(50), { title: titles[rng.below(5)]!, other: [] });
    const bytes = sectionsOf(index).reduce((sum, section) => sum + section.bytes.length, 0);
    expect(bytes).toBeLessThan(10_000);
    expect(found(index, 'mug cup').length).toBe(50);
  });

  it('answers a query of frequent words with listings that have all of them, within its bound', () => {
    const rng = new Rng(14);
    const index = new TextIndex();
    const words = Array.from({ length: 40 }, (_, i) => ({ surface: `w${i}`, stem: `w${i}` }));
    const draw = () => words[Math.floor(40 * rng.unit() ** 2)]!;
    for (let listing = 0; listing < 50_000; listing++)
      index.set(listing, { title: [draw(), draw(), draw(), draw()], other: [] });
    const best = search(index, [words[0]!, words[1]!, words[2]!], 200);
    const full = best.filter(({ score }) => score > 1).length;
    expect(best.length).toBe(200);
    expect(full).toBeGreaterThanOrEqual(100); // of about 500 in all: the bound ends the search among the newest
    expect(best.slice(0, full).every(({ score }) => score > 1)).toBe(true);
  });
});
