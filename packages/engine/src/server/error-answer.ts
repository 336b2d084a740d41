/**
 * Errors as answers: `{error: {code, message, path?, details?}, requestId}` with a code of `base/errors.ts`, whatever went
 * wrong and wherever. A defect is logged in full and answered without its message or stack.
 */

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ERRORS, type ErrorCode, RialtoError } from '../base/errors.ts';

export const errorAnswerSchema = z
  .strictObject({
    error: z.strictObject({
      code: z.enum(Object.keys(ERRORS) as ErrorCode[]),
      message: z.string(),
      path: z.string().exactOptional(),
      details: z.record(z.string(), z.unknown()).exactOptional(),
    }),
    requestId: z.string(),
  })
  .meta({ id: 'ErrorAnswer' });

type ErrorAnswer = z.infer<typeof errorAnswerSchema>;

/** What the HTTP library refuses by itself. */
const LIBRARY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'bad-json',
};

const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = { overloaded: 1, 'shutting-down': 5, 'log-full': 10 };

/** What the HTTP library refused, in our words. */
function fromLibrary(code: ErrorCode, message: string, request: FastifyRequest): RialtoError {
  if (code === 'body-too-large') {
    return new RialtoError(code, `the body is larger than the limit of ${request.routeOptions.bodyLimit} bytes`);
  }
  if (code !== 'unsupported-media-type') return new RialtoError(code, message);
  const type = request.headers['content-type'];
  const what =
    type === undefined ? 'a body without a content type' : `content type ${JSON.stringify(type.slice(0, 80))}`;
  const remedy = request.url.split('?', 1)[0]!.endsWith('/bulk')
    ? 'Send `application/x-ndjson`: one JSON document a line.'
    : ERRORS[code].remedy;
  return new RialtoError(code, `this route does not read ${what}. ${remedy}`);
}

/** The error of the table that this one is. */
function asRialtoError(error: unknown, request: FastifyRequest): RialtoError {
  if (error instanceof RialtoError) return error;
  const { code = '', statusCode = 500, message = '' } = error as Partial<FastifyError>;
  const known = LIBRARY_CODES[code];
  if (known !== undefined) return fromLibrary(known, message, request);
  if (statusCode >= 400 && statusCode < 500) return new RialtoError('bad-request', message);
  return new RialtoError('internal', 'a defect in Rialto; the log has the details under this request id');
}

function answerOf(error: RialtoError, requestId: string): ErrorAnswer {
  const { path, ...details } = error.details;
  return {
    error: {
      code: error.code,
      message: error.message,
      ...(typeof path === 'string' ? { path } : {}),
      ...(Object.keys(details).length > 0 ? { details } : {}),
    },
    requestId,
  };
}

/** Answers `thrown`, and returns the error that it was taken for. */
export function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): RialtoError {
  const error = asRialtoError(thrown, request);
  if (error.status >= 500) request.log.error({ err: thrown, requestId: request.id, url: request.url }, error.code);
  const retryAfter = RETRY_AFTER_SECONDS[error.code];
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
  // The parsers of bodies leave their status in the reply, and a handler may have set a content type: both are ours to say.
  reply
    .status(error.status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(answerOf(error, request.id)));
  return error;
}

const SOCKET_STATUS: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

/** Answers bytes that are no HTTP request, and hangs up. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, log: FastifyBaseLogger): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  log.debug({ err: error }, 'not an HTTP request');
  const status = SOCKET_STATUS[error.code ?? ''] ?? 400;
  const message = `the request is not valid HTTP: ${STATUS_CODES[status]}`;
  const body = JSON.stringify({ error: { code: 'bad-request', message }, requestId: '' });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
