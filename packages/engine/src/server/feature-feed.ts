/**
 * What clients are told of experiments, as text with its tag, made anew when a record or the clock changes it; and the open
 * streams that are sent it then (server-sent events: `event: features`, as GrowthBook's SDKs listen for).
 */
import { hash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import { RialtoError } from '../base/errors.ts';
import type { Engine } from '../delivery/engine.ts';
import { featurePayload, nextChange } from '../experiments/feature-payload.ts';

const LOOK_EVERY_MS = 200;
/** Proxies close what is silent for a minute. */
const HEARTBEAT_EVERY_MS = 20_000;
const STREAMS_MAX = 10_000;
/** Of one stream, not yet sent: whoever reads more slowly is cut, and comes back. */
const WAITING_BYTES_MAX = 4 * 1_048_576;

export class FeatureFeed {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #streams = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;
  #beatAt = 0;
  #of: unknown;
  #until = Number.NEGATIVE_INFINITY;
  #text = '';
  #tag = '';

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** The payload as JSON, and its entity tag. */
  current(): { readonly text: string; readonly tag: string } {
    const { experiments } = this.#engine.state;
    const all = experiments.all();
    const now = this.#clock.now();
    if (all !== this.#of || now >= this.#until) {
      this.#of = all;
      this.#until = nextChange(all, now) ?? Number.POSITIVE_INFINITY;
      this.#text = JSON.stringify(featurePayload(all, now, experiments.changedAt));
      this.#tag = `"${hash('sha256', this.#text, 'base64url').slice(0, 22)}"`;
    }
    return { text: this.#text, tag: this.#tag };
  }

  /** Sends what is, and from then on what changes, until the other side hangs up. Throws `overloaded`. */
  stream(to: ServerResponse): void {
    if (this.#streams.size >= STREAMS_MAX)
      throw new RialtoError('overloaded', `${STREAMS_MAX} clients are connected already`);
    this.#streams.add(to);
    to.on('close', () => this.#drop(to));
    to.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'access-control-allow-origin': '*',
      'x-accel-buffering': 'no',
    });
    const { text, tag } = this.current();
    to.write(eventOf(text));
    this.#timer ??= setInterval(this.#look(tag), LOOK_EVERY_MS).unref();
  }

  #look(tag: string): () => void {
    let told = tag;
    return () => {
      const { text, tag: now } = this.current();
      const beat = performance.now() - this.#beatAt > HEARTBEAT_EVERY_MS;
      if (now !== told) this.#tell(eventOf(text));
      else if (beat) this.#tell(':\n\n');
      told = now;
    };
  }

  #tell(message: string): void {
    this.#beatAt = performance.now();
    for (const stream of this.#streams) {
      if (stream.writableLength > WAITING_BYTES_MAX) stream.destroy();
      else stream.write(message);
    }
  }

  #drop(stream: ServerResponse): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    for (const stream of this.#streams) stream.end();
  }
}

const eventOf = (text: string): string => `event: features\ndata: ${text}\n\n`;
