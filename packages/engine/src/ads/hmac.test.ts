import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Hmac } from './hmac.ts';

const MESSAGE_MAX = 300;

it("agrees with the system's HMAC for keys and messages of any length (seed 21)", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 140, size: 'max' }),
      fc.array(fc.uint8Array({ maxLength: MESSAGE_MAX, size: 'max' }), { maxLength: 4 }),
      (key, messages) => {
        const hmac = new Hmac(key, MESSAGE_MAX);
        for (const message of messages)
          expect(hmac.digest(message, message.length)).toBe(createHmac('sha256', key).update(message).digest('binary'));
      },
    ),
    { seed: 21, numRuns: 200 },
  );
});

it('gives the digest of RFC 4231, test case 2', () => {
  const message = Buffer.from('what do ya want for nothing?');
  const digest = new Hmac(Buffer.from('Jefe'), MESSAGE_MAX).digest(message, message.length);
  expect(Buffer.from(digest, 'latin1').toString('hex')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});
