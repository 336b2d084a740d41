/**
 * Whether buyers of a canary click less: of the buyers who met each variant in the log's latest part, the share that clicked at least once,
 *
 *     z = (p_canary − p_control) / √(p (1 − p) (1 / n_canary + 1 / n_control))         worse where z < −3.3
 *
 * 3.3 and not 1.6, because it is asked every hour.
 */
import type { DecisionRecord } from '../log/record.ts';

const Z = 3.3;
const BUYERS_MIN = 100;

export interface CanaryReading {
  readonly control: { readonly buyers: number; readonly clicked: number };
  readonly canary: { readonly buyers: number; readonly clicked: number };
  readonly z: number;
  readonly worse: boolean;
}

export class CanaryWatch {
  /** Whether the unit clicked, by variant and unit. */
  readonly #units = { control: new Map<string, boolean>(), canary: new Map<string, boolean>() };
  readonly #of = new Map<string, { readonly variant: 'control' | 'canary'; readonly unit: string }>();

  readonly #experiment: string;
  #version = 0;

  /** Of the experiment that the canary is. */
  constructor(experiment: string) {
    this.#experiment = experiment;
  }

  decided({ id, exposures = [] }: DecisionRecord): void {
    const exposure = exposures.find(({ experiment }) => experiment === this.#experiment);
    if (exposure === undefined) return;
    const { unit, version } = exposure;
    // An earlier canary's buyers say nothing of this one.
    if (version > this.#version) {
      this.#version = version;
      this.#of.clear();
      for (const units of Object.values(this.#units)) units.clear();
    }
    const variant = exposure.variant === 'canary' ? 'canary' : 'control';
    this.#of.set(id, { variant, unit });
    if (!this.#units[variant].has(unit)) this.#units[variant].set(unit, false);
  }

  clicked(decision: string | undefined): void {
    const found = decision === undefined ? undefined : this.#of.get(decision);
    if (found !== undefined) this.#units[found.variant].set(found.unit, true);
  }

  /** Undefined where too few buyers met either variant. */
  reading(): CanaryReading | undefined {
    const [control, canary] = (['control', 'canary'] as const).map((variant) => {
      const units = [...this.#units[variant].values()];
      return { buyers: units.length, clicked: units.filter(Boolean).length };
    }) as [CanaryReading['control'], CanaryReading['canary']];
    if (Math.min(control.buyers, canary.buyers) < BUYERS_MIN) return undefined;
    const p = (control.clicked + canary.clicked) / (control.buyers + canary.buyers);
    const error = Math.sqrt(p * (1 - p) * (1 / control.buyers + 1 / canary.buyers));
    const z = error === 0 ? 0 : (canary.clicked / canary.buyers - control.clicked / control.buyers) / error;
    return { control, canary, z, worse: z < -Z };
  }
}
