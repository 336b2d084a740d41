/**
 * Every model that was published, version by version: what it was made from, what it does now, and where its bytes are in the log. The
 * bytes are not kept here: whoever brings a version back reads them at its offset, so that what comes back is what there was.
 */
import type { ModelVersion } from '@rialto/sdk';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import type { Offset } from '../log/log.ts';
import type { ModelRecord } from '../log/record.ts';
import { digestOf } from './model-bytes.ts';

/** How many versions back a roll-back reaches. */
const SERVED_MAX = 100;

interface Model {
  /** By number, from 1. */
  readonly versions: ModelVersion[];
  /** Numbers of versions in the order in which they came to serve; the last one serves. 0 where what served was withdrawn. */
  readonly served: number[];
}

/** Why the gates are closed to a version; nothing where they are open, or were never asked. */
export function closedGates({ card }: Pick<ModelVersion, 'card'>): readonly string[] {
  const gates = card['gates'] as { readonly reasons?: readonly string[] } | undefined;
  return gates?.reasons ?? [];
}

export class ModelRegistry implements Part {
  readonly #models = new Map<string, Model>();

  get names(): readonly string[] {
    return [...this.#models.keys()];
  }

  /** Newest first. */
  versions(name: string): readonly ModelVersion[] {
    return [...(this.#models.get(name)?.versions ?? [])].reverse();
  }

  find(name: string, version: number): ModelVersion | undefined {
    return this.#models.get(name)?.versions[version - 1];
  }

  serving(name: string): ModelVersion | undefined {
    return this.find(name, this.#models.get(name)?.served.at(-1) ?? 0);
  }

  /** What served before what serves. */
  before(name: string): ModelVersion | undefined {
    return this.find(name, this.#models.get(name)?.served.at(-2) ?? 0);
  }

  /** The one of these bytes; the newest where there are several. */
  ofDigest(name: string, digest: string): ModelVersion | undefined {
    return this.versions(name).find((version) => version.digest === digest);
  }

  /** `refusal`: why the record could not be served. */
  note(record: ModelRecord, offset: Offset, refusal?: string): void {
    let model = this.#models.get(record.name);
    if (model === undefined) {
      model = { versions: [], served: [] };
      this.#models.set(record.name, model);
    }
    const number = record.change?.version ?? publish(model, record, offset);
    const version = model.versions[number - 1];
    if (version === undefined) return;
    if (refusal !== undefined) {
      move(model, number, { ...record, change: { status: 'retired', reason: refusal } });
    } else {
      if (record.change === undefined || record.change.status === 'serving') serve(model, number, record);
      else if (record.change.withdrawn === true) model.served.push(0);
      move(model, number, record);
    }
  }

  save(out: SnapshotWriter): void {
    out.json('models', [...this.#models]);
  }

  load(from: SnapshotReader): void {
    this.#models.clear();
    for (const [name, model] of from.json<[string, Model][]>('models')) this.#models.set(name, model);
  }
}

/** Adds a version and returns its number. */
function publish(model: Model, { name, at, by, bytes, card }: ModelRecord, offset: Offset): number {
  const version = model.versions.length + 1;
  const parent = model.served.at(-1) || undefined;
  model.versions.push({
    name,
    version,
    status: 'candidate',
    at,
    by,
    since: at,
    changedBy: by,
    ...(parent !== undefined && { parent }),
    offset,
    bytes: bytes.byteLength,
    digest: digestOf(bytes),
    card,
  });
  return version;
}

function serve(model: Model, number: number, record: ModelRecord): void {
  const { served } = model;
  const last = served.at(-1);
  if (last !== undefined && last > 0 && last !== number) {
    const reason = record.change?.rollback ? `rolled back to version ${number}` : `version ${number} serves`;
    move(model, last, { ...record, change: { status: 'retired', reason } });
    const { beside } = record.change ?? {};
    if (beside !== undefined) model.versions[last - 1] = { ...model.versions[last - 1]!, beside };
  }
  if (record.change?.rollback) served.pop();
  else if (last !== number) served.push(number);
  if (served.length > SERVED_MAX) served.shift();
}

function move(model: Model, number: number, { at, by, change }: ModelRecord): void {
  const { reason: _reason, share: _share, ...version } = model.versions[number - 1]!;
  model.versions[number - 1] = {
    ...version,
    status: change?.status ?? 'serving',
    since: at,
    changedBy: by,
    ...(change?.reason !== undefined && { reason: change.reason }),
    ...(change?.share !== undefined && { share: change.share }),
  };
}
