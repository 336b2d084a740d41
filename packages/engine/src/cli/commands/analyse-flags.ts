/** What `rialto experiment analyse` is asked for, of a file or of an experiment in the log. */
import type { Correction } from '../../statistics/multiple-testing.ts';
import type { Normal } from '../../statistics/normal-posterior.ts';

export interface AnalyseFlags {
  readonly data: string;
  readonly sql?: string;
  readonly unit?: string;
  readonly experiment?: string;
  readonly variant?: string;
  readonly control?: string;
  readonly metric: readonly string[];
  readonly alpha: number;
  readonly weights?: ReadonlyMap<string, number>;
  readonly cluster?: string;
  readonly dimension: readonly string[];
  readonly day?: string;
  readonly correction?: Correction;
  readonly prior?: Normal;
  readonly tunedAt: number;
  readonly mixture?: number;
  readonly windowDays: number;
  readonly beforeDays: number;
  readonly sinceVersion: number;
  readonly burnInMinutes?: number;
  readonly json?: boolean;
  readonly markdown?: boolean;
}
