import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Claims } from '../log/record.ts';
import { isAd, signToken, TOKEN_LENGTH_MAX, verifyToken } from './token.ts';

const secret = new Uint8Array(32).fill(7);
const otherSecret = new Uint8Array(32).fill(8);
const organic: Claims = { decisionId: 'd1', position: 3, listing: '85123A', placement: 'home' };
const ad: Claims = { ...organic, campaign: 'c1', priceMicros: 230_000, expiresAt: 1_790_000_000_000 };

// Any UTF-16 at all: lone surrogates, separators, NUL.
const id = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);
const natural = fc.maxSafeNat();
const organicClaims: fc.Arbitrary<Claims> = fc.record({
  decisionId: id,
  position: natural,
  listing: id,
  placement: id,
});
const adClaims: fc.Arbitrary<Claims> = fc.record({
  decisionId: id,
  position: natural,
  listing: id,
  placement: id,
  campaign: id,
  priceMicros: natural,
  expiresAt: natural,
});
const seed = 20_240_518;
const params = { seed, numRuns: 1000 };

describe('token, by example', () => {
  it('carries an ad and an organic item, in characters that any URL takes', () => {
    for (const claims of [ad, organic]) {
      const token = signToken(claims, secret);
      expect(token).toMatch(/^[\w-]+$/);
      expect(verifyToken(token, secret)).toEqual(claims);
    }
    expect(isAd(ad)).toBe(true);
    expect(isAd(organic)).toBe(false);
  });

  it('carries what the ad pays for, which nobody can change', () => {
    const view: Claims = { ...ad, billing: 'view' };
    const order: Claims = { ...ad, priceMicros: 0, billing: 'order', commissionBasisPoints: 1250 };
    for (const claims of [view, order]) expect(verifyToken(signToken(claims, secret), secret)).toEqual(claims);
    const bytes = Buffer.from(signToken(view, secret), 'base64url');
    for (const mark of [0x81, 0x83]) {
      bytes[0] = mark;
      expect(verifyToken(bytes.toString('base64url'), secret)).toBe('forged');
    }
    bytes[0] = 0x85;
    expect(verifyToken(bytes.toString('base64url'), secret)).toBe('malformed');
  });

  it('is short', () => {
    expect(signToken(organic, secret).length).toBeLessThan(30);
    expect(signToken(ad, secret).length).toBeLessThan(70);
  });

  it('stays what it was: tokens in buyers’ pages outlive a release', () => {
    expect(signToken(organic, secret)).toBe('AQMEZDEMODUxMjNBCGhvbWU');
    expect(verifyToken('AQMEZDEMODUxMjNBCGhvbWU', secret)).toEqual(organic);
    const kept = 'gQMEZDEMODUxMjNBCGhvbWUEYzHwhA6A2MGijDQ6ZaadWP-RkzLePZGASRgd';
    expect(signToken(ad, secret)).toBe(kept);
    expect(verifyToken(kept, secret)).toEqual(ad);
  });

  it('calls what is no token malformed', () => {
    const good = signToken(ad, secret);
    const texts = [
      '',
      'A',
      'AQ',
      'AQM',
      '!',
      'null',
      'a b',
      `${good}=`,
      `${good}\n`,
      ` ${good}`,
      `${good}!`,
      '\ud800',
      'gQ',
      good.slice(0, 20),
      'Ag'.repeat(30),
      'A'.repeat(5_000_000),
    ];
    for (const text of texts) expect(verifyToken(text, secret), text.slice(0, 40)).toBe('malformed');
  });

  it('takes no number beyond those that are exact, and no text longer than itself', () => {
    const position = (...bytes: number[]) => Buffer.from([0x01, ...bytes, 0, 0, 0]).toString('base64url');
    const ones = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    expect(verifyToken(position(...ones, 0x0f), secret)).toMatchObject({ position: Number.MAX_SAFE_INTEGER });
    expect(verifyToken(position(...ones, 0x10), secret)).toBe('malformed');
    expect(verifyToken(position(...ones, 0xff, 0x01), secret)).toBe('malformed');
    expect(verifyToken(Buffer.from([0x01, 3, 0x80, 0x80, 0x04, 0, 0]).toString('base64url'), secret)).toBe('malformed');
  });

  it('does not take the same bytes in another spelling', () => {
    const plus = signToken({ ...organic, listing: '\u00fb\u00ef\u00ff\u00fe' }, secret);
    expect(plus).toMatch(/[-_]/);
    expect(verifyToken(plus.replaceAll('-', '+').replaceAll('_', '/'), secret)).toBe('malformed');
  });

  it('calls a token of another secret forged', () => {
    expect(verifyToken(signToken(ad, otherSecret), secret)).toBe('forged');
  });

  it('does not become an ad, nor an ad an organic item, by changing the mark', () => {
    const bytes = Buffer.from(signToken(ad, secret), 'base64url');
    bytes[0] = 0x01;
    expect(verifyToken(bytes.toString('base64url'), secret)).toBe('malformed');
    const plain = Buffer.from(signToken(organic, secret), 'base64url');
    plain[0] = 0x81;
    expect(['forged', 'malformed']).toContain(verifyToken(plain.toString('base64url'), secret));
  });

  it('asserts on half an ad, ids beyond any limit, numbers that are no integers, and a short secret', () => {
    expect(() => signToken({ ...organic, priceMicros: 5 }, secret)).toThrow(/campaign, a price and an expiry/);
    expect(() => signToken({ ...organic, listing: 'x'.repeat(TOKEN_LENGTH_MAX) }, secret)).toThrow(/too long/);
    expect(() => signToken({ ...ad, priceMicros: 0.5 }, secret)).toThrow(/integers/);
    expect(() => signToken(ad, new Uint8Array(4))).toThrow(/secret/);
  });

  it('has room for four ids of 256 characters of any script', () => {
    const long = '店'.repeat(256);
    const claims = { ...ad, decisionId: long, listing: long, placement: long, campaign: long };
    expect(verifyToken(signToken(claims, secret), secret)).toEqual(claims);
  });
});

describe(`token, as properties (seed ${seed})`, () => {
  it('says exactly what was signed, whatever the ids hold', () => {
    fc.assert(
      fc.property(fc.oneof(organicClaims, adClaims), (claims) => {
        expect(verifyToken(signToken(claims, secret), secret)).toEqual(claims);
      }),
      params,
    );
  });

  it('different claims never share a token', () => {
    // Same letters, cut in different places: what a delimiter would confuse.
    const cut = fc.tuple(fc.string({ minLength: 3, maxLength: 12 }), fc.nat(12), fc.nat(12)).map(([text, a, b]) => {
      const [first, second] = [Math.min(a, b), Math.max(a, b)];
      return {
        ...organic,
        decisionId: text.slice(0, first),
        listing: text.slice(first, second),
        placement: text.slice(second),
      };
    });
    fc.assert(
      fc.property(cut, cut, adClaims, (one, two, three) => {
        const tokens = new Set([one, two, three].map((claims) => signToken(claims, secret)));
        const distinct = new Set([one, two, three].map((claims) => JSON.stringify(Object.entries(claims).sort())));
        expect(tokens.size).toBe(distinct.size);
      }),
      params,
    );
  });

  it('any changed bit of an ad is found out', () => {
    fc.assert(
      fc.property(adClaims, fc.nat(), (claims, bit) => {
        const bytes = Buffer.from(signToken(claims, secret), 'base64url');
        bytes[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7);
        expect(['forged', 'malformed']).toContain(verifyToken(bytes.toString('base64url'), secret));
      }),
      params,
    );
  });

  it('any text gets an answer, and what bills was signed', () => {
    const bytes = fc.uint8Array({ maxLength: 80 });
    const marked = fc
      .tuple(fc.constantFrom(0x01, 0x81), bytes)
      .map(([mark, rest]) => Buffer.from([mark, ...rest]).toString('base64url'));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), marked), (text) => {
        const answer = verifyToken(text, secret);
        if (typeof answer === 'string') return;
        expect(isAd(answer)).toBe(false);
        expect([answer.campaign, answer.priceMicros, answer.expiresAt]).toEqual([undefined, undefined, undefined]);
        expect(Number.isSafeInteger(answer.position)).toBe(true);
      }),
      { seed, numRuns: 5000 },
    );
  });

  it('a cut ad token is never taken', () => {
    fc.assert(
      fc.property(adClaims, fc.nat(), (claims, length) => {
        const token = signToken(claims, secret);
        expect(['forged', 'malformed']).toContain(verifyToken(token.slice(0, length % token.length), secret));
      }),
      params,
    );
  });
});
