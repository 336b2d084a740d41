import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from './codec.ts';
import { arbitraryRecord } from './record.fixture.ts';
import type { LogRecord } from './record.ts';

test('decoding what was encoded gives an equal record, absent fields absent', () => {
  fc.assert(
    fc.property(arbitraryRecord, (record) => {
      expect(decodeRecord(encodeRecord(record))).toStrictEqual(record);
    }),
    { numRuns: 500 },
  );
});

test('the bytes of a kind never change: logs written today are read for ever', () => {
  const click: LogRecord = {
    kind: 'event',
    at: 1_700_000_000_001,
    event: { id: 'e1', type: 'click', at: 1_700_000_000_000, session: 's', listing: 'mug' },
    claims: {
      decisionId: 'd',
      position: 2,
      listing: 'mug',
      placement: 'home',
      campaign: 'c',
      priceMicros: 250_000,
      expiresAt: 1_700_000_600_000,
    },
  };
  const shop: LogRecord = { kind: 'shop', at: 5, by: 'api', entity: { id: 'anna', name: 'Anna' } };
  const model: LogRecord = {
    kind: 'model',
    at: 6,
    by: 'cli',
    name: 'ranker',
    bytes: Uint8Array.of(1, 2),
    card: { auc: 0.5 },
  };
  expect([click, shop, model].map((record) => encodeRecord(record).toString('hex'))).toMatchInlineSnapshot(`
    [
      "9b10cb4278bcfe56801000000097a16402a36d7567a4686f6d65a163ce0003d090cb4278bcfee8fc0000a26531a5636c69636bcb4278bcfe56800000c0a173a36d7567",
      "940105a3617069de0002a26964a4616e6e61a46e616d65a4416e6e61",
      "961206a3636c69a672616e6b6572c4020102de0001a3617563cb3fe0000000000000",
    ]
  `);
});

test('a record without the fields that were added later is read', () => {
  const [kind, at, id, type] = [16, 7, 'e', 'view'];
  const old = Buffer.concat([
    Buffer.from([0x98, kind, at, 0, 0, 0xc0, 0xa0 + id.length]),
    Buffer.from(id),
    Buffer.from([0xa0 + type.length]),
    Buffer.from(type),
    Buffer.from([9]),
  ]);
  expect(decodeRecord(old)).toStrictEqual({ kind: 'event', at, event: { id, type, at: 9 } });
});

test("a model's bytes do not lie in the buffer they were decoded from", () => {
  const encoded = encodeRecord({ kind: 'model', at: 1, by: 'x', name: 'm', bytes: Uint8Array.of(7, 8, 9), card: {} });
  const decoded = decodeRecord(encoded);
  encoded.fill(0);
  expect(decoded.kind === 'model' && [...decoded.bytes]).toEqual([7, 8, 9]);
});

test('a record of a kind that this version does not know is refused', () => {
  expect(() => decodeRecord(Buffer.from([0x92, 99, 1]))).toThrow(/unknown kind.*99/);
});
