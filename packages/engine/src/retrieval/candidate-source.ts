/** A candidate source: who could be shown. It adds at most `limit` listings that others have not brought already. */
import { type Candidates, type CandidateSource as SourceName, sourceBit } from '../features/candidates.ts';
import type { Evidence } from '../features/evidence.ts';
import type { Moment } from '../features/moment.ts';
import type { Signals } from '../features/signals.ts';
import type { Market } from '../market/market.ts';
import type { TextIndex } from './text-index.ts';

export interface RetrievalInput {
  readonly moment: Moment;
  readonly market: Market;
  readonly signals: Signals;
  readonly evidence: Evidence;
  readonly texts: TextIndex;
  readonly candidates: Candidates;
  /** Room for a source to list rows in. [≥ listings asked for] */
  readonly scratch: Int32Array;
  /** Room for a key of each row listed. As long as `scratch` */
  readonly keys: Float32Array;
}

export type CandidateSource = (input: RetrievalInput, limit: number) => void;

/** Adds `rows[0..n)` until `limit` new ones are in. */
export function addAll(candidates: Candidates, rows: Int32Array, n: number, limit: number, source: SourceName): void {
  const bit = sourceBit(source);
  for (let i = 0, added = 0; i < n && added < limit; i++) if (candidates.add(rows[i]!, bit)) added++;
}
