/**
 * Decisions past the HTTP library, whose objects, hooks and listeners for each request cost time that no decision needs. Taken are requests
 * as nearly all callers send them: a body of JSON, of known and moderate length, with a key that may ask. Any other goes to the
 * library, and so does every refusal, by the hook that is returned: it makes the answers that it always made.
 */
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { DecideRequest, DecideResponse } from '@rialto/sdk';
import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { RialtoError } from '../base/errors.ts';
import { decideRequestSchema } from '../wire/decide-schema.ts';
import { validate } from '../wire/validate.ts';
import { answerText } from './answer-text.ts';
import { parseJson } from './json-body.ts';
import { type Keyring, keyOf } from './keys.ts';
import type { LatencyHistogram } from './metrics.ts';

const BODY_BYTES_MAX = 65_536;

interface DirectInput {
  readonly path: string;
  readonly keys: Keyring;
  readonly bodyBytesMax: number;
  readonly decide: (request: DecideRequest) => DecideResponse;
  readonly latency: LatencyHistogram;
}

export function answerDirectly(app: FastifyInstance, input: DirectInput): onRequestHookHandler {
  const { server } = app;
  const [library] = server.listeners('request') as [RequestListener];
  const refusals = new WeakMap<IncomingMessage, Error>();
  const refuse = (request: IncomingMessage, response: ServerResponse, refusal: Error): void => {
    refusals.set(request, refusal);
    library(request, response);
  };
  const means: AnswerInput = { ...input, refuse };
  server.removeListener('request', library);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    // While it closes, the library closes the connections, too.
    if (server.listening && isUsual(request, input) && mayAsk(request, input.keys)) {
      answer(request, response, means);
    } else library(request, response);
  });
  return (request, reply, done) => {
    const refusal = refusals.get(request.raw);
    // As after any body that could not be read.
    if (refusal instanceof RialtoError && refusal.code === 'bad-json') reply.header('connection', 'close');
    done(refusal);
  };
}

function isUsual({ url, method, headers }: IncomingMessage, { path, bodyBytesMax }: DirectInput): boolean {
  if (url !== path || method !== 'POST' || headers['content-type'] !== 'application/json') return false;
  if (headers['content-encoding'] !== undefined) return false;
  const bytes = Number(headers['content-length']);
  return bytes > 0 && bytes <= Math.min(BODY_BYTES_MAX, bodyBytesMax);
}

function mayAsk(request: { readonly headers: IncomingHttpHeaders }, keys: Keyring): boolean {
  if (keys.open) return true;
  try {
    keys.authorize(keyOf(request), 'publishable');
    return true;
  } catch {
    return false;
  }
}

interface AnswerInput extends DirectInput {
  readonly refuse: (request: IncomingMessage, response: ServerResponse, refusal: Error) => void;
}

function answer(request: IncomingMessage, response: ServerResponse, { decide, latency, refuse }: AnswerInput): void {
  const beganAt = performance.now();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    let text: string;
    try {
      const body = parseJson(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      text = answerText(decide(validate<DecideRequest>(decideRequestSchema, body)));
    } catch (error) {
      return refuse(request, response, error as Error);
    }
    response.writeHead(200, {
      'access-control-allow-origin': '*',
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
    latency.observe(performance.now() - beganAt);
  });
}
