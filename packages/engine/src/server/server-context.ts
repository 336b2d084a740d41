/** What every route needs. */
import type { StatementRow } from '@rialto/sdk';
import type { Clock } from '../base/clock.ts';
import type { Engine } from '../delivery/engine.ts';
import type { EngineCounters } from '../delivery/engine-counters.ts';
import type { Keyring } from './keys.ts';
import type { Metrics } from './metrics.ts';
import type { ModelUploads } from './model-upload.ts';
import type { StatementQuery } from './statement-query.ts';
import type { TurnWatch } from './turn-watch.ts';

export interface ServerLimits {
  readonly bodyBytes: number;
  /** Of the bulk routes, whose bodies are streams of any length. */
  readonly lineBytes: number;
}

/** What becomes of decisions while requests wait for each other. Milliseconds that a request has waited. */
export interface LoadLimits {
  /** From here on a decision is made in brief. */
  readonly brownoutAfterMs: number;
  /** From here on none is made. */
  readonly refuseAfterMs: number;
}

/** As `rialto serve` has them: about six decisions; and longer than a page waits. */
export const USUAL_LOAD_LIMITS: LoadLimits = { brownoutAfterMs: 2, refuseAfterMs: 1_000 };

export interface ServerContext {
  readonly engine: Engine;
  /** When a request arrived; the engine has its own. */
  readonly clock: Clock;
  readonly keys: Keyring;
  readonly metrics: Metrics;
  readonly limits: ServerLimits;
  readonly load: LoadLimits;
  readonly turns: TurnWatch;
  readonly readiness: Readiness;
  readonly uploads: ModelUploads;
  /** Reads a shop's statement, elsewhere than on the decision thread; absent where there is no data directory. */
  readonly statements?: (query: StatementQuery) => Promise<readonly StatementRow[]>;
}

/** How long after a failed write the server calls itself not ready. Then it is sent traffic again, which tells. */
const UNREADY_MS = 10_000;

/** Whether writes succeed, as seen from requests, and from decisions, which do not wait for theirs. */
export class Readiness {
  readonly #counters: Pick<EngineCounters, 'decisionsUnlogged'>;
  #unlogged = 0;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(counters: Pick<EngineCounters, 'decisionsUnlogged'>) {
    this.#counters = counters;
  }

  writeFailed(): void {
    this.#failedAtMs = performance.now();
  }

  wrote(): void {
    this.#failedAtMs = Number.NEGATIVE_INFINITY;
    this.#unlogged = this.#counters.decisionsUnlogged;
  }

  get writable(): boolean {
    const { decisionsUnlogged } = this.#counters;
    if (decisionsUnlogged > this.#unlogged) this.writeFailed();
    this.#unlogged = decisionsUnlogged;
    return performance.now() - this.#failedAtMs > UNREADY_MS;
  }
}
