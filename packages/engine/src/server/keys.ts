/**
 * Who may call what. An API key may do everything and belongs on servers; a publishable key may ask for decisions and send
 * events, and may be read by anybody who opens the shop's page. With no key configured at all, everybody may do everything,
 * which is why such a server binds loopback only (`listen.ts`).
 *
 * Keys are kept and compared as SHA-256, in time that depends neither on the key given nor on where it differs.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { RialtoError } from '../base/errors.ts';

export type Audience = 'publishable' | 'api';

export interface KeyOptions {
  /** Name → key. The name is what the log says who changed something. */
  readonly apiKeys?: ReadonlyMap<string, string>;
  readonly publishableKeys?: readonly string[];
}

interface KnownKey {
  readonly name: string;
  readonly audience: Audience;
  readonly digest: Buffer;
}

/** Who acts where no key is configured. */
const ANYBODY = 'local';

const digestOf = (key: string): Buffer => hash('sha256', key, 'buffer');

export class Keyring {
  readonly #keys: readonly KnownKey[];

  constructor({ apiKeys = new Map(), publishableKeys = [] }: KeyOptions) {
    this.#keys = [
      ...[...apiKeys].map(([name, key]) => ({ name, audience: 'api' as const, digest: digestOf(key) })),
      ...publishableKeys.map((key) => ({
        name: 'publishable',
        audience: 'publishable' as const,
        digest: digestOf(key),
      })),
    ];
    this.#keys.forEach((key, i) => {
      const same = this.#keys.slice(0, i).find(({ digest }) => digest.equals(key.digest));
      if (same) throw twice(same, key);
    });
  }

  /** No key is configured: everybody may do everything. */
  get open(): boolean {
    return this.#keys.length === 0;
  }

  /** The name of the key, or a RialtoError: `unauthorized` or `forbidden`. */
  authorize(given: string | undefined, audience: Audience): string {
    if (this.open) return ANYBODY;
    if (given === undefined) throw new RialtoError('unauthorized', 'no key was sent; send `Authorization: Bearer KEY`');
    const found = this.#find(given);
    if (found === undefined) throw new RialtoError('unauthorized', 'the key is not one of the configured keys');
    if (audience === 'api' && found.audience !== 'api') {
      throw new RialtoError('forbidden', 'the key is a publishable key; this route needs the API key');
    }
    return found.name;
  }

  /** Whether it is a key that anybody may have read. */
  isPublishable(given: string | undefined): boolean {
    return given !== undefined && this.#find(given)?.audience === 'publishable';
  }

  #find(given: string): KnownKey | undefined {
    const digest = digestOf(given);
    let found: KnownKey | undefined;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, digest)) found ??= key;
    return found;
  }
}

/** One key for two: what it may do, or whose changes are whose, would hang on their order. */
function twice(one: KnownKey, other: KnownKey): RialtoError {
  const text = ({ name, audience }: KnownKey) => (audience === 'api' ? `the API key ${name}` : 'a publishable key');
  return new RialtoError('bad-request', `${text(one)} and ${text(other)} are the same; give each a key of its own`);
}

/** The key of `Authorization: Bearer KEY`, or the user name of `Authorization: Basic …`, as Segment's clients send it. */
export function keyOf(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const space = header.indexOf(' ');
  const scheme = header.slice(0, space).toLowerCase();
  const credentials = header.slice(space + 1).trim();
  if (scheme === 'bearer') return credentials;
  if (scheme !== 'basic') return undefined;
  return Buffer.from(credentials, 'base64').toString('utf8').split(':', 1)[0];
}

/** The same, or `?key=`: a browser's beacon can send no header. For routes that take publishable keys. */
export function publishableKeyOf(request: FastifyRequest): string | undefined {
  const key = keyOf(request) ?? (request.query as { key?: unknown }).key;
  return typeof key === 'string' ? key : undefined;
}
