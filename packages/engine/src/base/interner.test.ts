import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash32 } from './hash.ts';
import { Interner } from './interner.ts';
import { fingerprint, readerOf } from './snapshot.fixture.ts';

function reloaded(original: Interner): Interner {
  const loaded = new Interner('test');
  loaded.load(readerOf((out) => original.save(out)));
  return loaded;
}

describe('Interner', () => {
  it('numbers strings in order of first appearance', () => {
    const interner = new Interner('test');
    expect(['b', 'a', '', 'b', 'é', 'e\u0301'].map((text) => interner.intern(text))).toEqual([0, 1, 2, 0, 3, 4]);
    expect(interner.size).toBe(5);
    expect(interner.find('a')).toBe(1);
    expect(interner.find('c')).toBe(-1);
    expect(interner.text(2)).toBe('');
  });

  it('does not take the names of object members for strings that it knows', () => {
    const interner = new Interner('test');
    for (const name of ['__proto__', 'constructor', 'toString']) expect(interner.find(name)).toBe(-1);
    expect(interner.intern('__proto__')).toBe(0);
    expect(reloaded(interner).find('__proto__')).toBe(0);
  });

  it('gives back any strings with their numbers, and saves the same bytes again (seed 12)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.oneof(fc.nat(0xff), fc.nat(0xffff)).map(String.fromCharCode) })),
        (texts) => {
          const original = new Interner('test');
          const indexes = ['\ufeff', ...texts].map((text) => original.intern(text));
          const loaded = reloaded(original);
          for (const interner of [original, loaded]) {
            expect(interner.size).toBe(new Set(['\ufeff', ...texts]).size);
            texts.forEach((text, i) => {
              expect(interner.find(text)).toBe(indexes[i + 1]);
              expect(interner.text(indexes[i + 1]!)).toBe(text);
            });
            expect(interner.intern('\ufeff')).toBe(0);
          }
          expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => original.save(out)));
        },
      ),
      { seed: 12, numRuns: 300 },
    );
  });

  it('tells strings apart that have the same bytes, or halves of characters', () => {
    const interner = new Interner('test');
    const texts = ['\u3042\u3042', 'B0B0', '\x42\x30\x42\x30', '\ud800', '\ud801', 'a\u0100', 'a'];
    expect(texts.map((text) => interner.intern(text))).toEqual([0, 1, 1, 2, 3, 4, 5]);
    const loaded = reloaded(interner);
    for (const text of texts) expect(loaded.text(loaded.find(text))).toBe(text);
  });

  it('takes strings that somebody made to fall on one place, before and after it grows', () => {
    const interner = new Interner('test');
    const crowd: string[] = [];
    for (let i = 0; crowd.length < 300; i++) if ((hash32(`x${i}`) & 1023) === 7) crowd.push(`x${i}`);
    crowd.forEach((text, i) => {
      expect(interner.intern(text)).toBe(i);
    });
    for (let i = 0; i < 5_000; i++) interner.intern(`more-${i}`);
    for (const known of [interner, reloaded(interner)]) {
      crowd.forEach((text, i) => {
        expect(known.find(text)).toBe(i);
      });
      expect(known.find('more-4999')).toBe(300 + 4_999);
      expect(known.find('none')).toBe(-1);
    }
  });

  it('keeps 100,000 strings apart', () => {
    const original = new Interner('test');
    for (let i = 0; i < 100_000; i++) original.intern(`listing-${i}`);
    const loaded = reloaded(original);
    expect(loaded.size).toBe(100_000);
    expect(loaded.find('listing-99999')).toBe(99_999);
    expect(loaded.text(12_345)).toBe('listing-12345');
  });
});
