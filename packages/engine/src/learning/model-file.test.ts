import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packModel, unpackModel } from './model-file.ts';

const MODEL = {
  kind: 'test',
  version: 3,
  info: { features: ['a', 'ü'], depth: 2 },
  arrays: {
    odd: Uint8Array.of(1, 2, 3),
    doubles: Float64Array.of(0.1, -0, Number.MAX_VALUE),
    empty: new Float32Array(0),
    counts: Int32Array.of(-1, 2_147_483_647),
    floats: Float32Array.of(0.5),
  },
};

const refusal = (bytes: Uint8Array, kind = 'test', version = 3): unknown => {
  try {
    unpackModel(bytes, kind, version);
    return 'taken';
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  }
};

describe('a model file', () => {
  it('gives back what was packed, also from the middle of a larger buffer', () => {
    const bytes = packModel(MODEL);
    const file = new Uint8Array(bytes.length + 8);
    file.set(bytes, 3);
    expect(unpackModel(file.subarray(3, 3 + bytes.length), 'test', 3)).toEqual(MODEL);
  });

  it('gives arrays of its own: a buffer that is used again changes nothing', () => {
    const bytes = packModel(MODEL);
    const { arrays } = unpackModel(bytes, 'test', 3);
    bytes.fill(0);
    expect(arrays).toEqual(MODEL.arrays);
  });

  it('that lacks its end is refused, wherever it was cut', () => {
    const bytes = packModel(MODEL);
    for (let length = 0; length < bytes.length; length++) expect(refusal(bytes.subarray(0, length))).toBe('bad-model');
    expect(refusal(Buffer.concat([bytes, Buffer.of(0)]))).toBe('bad-model');
  });

  it('with any one bit turned is refused', () => {
    const bytes = packModel(MODEL);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(refusal(damaged)).toBe('bad-model');
    }
  });

  it('of another kind or version is refused, saying both', () => {
    const bytes = packModel(MODEL);
    expect(refusal(bytes, 'other')).toBe('bad-model');
    expect(refusal(bytes, 'test', 4)).toBe('bad-model');
    expect(() => unpackModel(bytes, 'test', 4)).toThrow(
      'expected a model of kind test, version 4, but this one is test, version 3',
    );
  });

  it('that is none at all is refused (seed 71)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(refusal(bytes)).toBe('bad-model');
        expect(refusal(Buffer.concat([Buffer.from('RIALTOML'), bytes]))).toBe('bad-model');
      }),
      { seed: 71 },
    );
  });
});
