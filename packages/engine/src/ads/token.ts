/**
 * The token of a shown item: what a click on it means, carried by the client and sent back.
 *
 *     base64url( mark, position, decisionId, listing, placement [, campaign, price, expiresAt [, arm], MAC] )
 *
 * The mark is one byte: what the ad pays for in its low bits, the top bit set where the token is signed, and the one below where it
 * says whose part of a split budget pays. The price is that of
 * one click or a thousand views in micros, or of an order in basis points of its value. Numbers are LEB128; texts carry their length first, so ids may hold any character and no two claims share an encoding.
 *
 * - An ad's token bills, so it ends in the first 128 bits of HMAC-SHA256 (RFC 2104, truncated as its section 5 allows) over
 *   all bytes before.
 * - An organic item's token is not signed: it only says what was shown, and has no place for a campaign or a price.
 *   Whoever forges one can do no more than by sending the event without a token.
 *
 * What is no listing, a query or a review, has a mark of its own and is not signed either.
 *
 * Whether a token has expired or been used is the ledger's to say: it knows the log's time.
 */
import { timingSafeEqual } from 'node:crypto';
import type { ThingKind } from '@rialto/sdk';
import { assert } from '../base/assert.ts';
import type { Claims } from '../log/record.ts';
import { Hmac } from './hmac.ts';

/** What an ad pays for: being seen, being clicked, or an order that follows from a click. */
export type BillingKind = 'view' | 'click' | 'order';

/** Claims that bill. */
export type AdClaims = Claims & Required<Pick<Claims, 'campaign' | 'priceMicros' | 'expiresAt'>>;

/** How long an ad's token bills. */
export const TOKEN_LIFE_MS = 86_400_000;
/** Longer ones are refused unread. Ids of 256 characters of any script fit. */
export const TOKEN_LENGTH_MAX = 4096;

const ORGANIC = 0x01;
const THINGS: Readonly<Record<ThingKind, number>> = { query: 0x11, review: 0x12, shop: 0x13, module: 0x14 };
const THING_KINDS = Object.keys(THINGS) as ThingKind[];
const SIGNED: Readonly<Record<BillingKind, number>> = { click: 0x81, view: 0x84, order: 0x83 };
/** Set in the mark of a token that says whose part of the budget pays. */
const OF_ARM = 0x40;
const KINDS: readonly BillingKind[] = ['click', 'view', 'order'];
const MILLE = 1000;
const MAC_BYTES = 16;
const SECRET_BYTES_MIN = 16;
const INT32_MAX = 2 ** 31 - 1;
const scratch = Buffer.alloc((TOKEN_LENGTH_MAX / 4) * 3);

export function isAd(claims: Claims): claims is AdClaims {
  return claims.campaign !== undefined && claims.priceMicros !== undefined && claims.expiresAt !== undefined;
}

/** When the decision was made that the token is of. */
export function decidedAt({ expiresAt }: AdClaims): number {
  return expiresAt - TOKEN_LIFE_MS;
}

/** What the ad pays for. */
export function billingOf({ billing }: AdClaims): BillingKind {
  return billing ?? 'click';
}

/** The item's token: signed for an ad, plain for an organic item. */
export function signToken(claims: Claims, secret: Uint8Array): string {
  const { decisionId, listing, placement, campaign, priceMicros, expiresAt } = claims;
  const units = decisionId.length + listing.length + placement.length + (campaign?.length ?? 0);
  assert(2 * units + 64 <= scratch.length, 'the ids are too long for a token', units);
  const ad = isAd(claims);
  assert(
    ad || (campaign ?? priceMicros ?? expiresAt) === undefined,
    'an ad needs a campaign, a price and an expiry',
    listing,
  );
  const ofArm = ad && claims.arm !== undefined;
  const unsigned = claims.kind === undefined ? ORGANIC : THINGS[claims.kind];
  scratch[0] = ad ? SIGNED[billingOf(claims)] + (ofArm ? OF_ARM : 0) : unsigned;
  let end = putNumber(1, claims.position);
  end = putText(end, decisionId);
  end = putText(end, listing);
  end = putText(end, placement);
  if (ad) {
    end = putText(end, claims.campaign);
    end = putNumber(end, priceOf(claims));
    end = putNumber(end, claims.expiresAt);
    if (ofArm) end = putNumber(end, claims.arm!);
    const code = mac(scratch, end, secret);
    for (let i = 0; i < MAC_BYTES; i++) scratch[end++] = code.charCodeAt(i);
  }
  return scratch.toString('base64url', 0, end);
}

/**
 * What the token says. 'malformed': no token of ours by its form. 'forged': the form of a signed token, but not signed with
 * `secret`. Never throws on any text.
 */
export function verifyToken(token: string, secret: Uint8Array): Claims | 'forged' | 'malformed' {
  if (token.length > TOKEN_LENGTH_MAX) return 'malformed';
  const bytes = Buffer.from(token, 'base64url');
  // Node's decoder skips what is not base64url: only the one exact spelling is taken.
  if (bytes.length === 0 || bytes.toString('base64url') !== token) return 'malformed';
  if (bytes[0] === ORGANIC || thingOfMark(bytes[0]!) !== undefined) return parse(bytes, bytes.length) ?? 'malformed';
  const end = bytes.length - MAC_BYTES;
  if (billingOfMark(bytes[0]!) === undefined || end < 1) return 'malformed';
  const expected = Buffer.from(mac(bytes, end, secret), 'latin1').subarray(0, MAC_BYTES);
  if (!timingSafeEqual(bytes.subarray(end), expected)) return 'forged';
  return parse(bytes, end) ?? 'malformed';
}

function thingOfMark(mark: number): ThingKind | undefined {
  return THING_KINDS.find((kind) => THINGS[kind] === mark);
}

function billingOfMark(mark: number): BillingKind | undefined {
  return KINDS.find((kind) => SIGNED[kind] === (mark & ~OF_ARM));
}

function priceOf({ billing, priceMicros, priceThousandths = 0, commissionBasisPoints = 0 }: AdClaims): number {
  if (billing === 'view') return MILLE * priceMicros + priceThousandths;
  return billing === 'order' ? commissionBasisPoints : priceMicros;
}

const hmacs = new WeakMap<Uint8Array, Hmac>();

/** Of the first `length` bytes, one character for each byte. A secret's bytes must not change. */
function mac(bytes: Uint8Array, length: number, secret: Uint8Array): string {
  assert(secret.length >= SECRET_BYTES_MIN, 'the token secret is too short to sign with', secret.length);
  let hmac = hmacs.get(secret);
  if (hmac === undefined) {
    hmac = new Hmac(secret, TOKEN_LENGTH_MAX);
    hmacs.set(secret, hmac);
  }
  return hmac.digest(bytes, length);
}

function parse(bytes: Buffer, end: number): Claims | undefined {
  const cursor = new Cursor(bytes, end);
  const position = cursor.number();
  const decisionId = cursor.text();
  const listing = cursor.text();
  const placement = cursor.text();
  if (bytes[0] === ORGANIC) return cursor.done() ? { decisionId, position, listing, placement } : undefined;
  const kind = thingOfMark(bytes[0]!);
  if (kind !== undefined) return cursor.done() ? { decisionId, position, listing, placement, kind } : undefined;
  const campaign = cursor.text();
  const price = cursor.number();
  const expiresAt = cursor.number();
  const arm = (bytes[0]! & OF_ARM) === 0 ? undefined : cursor.number();
  if (!cursor.done()) return undefined;
  const ad = { decisionId, position, listing, placement, campaign, expiresAt, ...(arm !== undefined && { arm }) };
  const billing = billingOfMark(bytes[0]!)!;
  if (billing === 'click') return { ...ad, priceMicros: price };
  if (billing === 'view') {
    const rest = price % MILLE;
    return { ...ad, priceMicros: (price - rest) / MILLE, billing, ...(rest > 0 && { priceThousandths: rest }) };
  }
  return { ...ad, priceMicros: 0, billing, commissionBasisPoints: price };
}

/** LEB128 of an integer that may be wider than 32 bits. Returns where it ends. */
function putNumber(start: number, value: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, 'a token holds integers from 0 on', value);
  let at = start;
  let rest = value;
  for (; rest > INT32_MAX; at++) {
    const higher = Math.floor(rest / 128);
    scratch[at] = rest - 128 * higher + 128;
    rest = higher;
  }
  for (; rest >= 128; rest >>= 7) scratch[at++] = (rest & 127) | 128;
  scratch[at++] = rest;
  return at;
}

/**
 * The length in UTF-16 units, doubled, plus 1 where the units take two bytes each: ids are mostly ASCII, and UTF-8 would
 * give all lone surrogates the same bytes.
 */
function putText(start: number, text: string): number {
  const at = putNumber(start, 2 * text.length);
  // Ids are short: a loop over their characters is done before a call out of JavaScript has begun.
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0xff) return putWide(start, text);
    scratch[at + i] = unit;
  }
  return at + text.length;
}

function putWide(start: number, text: string): number {
  const at = putNumber(start, 2 * text.length + 1);
  return at + scratch.write(text, at, 'utf16le');
}

/** Reads what `putNumber` and `putText` wrote; past the end it returns nothing of worth and `done` says no. */
class Cursor {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at = 1;

  constructor(bytes: Buffer, end: number) {
    this.#bytes = bytes;
    this.#end = end;
  }

  number(): number {
    let value = 0;
    for (let factor = 1; this.#at < this.#end && factor < 2 ** 56; factor *= 128) {
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 127) * factor;
      if (byte < 128 && Number.isSafeInteger(value)) return value;
    }
    return this.#fail();
  }

  text(): string {
    const header = this.number();
    const wide = header % 2 === 1;
    const from = this.#at;
    const to = from + (wide ? header - 1 : header / 2);
    this.#at = to;
    if (to > this.#end) return '';
    return this.#bytes.toString(wide ? 'utf16le' : 'latin1', from, to);
  }

  #fail(): number {
    this.#at = this.#end + 1;
    return 0;
  }

  /** Whether everything was there, and nothing after it. */
  done(): boolean {
    return this.#at === this.#end;
  }
}
