/** Cells of region × period from the log, analysed. */
import type { AnalysisOptions } from '../experiments/analysis.ts';
import { type CellResult, cellResult } from '../experiments/cell-result.ts';
import type { MetricSpec } from '../experiments/metric-spec.ts';
import { type CellRequest, cellOutcomes } from '../lake/cell-outcomes.ts';
import type { Lake } from '../lake/open-lake.ts';

export interface CellReading extends CellRequest {
  /** The first is the control. */
  readonly variants: readonly { readonly name: string; readonly weight: number }[];
  readonly metrics: readonly MetricSpec[];
}

export async function readCells(lake: Lake, reading: CellReading, options: AnalysisOptions): Promise<CellResult> {
  const { variants, metrics, periodHours, burnInMinutes } = reading;
  const { decisions, burntIn, inTwo, ...cells } = await cellOutcomes(lake, reading);
  const notes = [
    `decisions left out as burn-in, the first ${burnInMinutes} minutes of each period: ${burntIn} of ${decisions}`,
    `cells that met two variants were left out: ${inTwo}`,
  ];
  return cellResult({ ...cells, periodHours, variants, metrics, notes }, options);
}
