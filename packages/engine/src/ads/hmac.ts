/**
 * HMAC-SHA256 (RFC 2104) of short messages in two one-shot hashes:
 *
 *     HMAC(K, m) = H((K ⊕ opad) ‖ H((K ⊕ ipad) ‖ m))
 *
 * `createHmac` makes an object with memory outside the heap for each message, which only a full garbage collection gives back:
 * thousands a second would call for one all the time. Here nothing but short strings is made.
 */
import { hash } from 'node:crypto';
import { assert } from '../base/assert.ts';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

export class Hmac {
  readonly #inner: Buffer;
  /** Of the inner pad with a message behind it, by the message's length. */
  readonly #views = new Map<number, Buffer>();
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);

  constructor(key: Uint8Array, messageBytesMax: number) {
    this.#inner = Buffer.alloc(BLOCK_BYTES + messageBytesMax);
    const block = Buffer.alloc(BLOCK_BYTES);
    if (key.length > BLOCK_BYTES) hash('sha256', key, 'buffer').copy(block);
    else block.set(key);
    for (let i = 0; i < BLOCK_BYTES; i++) {
      this.#inner[i] = block[i]! ^ INNER_PAD;
      this.#outer[i] = block[i]! ^ OUTER_PAD;
    }
  }

  /** Of the first `length` bytes of `message`: 32 characters, one for each byte of the digest. */
  digest(message: Uint8Array, length: number): string {
    assert(BLOCK_BYTES + length <= this.#inner.length, 'the message is longer than was agreed', length);
    for (let i = 0; i < length; i++) this.#inner[BLOCK_BYTES + i] = message[i]!;
    const inner = hash('sha256', this.#innerOf(length), 'binary');
    for (let i = 0; i < DIGEST_BYTES; i++) this.#outer[BLOCK_BYTES + i] = inner.charCodeAt(i);
    return hash('sha256', this.#outer, 'binary');
  }

  #innerOf(length: number): Buffer {
    let view = this.#views.get(length);
    if (view === undefined) {
      view = this.#inner.subarray(0, BLOCK_BYTES + length);
      this.#views.set(length, view);
    }
    return view;
  }
}
