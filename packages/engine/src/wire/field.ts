/**
 * The fields that wire types are made of, with their limits. A limit is part of the contract: it bounds what one request can
 * cost, in memory and in the log.
 *
 * Plain regular expressions and bounds only: zod compiles these into straight code, where a refinement would be a call.
 */
import { z } from 'zod';

export const LIMITS = {
  id: 128,
  title: 1_000,
  text: 20_000,
  name: 256,
  query: 256,
  url: 2_048,
  token: 4_096,
  tags: 64,
  attributes: 64,
  exclude: 1_000,
  placements: 16,
  cart: 200,
  audiences: 200,
  keyword: 80,
  keywords: 1_000,
  listings: 10_000,
  values: 1_000,
  countries: 300,
  rules: 100,
  models: 16,
  slots: 100,
  moneyMicros: 1e15,
  quantity: 1e6,
  /** 2100-01-01. */
  timeMs: 4_102_444_800_000,
} as const;

// Cc: control characters; Cs: halves of surrogate pairs that stand alone, which no UTF-8 can carry.
const PRINTABLE_ID = /^[^\p{Cc}\p{Cs}]{1,128}$/u;
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;
const WELL_FORMED = /^\P{Cs}*$/u;
const URL_OR_PATH = /^(https?:\/)?\/[^\p{Cc}\p{Cs}\s]*$/iu;
const LANGUAGE = /^[a-z]{2,8}(-[a-z0-9]{1,8}){0,6}$/i;

export const id = () =>
  z.string().regex(PRINTABLE_ID, 'must be 1 to 128 characters without control characters or lone surrogates');

/** One line: no control characters. */
export const line = (max: number) =>
  z.string().max(max).regex(PRINTABLE, 'must not hold control characters or lone surrogates');

/** Any text, line breaks included. */
export const text = (max: number) => z.string().max(max).regex(WELL_FORMED, 'must not hold lone surrogates');

export const title = () => text(LIMITS.title);
export const query = () => text(LIMITS.query);
export const country = () => line(64).min(1);
export const region = () => line(64).min(1);
export const url = () => z.string().max(LIMITS.url).regex(URL_OR_PATH, 'must start with http://, https:// or /');
export const language = () => z.string().regex(LANGUAGE, 'must be a BCP 47 language tag, such as en or pt-BR');

export const integer = (min: number, max: number) => z.int().min(min).max(max);
export const money = () => integer(0, LIMITS.moneyMicros).describe("Integer millionths of the marketplace's currency.");
export const quantity = () => integer(1, LIMITS.quantity);
export const time = () => integer(0, LIMITS.timeMs).describe('Milliseconds since 1970 in UTC.');
