/** A model of candidate sources: as bytes, at another total, and what is refused. */
import type { Placement, Source } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { readerOf } from '../base/snapshot.fixture.ts';
import { packModel } from '../learning/model-file.ts';
import { type LearnedList, LearnedSources, packSources, scaledTo, unpackSources } from './learned-sources.ts';

const list: readonly Source[] = [
  { source: 'history', limit: 30 },
  { source: 'popular', limit: 10 },
];
const home: Placement = { id: 'home', slots: 4, sources: [{ source: 'category', limit: 40 }], learnedSources: true };

const of = (sources: readonly Source[], places = 40): LearnedList => ({ places, sources });

function learned(lists: readonly [string, LearnedList][]): LearnedSources {
  const made = new LearnedSources();
  made.replace(packSources(new Map(lists)));
  return made;
}

describe('learned sources', () => {
  test('serve the placements that the model knows, and no others', () => {
    const sources = learned([['home', of(list)]]);
    expect(sources.of(home)).toEqual(list);
    const other = { ...home, id: 'other' };
    expect(sources.of(other)).toBe(other.sources);
    sources.clear();
    expect(sources.of(home)).toBe(home.sources);
  });

  test('have as many places as the placement has by hand, now, and are the same list from one decision to the next', () => {
    const sources = learned([['home', of(list)]]);
    const half = { ...home, sources: [{ source: 'category', limit: 20 } as const] };
    expect(sources.of(half)).toEqual([
      { source: 'history', limit: 15 },
      { source: 'popular', limit: 5 },
    ]);
    expect(sources.of(half)).toBe(sources.of(half));
    expect(scaledTo(list, 1)).toEqual([{ source: 'history', limit: 1 }]);
    expect(sources.of({ ...home, sources: [] })).toEqual([]);
    // Learned of 160 places, 120 of which gained nothing.
    expect(learned([['home', of(list, 160)]]).of(home)).toEqual([
      { source: 'history', limit: 8 },
      { source: 'popular', limit: 2 },
    ]);
  });

  test('are in the snapshot', () => {
    const loaded = new LearnedSources();
    loaded.load(readerOf((out) => learned([['home', of(list)]]).save(out)));
    expect(loaded.of(home)).toEqual(list);
  });

  const bytesOf = (placements: unknown): Uint8Array =>
    packModel({ kind: 'sources', version: 1, info: { placements }, arrays: {} });
  test.each([
    ['another kind', packModel({ kind: 'additive', version: 1, info: {}, arrays: {} }), 'of kind sources'],
    ['truncated', packSources(new Map([['home', of(list)]])).subarray(0, 40), 'checksum'],
    [
      'an unknown source',
      bytesOf([['home', { places: 3, sources: [{ source: 'nowhere', limit: 3 }] }]]),
      '0.1.sources.0.source',
    ],
    [
      'no places',
      bytesOf([['home', { places: 3, sources: [{ source: 'popular', limit: 0 }] }]]),
      '0.1.sources.0.limit',
    ],
    ['a source twice', bytesOf([['home', of([list[0]!, list[0]!])]]), 'a source of placement "home" twice'],
    [
      'a placement twice',
      bytesOf([
        ['home', of(list)],
        ['home', of(list)],
      ]),
      'names a placement twice',
    ],
  ])('%s is refused, and what served stays', (_, bytes, message) => {
    const sources = learned([['home', of(list)]]);
    expect(() => sources.replace(bytes)).toThrow(
      expect.objectContaining({ code: 'bad-model', message: expect.stringContaining(message) }),
    );
    expect(sources.of(home)).toEqual(list);
    expect(() => unpackSources(bytes)).toThrow(message);
  });
});
