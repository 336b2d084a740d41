/** What a call to Rialto fails with: the server's own error, or one of three of the client's. */
export interface ErrorContext {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
  readonly cause?: unknown;
}

export class RialtoApiError extends Error {
  /** The server's code (docs/errors.md); or `unreachable`, `timeout`, `bad-response` where no answer of Rialto's came. */
  readonly code: string;
  /** The HTTP status, 0 where there was no answer. */
  readonly status: number;
  /** What the message names, as data: `path` is the field that was wrong. */
  readonly details: Readonly<Record<string, unknown>>;
  /** What the server's log calls the request. */
  readonly requestId: string | undefined;

  constructor(code: string, status: number, message: string, { details = {}, requestId, cause }: ErrorContext = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'RialtoApiError';
    this.code = code;
    this.status = status;
    this.details = details;
    this.requestId = requestId;
  }
}
