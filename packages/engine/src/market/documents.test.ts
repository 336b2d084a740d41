import { describe, expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { Documents } from './documents.ts';

interface Shop {
  readonly id: string;
  readonly name: string;
}

describe.each([false, true])('Documents (kept parsed: %s)', (keepParsed) => {
  it('gives back the latest document of an id', () => {
    const documents = new Documents<Shop>('shops', { keepParsed });
    expect(documents.put('a', { id: 'a', name: 'first' })).toBe(0);
    expect(documents.put('b', { id: 'b', name: 'Zoë' })).toBe(1);
    expect(documents.put('a', { id: 'a', name: 'second' })).toBe(0);
    expect(documents.get('a')).toEqual({ id: 'a', name: 'second' });
    expect(documents.at(1)).toEqual({ id: 'b', name: 'Zoë' });
    expect(documents.get('c')).toBeUndefined();
    expect(documents.size).toBe(2);
  });

  it('is the same after being saved and loaded', () => {
    const documents = new Documents<Shop>('shops', { keepParsed });
    documents.put('a', { id: 'a', name: 'first' });
    const loaded = new Documents<Shop>('shops', { keepParsed });
    loaded.load(readerOf((out) => documents.save(out)));
    for (const each of [documents, loaded]) each.put('b', { id: 'b', name: '東京' });
    expect([loaded.get('a'), loaded.get('b')]).toEqual([documents.get('a'), documents.get('b')]);
    expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => documents.save(out)));
  });
});
