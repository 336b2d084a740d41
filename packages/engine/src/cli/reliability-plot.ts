/** A reliability diagram in characters: for each bin the mean prediction and what happened, on one logarithmic scale. */
import type { ReliabilityBin } from '../learning/calibration.ts';

const WIDTH = 60;
const PREDICTED = '○';
const OBSERVED = '●';
const BOTH = '◉';

export function reliabilityPlot(bins: readonly ReliabilityBin[]): string {
  const shares = bins.flatMap(({ predicted, observed }) => [predicted, observed]).filter((share) => share > 0);
  const low = Math.log(Math.min(...shares));
  const high = Math.log(Math.max(...shares));
  const at = (share: number): number =>
    share <= 0 || high === low ? 0 : Math.round(((Math.log(share) - low) / (high - low)) * (WIDTH - 1));
  const lines = bins.map(({ predicted, observed }) => {
    const cells = new Array<string>(WIDTH).fill('·');
    cells[at(predicted)] = PREDICTED;
    cells[at(observed)] = at(observed) === at(predicted) ? BOTH : OBSERVED;
    return `  ${percent(predicted)} ${percent(observed)}  ${cells.join('')}\n`;
  });
  return `  predicted  happened  ${PREDICTED} predicted  ${OBSERVED} happened  ${BOTH} both (logarithmic)\n${lines.join('')}`;
}

const percent = (share: number): string => `${(100 * share).toFixed(3)} %`.padStart(9);
