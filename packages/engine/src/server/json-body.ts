/**
 * Bodies as JSON, strictly: valid UTF-8, at most 32 levels, no key that would reach an object's prototype. Bodies may be
 * gzipped; what they inflate to is bounded by the same limit.
 */
import { isUtf8 } from 'node:buffer';
import { gunzip } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RialtoError } from '../base/errors.ts';

const DEPTH_MAX = 32;

const bad = (message: string): RialtoError => new RialtoError('bad-json', message);

/** What is wrong with keys or depth. `JSON.parse` makes `__proto__` an own property, which a later copy would assign. */
function harm(value: object, depth: number): string | undefined {
  if (depth > DEPTH_MAX) return `is nested deeper than ${DEPTH_MAX} levels`;
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = typeof item === 'object' && item !== null ? harm(item, depth + 1) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (key === '__proto__') return 'has a key "__proto__"';
    if (typeof member !== 'object' || member === null) continue;
    if (key === 'constructor' && Object.hasOwn(member, 'prototype')) return 'has a key "constructor.prototype"';
    const found = harm(member, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The JSON value, or a RialtoError('bad-json'). `what` names the bytes in messages. */
export function parseJson(bytes: Buffer, what: 'body' | 'line' = 'body'): unknown {
  if (!isUtf8(bytes)) throw bad(`the ${what} is not valid UTF-8`);
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    throw bad(`the ${what} is not valid JSON: ${(error as Error).message.slice(0, 200)}`);
  }
  const found = typeof value === 'object' && value !== null ? harm(value, 1) : undefined;
  if (found !== undefined) throw bad(`the ${what} ${found}`);
  return value;
}

type Done = (error: Error | null, value?: unknown) => void;

/** No bytes are no body, which routes without one do not mind: many clients name a content type even then. */
function parseInto(done: Done, bytes: Buffer): void {
  let value: unknown;
  try {
    value = bytes.length === 0 ? undefined : parseJson(bytes);
  } catch (error) {
    done(error as Error);
    return;
  }
  done(null, value);
}

function unzipInto(done: Done, bytes: Buffer, limitBytes: number): void {
  gunzip(bytes, { maxOutputLength: limitBytes }, (error, inflated) => {
    if (error === null) return parseInto(done, inflated);
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE')
      return done(bad('the body is not valid gzip'));
    done(new RialtoError('body-too-large', `the body inflates to more than ${limitBytes} bytes`));
  });
}

/** 'gzip', 'identity', or a RialtoError('unsupported-media-type'). */
export function contentEncoding(request: FastifyRequest): 'gzip' | 'identity' {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'gzip' || encoding === 'identity') return encoding;
  throw new RialtoError(
    'unsupported-media-type',
    `content-encoding ${JSON.stringify(encoding.slice(0, 40))} is not read; send gzip or none`,
  );
}

/** Makes the routes of this scope read `contentTypes` as JSON. */
export function readJson(app: FastifyInstance, contentTypes: readonly string[], limitBytes: number): void {
  app.addContentTypeParser([...contentTypes], { parseAs: 'buffer', bodyLimit: limitBytes }, (request, body, done) => {
    if (request.headers['content-encoding'] === undefined) return parseInto(done, body as Buffer);
    try {
      if (contentEncoding(request) === 'gzip') return unzipInto(done, body as Buffer, limitBytes);
    } catch (error) {
      return done(error as Error);
    }
    parseInto(done, body as Buffer);
  });
}
