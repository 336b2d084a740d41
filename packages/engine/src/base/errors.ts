/**
 * The one table of a caller's mistakes and of states the engine refuses to work in: code, HTTP status, what it means and
 * what to do. `docs/errors.md` says the same, and a test keeps the two equal.
 */
interface ErrorEntry {
  readonly status: number;
  readonly meaning: string;
  readonly remedy: string;
}

export const ERRORS = {
  'bad-request': {
    status: 400,
    meaning: 'The request is not of the documented form.',
    remedy: 'Read `path` and the message: they name the field and what is wrong with it.',
  },
  'bad-json': {
    status: 400,
    meaning: 'The body is not valid JSON, or not valid UTF-8, or nested too deeply.',
    remedy: 'Send one JSON document in UTF-8, nested at most 32 levels.',
  },
  'body-too-large': {
    status: 413,
    meaning: 'The body is larger than the limit.',
    remedy: 'Send smaller batches, or raise `--body-limit`, for models `--model-limit`.',
  },
  'unsupported-media-type': {
    status: 415,
    meaning: 'The content type is not one that the route reads.',
    remedy:
      'Send `application/json`, `application/x-ndjson` to the bulk routes, or `multipart/form-data` where models are published.',
  },
  unauthorized: {
    status: 401,
    meaning: 'The key is missing or is not one of the configured keys.',
    remedy: 'Send `Authorization: Bearer KEY`; see docs/operating.md for the two kinds of key.',
  },
  forbidden: {
    status: 403,
    meaning: 'The key is a publishable key and the route needs the API key.',
    remedy: 'Use the API key, and only from servers.',
  },
  'not-found': {
    status: 404,
    meaning: 'There is no such route or no such entity.',
    remedy: 'Check the id and the path against /openapi.json.',
  },
  'method-not-allowed': {
    status: 405,
    meaning: 'The path is there, but not with this method.',
    remedy: 'Use one of the methods that the message and the `Allow` header name.',
  },
  'unknown-placement': {
    status: 404,
    meaning: 'A placement of the request does not exist.',
    remedy: 'List placements with GET /v1/placements, or create it with PUT /v1/placements/{id}.',
  },
  'unknown-reference': {
    status: 422,
    meaning: 'An entity names another one that does not exist.',
    remedy: 'Save the named shop or listing first.',
  },
  'version-conflict': {
    status: 409,
    meaning: 'The entity has been changed since the version that the request names.',
    remedy: 'Read it again, apply the change to what it is now, and send that version; or leave `version` out.',
  },
  'currency-mismatch': {
    status: 422,
    meaning: "A price is in another currency than the marketplace's.",
    remedy: 'Convert prices before loading: one marketplace has one currency.',
  },
  'in-use': {
    status: 409,
    meaning: 'A ranker cannot be removed while something names it.',
    remedy: 'The message says what: change that first.',
  },
  'id-taken': {
    status: 409,
    meaning: 'The id of a payment or refund was used for another one, or that of a ranker for a model.',
    remedy: 'Use a new id; sending the same one again with the same content changes nothing.',
  },
  'not-refundable': {
    status: 422,
    meaning: 'A refund asks for more than was billed, or for what is no longer kept in memory.',
    remedy: 'Ask for at most the amount that the message names; credit older charges with a payment.',
  },
  'log-full': {
    status: 507,
    meaning: 'The log cannot be written: the disk is full or failing. Nothing was acknowledged; decisions go on.',
    remedy: 'Free disk space; writing resumes by itself.',
  },
  overloaded: {
    status: 503,
    meaning: 'More is waiting, to be decided, written or explained, than the limit allows.',
    remedy: 'Retry with back-off.',
  },
  'shutting-down': {
    status: 503,
    meaning: 'The server is stopping.',
    remedy: 'Retry on another replica or after the restart.',
  },
  'data-locked': {
    status: 423,
    meaning: 'Another process has the data directory open for writing.',
    remedy: 'Stop that process, or use its HTTP API; the message names its process id.',
  },
  'address-in-use': {
    status: 409,
    meaning: 'The address and port to listen on are taken, or may not be used.',
    remedy: 'Stop what uses them, or choose another with `--port`; 0 takes a free one.',
  },
  'data-unusable': {
    status: 500,
    meaning: 'The data directory cannot be made, read or written.',
    remedy: "The message holds the system's reason: check the path, its owner and permissions, and the disk's space.",
  },
  'log-damaged': {
    status: 500,
    meaning: 'The log is damaged before its end, where records had been acknowledged.',
    remedy: 'Restore the named segment from a backup; docs/operating.md has the steps.',
  },
  'checkpoint-damaged': {
    status: 500,
    meaning: "A checkpoint's checksum does not match; an older one or the whole log is used instead.",
    remedy: 'None needed; remove the file when the disk has been checked.',
  },
  'decision-expired': {
    status: 410,
    meaning: 'The log no longer reaches back to the state of that decision.',
    remedy: 'Keep more of the log.',
  },
  'bad-file': {
    status: 422,
    meaning: 'A file cannot be read as the format that it is said to be.',
    remedy: 'Check the format, the delimiter and the encoding; `--format` overrides the guess.',
  },
  'bad-mapping': {
    status: 422,
    meaning: 'The column mapping names a field or a column that does not exist.',
    remedy: 'The message lists the columns that the file has and the fields that can be mapped.',
  },
  'bad-experiment': {
    status: 422,
    meaning: 'The data cannot be analysed as the experiment that it is said to be.',
    remedy:
      'The message names the column, the variant or the units: correct the data, or the options that describe it.',
  },
  'no-data': {
    status: 422,
    meaning: 'The data directory holds too little for the command.',
    remedy: 'Import listings and purchases first.',
  },
  'no-traffic': {
    status: 422,
    meaning: 'No decision has been logged that a forecast or an estimate could rest on.',
    remedy:
      'Ask for decisions first (`POST /v1/decide`, or `rialto playground` for simulated buyers); check the placement and the segment.',
  },
  'bad-model': {
    status: 422,
    meaning: 'A model is damaged, or was made for other features or another version.',
    remedy: 'Train it again with `rialto train`.',
  },
  'model-refused': {
    status: 422,
    meaning: 'A model is worse than what serves, or its probabilities do not mean what they say: its gates are closed.',
    remedy:
      'What serves now stays. Train it again with more or better data; `rialto models promote --force` serves it all the same.',
  },
  'bad-training-data': {
    status: 422,
    meaning:
      'The examples cannot be learned from: none, labels other than 0 and 1, one class only, or a feature that tells the label.',
    remedy:
      'The message names what is wrong; check how the labels were made, and leave out what is only known afterwards.',
  },
  'bad-sql': {
    status: 422,
    meaning: 'DuckDB refused the query.',
    remedy: 'Read its message; `rialto sql ".tables"` lists the tables.',
  },
  internal: {
    status: 500,
    meaning: 'A defect in Rialto.',
    remedy: 'Report it with the log line that carries the same request id.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** A caller's mistake or a refused state, with a code from `ERRORS`. `details` goes into the response as it is. */
export class RialtoError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'RialtoError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
