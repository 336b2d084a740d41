/** Trained models and their versions: what serves, what served, what is tried out. docs/models.md */

import type { Guardrail } from './experiments.ts';

/**
 * `candidate`: kept, serves nobody. `shadow`: scores a share of decisions again, shown to nobody. `canary`: serves a share of buyers.
 * `serving`: serves. `retired`: served once, or was given up.
 */
export type ModelStatus = 'candidate' | 'shadow' | 'canary' | 'serving' | 'retired';

export interface ModelVersion {
  /** `ranker`, `ranker:NAME`, `actions`, `actions:NAME`, `embedding` or `sources`. */
  readonly name: string;
  /** From 1. */
  readonly version: number;
  readonly status: ModelStatus;
  /** When it was published, and by whom. */
  readonly at: number;
  readonly by: string;
  /** When it came to its status, by whom, and why where that was said. */
  readonly since: number;
  readonly changedBy: string;
  readonly reason?: string;
  /** Of decisions or buyers, for a shadow or a canary. */
  readonly share?: number;
  /** The version that served when this one was published. */
  readonly parent?: number;
  /** Of a ranker that served: which versions of other models served with it, by name; 0 where none did. A way back brings them back. */
  readonly beside?: Readonly<Record<string, number>>;
  /** Offset of the record in the log that holds its bytes. */
  readonly offset: number;
  readonly bytes: number;
  /** SHA-256 of its bytes, in hexadecimal digits. */
  readonly digest: string;
  /** What it was trained on and how it did: data range, features, metrics, seed, gates. */
  readonly card: Readonly<Record<string, unknown>>;
}

/** How a training went that a server began by itself. */
export interface TrainingOutcome {
  readonly model: 'ranker' | 'sources';
  /** When it ended. */
  readonly at: number;
  /** `refused`: its gates are closed, or there is too little to learn from. Whatever is not `published` leaves what serves as it is. */
  readonly outcome: 'published' | 'refused' | 'failed';
  readonly version?: number;
  /** Why nothing was published. */
  readonly message?: string;
}

export interface ModelVersions {
  /** Newest first. */
  readonly items: readonly ModelVersion[];
  /** Of the ranker that served then; absent until the server has looked. */
  readonly verdict?: ModelVerdict;
  /** The last of each kind since the server started; absent before there was one. */
  readonly training?: readonly TrainingOutcome[];
}

/** What a server found when it last looked at drift, calibration and freshness. */
export interface ModelVerdict {
  readonly at: number;
  /** The ranker's. */
  readonly version?: number;
  /** Looked at again. */
  readonly decisions: number;
  /** What is wrong, in words. */
  readonly alerts: readonly string[];
}

/** As `/healthz` tells it. */
export interface ServingModel {
  readonly name: string;
  readonly version: number;
  readonly since: number;
  /** From the last order that it was trained on, or from its publication where its card names none, to the log's end. */
  readonly ageSeconds: number;
  readonly digest: string;
}

export interface Health {
  readonly status: 'ok';
  readonly models: readonly ServingModel[];
  /** `unknown` until the server has looked at the ranker that serves now, at enough decisions. What is wrong is in `GET /v1/models`. */
  readonly drift: { readonly verdict: 'good' | 'alerts' | 'unknown'; readonly at?: number; readonly alerts?: number };
}

export interface PromoteRequest {
  /** Serve it although its gates are closed. */
  readonly force?: boolean;
  readonly reason?: string;
}

export interface RollbackRequest {
  readonly reason?: string;
}

export interface TryOutRequest {
  readonly status: Exclude<ModelStatus, 'serving'>;
  /** Of decisions for a shadow, of buyers for a canary: above 0, at most 1. */
  readonly share?: number;
  /** Of a canary: what retires it, by the metrics that the log tells of (`conversion`, `orders`, `revenue`, …). Beside them fewer buyers that click do. */
  readonly guardrails?: readonly Guardrail[];
  readonly reason?: string;
}

/** What a model that is published comes to: nothing yet, or to serve. */
export type PublishStatus = Extract<ModelStatus, 'candidate' | 'serving'>;

/** A model to publish: its bytes as Rialto's own training makes them (`rialto train`, `rialto models import`). */
export interface ModelUpload {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What it was made from and how it did; `card.gates.reasons` keep it from serving. */
  readonly card?: Readonly<Record<string, unknown>>;
  /** Where it is not the others'. */
  readonly status?: PublishStatus;
}

/** The part `manifest` of what is sent to POST /v1/models; the bytes of each model are a part of its name. */
export interface ModelManifest {
  /** Of all; `candidate` where absent. */
  readonly status?: PublishStatus;
  readonly models: readonly {
    readonly name: string;
    /** SHA-256 of its bytes, in hexadecimal digits. */
    readonly digest: string;
    readonly card?: Readonly<Record<string, unknown>>;
    readonly status?: PublishStatus;
  }[];
}
