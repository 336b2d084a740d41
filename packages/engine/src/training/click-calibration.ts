/**
 * Whether clicks go where a ranker's scores say: of the items that a decision showed, the one that was clicked is i with
 *
 *     pᵢ = bᵢ · exp(scoreᵢ) / Σⱼ bⱼ · exp(scoreⱼ),   bⱼ: how much more place j is clicked than the scores alone explain
 *
 * The b are fitted to the same clicks by proportional steps, so that higher places are not taken for better scores; what is left is
 * compared bin by bin.
 */
import { calibrationError, type ReliabilityBin, reliabilityTable } from '../learning/calibration.ts';

export interface ClickedPage {
  /** Log-odds of the items in the order of their places. */
  readonly scores: readonly number[];
  /** 1 where the item was clicked. */
  readonly clicked: readonly number[];
}

export interface ClickCalibration {
  readonly clicks: number;
  /** Expected calibration error over the mean. */
  readonly error: number;
  readonly reliability: readonly ReliabilityBin[];
}

const BINS = 10;
const STEPS = 20;

/** Undefined where nothing was clicked. Pages without a click say nothing and are left out. */
export function clickCalibration(all: readonly ClickedPage[]): ClickCalibration | undefined {
  const pages = all.filter(({ clicked }) => clicked.includes(1));
  if (pages.length === 0) return undefined;
  const places = Math.max(...pages.map(({ scores }) => scores.length));
  const bias = new Float64Array(places).fill(1);
  for (let step = 0; step < STEPS; step++) {
    const expected = new Float64Array(places);
    const seen = new Float64Array(places);
    for (const page of pages) {
      const shares = sharesOf(page, bias);
      const clicks = page.clicked.reduce((sum, one) => sum + one, 0);
      shares.forEach((share, place) => {
        expected[place]! += clicks * share;
        seen[place]! += page.clicked[place]!;
      });
    }
    // Half a click more on both sides keeps a place that nobody clicked from being impossible.
    for (let place = 0; place < places; place++) bias[place]! *= (seen[place]! + 0.5) / (expected[place]! + 0.5);
  }
  const predicted: number[] = [];
  const labels: number[] = [];
  for (const page of pages) {
    const clicks = page.clicked.reduce((sum, one) => sum + one, 0);
    predicted.push(...sharesOf(page, bias).map((share) => 1 - (1 - share) ** clicks));
    labels.push(...page.clicked);
  }
  const reliability = reliabilityTable(Float64Array.from(predicted), Uint8Array.from(labels), BINS);
  const clicks = labels.reduce((sum, label) => sum + label, 0);
  return { clicks, error: calibrationError(reliability) / (clicks / labels.length), reliability };
}

function sharesOf({ scores }: ClickedPage, bias: Float64Array): number[] {
  const most = Math.max(...scores);
  const odds = scores.map((score, place) => bias[place]! * Math.exp(score - most));
  const sum = odds.reduce((total, one) => total + one, 0);
  return odds.map((one) => one / sum);
}
