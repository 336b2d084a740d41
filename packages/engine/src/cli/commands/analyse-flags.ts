/** What `rialto experiment analyse` is asked for, of a file or of an experiment in the log. */
import { RialtoError } from '../../base/errors.ts';
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
  readonly matured?: boolean;
  readonly from?: number;
  readonly to?: number;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

type FlagName = keyof AnalyseFlags;

/** What a file needs to be told, and the log knows. */
const OF_FILES: readonly FlagName[] = ['sql', 'unit', 'variant', 'control', 'weights', 'cluster', 'day'];
const OF_UNITS: readonly FlagName[] = ['dimension', 'matured', 'from', 'to'];
const OF_METRICS: readonly FlagName[] = ['metric', 'correction', 'prior', 'mixture'];

/** Throws `bad-request` for what an experiment of the log would leave unheard, by how it is read. */
export function refuseUnheard(flags: AnalyseFlags, how: 'units' | 'cells' | 'design'): void {
  const unheard = [
    ...OF_FILES.map((name) => [name, 'is of files; the log knows it of an experiment'] as const),
    ...(how === 'units'
      ? []
      : OF_UNITS.map((name) => [name, 'is of experiments by buyer, session, listing, shop or campaign'] as const)),
    ...(how === 'design'
      ? OF_METRICS.map((name) => [name, 'does not go with this design, which says by itself what counts'] as const)
      : []),
  ];
  for (const [name, why] of unheard) {
    const value = flags[name];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    const option = `--${name}`;
    throw new RialtoError('bad-request', `${option} ${why}: leave it out`, { option });
  }
}
