import { describe, expect, it } from 'vitest';
import { readerOf, sectionsOf } from './snapshot.fixture.ts';
import { SnapshotReader, type TypedArrayMaker } from './snapshot.ts';

const ARRAYS = [
  Uint8Array.of(1, 255),
  Uint16Array.of(1, 65_535),
  Int32Array.of(-1, 2_147_483_647),
  Uint32Array.of(0, 4_294_967_295),
  Float32Array.of(-0, 0.1),
  Float64Array.of(Number.NaN, -0, 0.1, Number.MAX_SAFE_INTEGER),
];

describe('a snapshot', () => {
  it.each(ARRAYS.map((array) => [array.constructor.name, array] as const))('gives back a %s', (_, array) => {
    const make = array.constructor as TypedArrayMaker<typeof array>;
    expect(readerOf((out) => out.array('x', array)).array('x', make)).toEqual(array);
  });

  it('reads an array whose bytes lie at an odd address, as they do within a file', () => {
    const file = new Uint8Array(1 + 16);
    file.set(new Uint8Array(Float64Array.of(1.5, -2).buffer), 1);
    const reader = new SnapshotReader([{ name: 'x', type: 'Float64Array', bytes: file.subarray(1) }]);
    const array = reader.array('x', Float64Array);
    expect([...array]).toEqual([1.5, -2]);
    array[0] = 7;
    expect(file[1]).toBe(0);
  });

  it('makes an array of memory that it owns without a copy, once', () => {
    const bytes = new Uint8Array(Float64Array.of(1.5, -2).buffer);
    const reader = new SnapshotReader([{ name: 'a.x', type: 'Float64Array', bytes }], { owned: true }).under('a');
    const array = reader.array('x', Float64Array);
    expect([...array]).toEqual([1.5, -2]);
    expect(array.buffer).toBe(bytes.buffer);
    expect(() => reader.array('x', Float64Array)).toThrow('the snapshot has no section: x');
  });

  it('saves the valid part of a longer array only', () => {
    const [section] = sectionsOf((out) => out.array('x', Int32Array.of(1, 2, 3, 4).subarray(1, 3)));
    expect(section!.bytes.length).toBe(8);
  });

  it('takes a Buffer for bytes', () => {
    const reader = readerOf((out) => out.array('x', Buffer.from([1, 2])));
    expect([...reader.array('x', Uint8Array)]).toEqual([1, 2]);
  });

  it('gives back JSON in any script', () => {
    const value = { name: 'Grüße, 東京 🛒', list: [1, null, 'x'], none: {} };
    expect(readerOf((out) => out.json('x', value)).json('x')).toEqual(value);
  });

  it('refuses a section of another type, and one that is not there', () => {
    const reader = readerOf((out) => {
      out.array('counts', Int32Array.of(1));
      out.json('settings', {});
    });
    expect(() => reader.array('counts', Uint32Array)).toThrow('section counts should be Uint32Array: Int32Array');
    expect(() => reader.array('settings', Uint8Array)).toThrow('should be Uint8Array: json');
    expect(() => reader.json('counts')).toThrow('should be json');
    expect(() => reader.json('absent')).toThrow('the snapshot has no section: absent');
  });
});
