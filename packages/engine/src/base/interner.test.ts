import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

  it('gives back any well-formed strings with their numbers, and saves the same bytes again (seed 12)', () => {
    // A grapheme unit makes well-formed text of any script; halves of surrogate pairs never get here: the wire refuses them.
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        const original = new Interner('test');
        for (const text of ['\ufeff', ...texts]) original.intern(text);
        const loaded = reloaded(original);
        expect(loaded.size).toBe(original.size);
        for (const text of texts) expect(loaded.find(text)).toBe(original.find(text));
        expect(loaded.text(0)).toBe('\ufeff');
        expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => original.save(out)));
      }),
      { seed: 12 },
    );
  });

  it('refuses to load strings that it would number anew', () => {
    const original = new Interner('test');
    for (const half of ['\ud800', '\ud801', 'after']) original.intern(half);
    expect(() => reloaded(original)).toThrow('test');
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
