import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenize, wordsOf } from './text-tokens.ts';

describe('tokenize', () => {
  it.each([
    ['en', 'White Hanging Heart T-Light Holders', ['white', 'hang', 'heart', 'light', 'holder']],
    ['en-GB', 'boxes of candles', ['box', 'candl']],
    ['de', 'Die Häuser und das Haus', ['haus', 'haus']],
    ['de-AT', 'Große Schuhe, grosse SCHUH', ['gross', 'schuh', 'gross', 'schuh']],
    ['fr', "L'amour des chaussures d’été", ['amour', 'chaussur', 'ete']],
    ['es', 'zapatos y zapato; corazón', ['zapat', 'zapat', 'corazon']],
    ['it', "l'anello dell'uomo", ['anell', 'uom']],
    ['pt', 'calçados infantis', ['calc', 'infant']],
    ['nl', 'houten tafels', ['hout', 'tafel']],
    ['sv', 'stolarna och stolar', ['stol', 'stol']],
    ['nb-NO', 'røde bøker', ['rod', 'bok']],
    ['ru', 'Красные книги и книга', ['красн', 'книг', 'книг']],
    ['pl', 'łóżko dziecięce', ['lozko', 'dzieciece']],
    ['ar', 'الكِتَاب', ['كتاب']],
    ['ja', '東京タワーの模型', ['東京', 'タワー', '模型']],
    ['zh-Hant', '红色手机壳', ['红色', '手机', '壳']],
    ['th', 'กระเป๋าหนัง', ['กระเป๋า', 'หนัง']],
    ['ko', '가죽 가방', ['가죽', '가방']],
    ['hi', 'लाल साड़ी', ['लाल', 'साड़ी'.normalize('NFC')]],
  ])('%s: %s', (language, text, expected) => {
    expect(tokenize(text, language)).toEqual(expected);
  });

  it('keeps codes and sizes whole and does not stem them', () => {
    expect(tokenize('iPhone 14Pro 2.5l 85123A B00X4WHP5E M3x20s', 'en')).toEqual([
      'iphon',
      '14pro',
      '2.5l',
      '85123a',
      'b00x4whp5e',
      'm3x20s',
    ]);
  });

  it('drops stop words unless nothing else is left', () => {
    expect(tokenize('the cat and the hat', 'en')).toEqual(['cat', 'hat']);
    expect(tokenize('The Who', 'en')).toEqual(['the', 'who']);
  });

  it('keeps words that name goods although the lists call them stop words', () => {
    expect(tokenize('phone case', 'en')).toEqual(['phone', 'case']);
    expect(tokenize('Uhr', 'de')).toEqual(['uhr']);
    expect(tokenize('ring for women', 'en')).toEqual(['ring', 'women']);
  });

  it('drops possessives and reads typographic apostrophes, and joins where they are letters', () => {
    expect(tokenize("women's bag", 'en')).toEqual(tokenize('women’s bag', 'en'));
    expect(tokenize("women's", 'en')).toEqual(['women']);
    expect(tokenize('м’яч', 'uk')).toEqual(['мяч']);
  });

  it('reads full-width letters, ligatures, decomposed accents, soft hyphens and dotted capital I alike', () => {
    expect(tokenize('ＵＳＢ', 'xx')).toEqual(['usb']);
    expect(tokenize('ﬁlter', 'xx')).toEqual(['filter']);
    expect(tokenize('cafe\u0301', 'xx')).toEqual(tokenize('caf\u00e9', 'xx'));
    expect(tokenize('fil\u00adter', 'xx')).toEqual(['filter']);
    expect(tokenize('İSTANBUL ısparta', 'xx')).toEqual(['istanbul', 'isparta']);
  });

  it('keeps marks that make another letter', () => {
    expect(tokenize('ガ', 'xx')).toEqual(['ガ']);
    expect(tokenize('ガ', 'xx')).not.toEqual(tokenize('カ', 'xx'));
  });

  it('gives nothing for empty texts, emoji and punctuation', () => {
    for (const text of ['', '   ', '🎁🎄', '—…!?', '👨‍👩‍👧‍👦', '\u0640']) expect(tokenize(text, 'en')).toEqual([]);
    expect(tokenize('🎁 gift 🎄', 'en')).toEqual(['gift']);
  });

  it('bounds what a long text yields', () => {
    expect(tokenize('a'.repeat(10_000), 'en')[0]).toHaveLength(64);
    expect(tokenize('kettle '.repeat(1_500), 'en')).toHaveLength(256);
    expect(tokenize('東京'.repeat(5_000), 'ja').length).toBeLessThanOrEqual(256);
    for (const token of tokenize('𠮷'.repeat(5_000), 'xx')) expect(() => encodeURIComponent(token)).not.toThrow();
  });

  it('takes any tag for a language, the strange ones for none', () => {
    for (const tag of ['', 'x-klingon', 'constructor', '__proto__', 'EN_us', '-', 'tlh']) {
      expect(() => tokenize('boxes', tag)).not.toThrow();
    }
    expect(tokenize('boxes', 'EN_us')).toEqual(['box']);
    expect(tokenize('boxes', 'tlh')).toEqual(['boxes']);
  });

  it.each([
    [
      'en',
      [
        ['candles', 'candle'],
        ['knitting', 'knitted'],
        ['boxes', 'box'],
      ],
    ],
    [
      'de',
      [
        ['Häuser', 'Haus'],
        ['Tür', 'Tuer', 'Türen'],
        ['Schlüssel', 'Schluessel'],
        ['neue', 'neuer', 'neu'],
      ],
    ],
    [
      'fr',
      [
        ['chaussures', 'chaussure'],
        ['bougies', 'bougie'],
        ['anneaux', 'anneau'],
      ],
    ],
    [
      'es',
      [
        ['zapatos', 'zapato'],
        ['velas', 'vela'],
        ['anillos', 'anillo'],
      ],
    ],
    [
      'it',
      [
        ['anelli', 'anello'],
        ['scarpe', 'scarpa'],
        ['candele', 'candela'],
      ],
    ],
    [
      'pt',
      [
        ['sapatos', 'sapato'],
        ['velas', 'vela'],
        ['brincos', 'brinco'],
      ],
    ],
    [
      'nl',
      [
        ['tafels', 'tafel'],
        ['lampen', 'lamp'],
        ['ringen', 'ring'],
      ],
    ],
    [
      'ja',
      [
        ['コンピューター', 'コンピュータ'],
        ['ヴァイオリン', 'バイオリン'],
        ['ｶﾒﾗ', 'カメラ'],
      ],
    ],
  ])('%s: words and their forms are one', (language, families) => {
    for (const family of families) expect(new Set(family.flatMap((word) => tokenize(word, language))).size).toBe(1);
  });

  it('keeps apart what only looks alike', () => {
    expect(tokenize('コピー', 'ja')).toEqual(['コピー']);
    expect(tokenize('Frauen Quelle', 'de')).toEqual(['frau', 'quell']);
  });

  it('gives the surface without diacritics beside the stem', () => {
    expect(wordsOf('Häuser', 'de')).toEqual([{ surface: 'hauser', stem: 'haus' }]);
  });
});

const languages = ['en', 'de', 'fr', 'ru', 'ar', 'ja', 'tr', 'hu', 'ta', 'xx'];
const fragment = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('running', "l'eau", 'Häuser', 'コーヒー', 'книгами', 'والمدرسة', '🎁', '12-B', 'ﬃ', 'evlerimizden'),
);
const text = fc.array(fragment, { maxLength: 6 }).map((parts) => parts.join(' '));

describe('tokenize, as properties', () => {
  it('depends on nothing that was tokenised before (seed 7)', () => {
    const cases = fc.array(fc.tuple(text, fc.constantFrom(...languages)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(cases, (all) => {
        const forwards = all.map(([t, language]) => wordsOf(t, language));
        const backwards = [...all].reverse().map(([t, language]) => wordsOf(t, language));
        expect(backwards.reverse()).toEqual(forwards);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('yields words that are non-empty, well-formed and without white space (seed 8)', () => {
    fc.assert(
      fc.property(text, fc.constantFrom(...languages), (t, language) => {
        for (const { surface, stem } of wordsOf(t, language)) {
          expect(surface.length * stem.length).toBeGreaterThan(0);
          expect(/\s/.test(surface + stem)).toBe(false);
        }
      }),
      { seed: 8, numRuns: 500 },
    );
  });

  it('reads ASCII the same whether or not other scripts stand beside it (seed 9)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 40 }), (ascii) => {
        const beside = wordsOf(`${ascii} \u00e9\u00e9\u00e9`, 'xx').map((word) => word.surface);
        expect(beside).toEqual([...wordsOf(ascii, 'xx').map((word) => word.surface), 'eee']);
      }),
      { seed: 9, numRuns: 1000 },
    );
  });
});
