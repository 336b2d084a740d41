/** An experiment's data as the analysis takes it, read from a file, from the lake or made by a simulation. */
import type { MeanSample, MetricSample } from './analysis.ts';

export interface ExperimentData {
  readonly variants: readonly string[];
  /** Index of the control. */
  readonly control: number;
  /** What was randomised. [variants] */
  readonly units: readonly number[];
  /** The shares that the variants were to get. [variants] */
  readonly weights: readonly number[];
  readonly samples: readonly MetricSample[];
  readonly splits: readonly Split[];
  /** By day of exposure, in order of time. */
  readonly days?: Split | undefined;
  /** Of all that were exposed, those that met two variants and were left out, where that is known. */
  readonly crossed?: { readonly units: number; readonly inTwo: number };
  /** What was made of cells that could be read in more than one way. */
  readonly notes: readonly string[];
}

/** The same metrics within each value of a column. */
export interface Split {
  readonly dimension: string;
  readonly parts: readonly { readonly value: string; readonly samples: readonly MeanSample[] }[];
}
