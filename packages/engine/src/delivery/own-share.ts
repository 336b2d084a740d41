/**
 * What is the same for all candidates of a decision, such as how many orders its buyer made, sets none of them apart by itself: it does so only
 * by what it means for listings that the buyer bought before, and for the others. So the mean of its effects among each of these two is told
 * as what being bought before, or new to the buyer, adds. The sum of a candidate's effects stays what it is.
 */
import { FEATURES } from '../features/catalogue.ts';
import { cellOf, type FeatureRows } from '../learning/additive-model.ts';
import { OWN_IDENTITY } from '../learning/deep-ranking.ts';

/** Below it a difference of sums is none. */
const ROUNDING = 1e-9;

type Effects = Readonly<Record<string, number>>;

export function withOwnShare(effects: readonly Effects[], matrix: FeatureRows): Effects[] {
  const same = FEATURES.filter((_, feature) => isSame(matrix, feature)).map(({ name }) => name);
  const counts = [0, 0];
  const sums = [new Map<string, number>(), new Map<string, number>()] as const;
  effects.forEach((of, row) => {
    const own = matrix.gates[row]!;
    counts[own]!++;
    for (const name of same) sums[own]!.set(name, (sums[own]!.get(name) ?? 0) + (of[name] ?? 0));
  });
  return effects.map((of, row) => {
    const own = matrix.gates[row]!;
    const moved: Record<string, number> = { ...of };
    let share = of[OWN_IDENTITY] ?? 0;
    for (const name of same) {
      const mean = sums[own]!.get(name)! / counts[own]!;
      const rest = (of[name] ?? 0) - mean;
      moved[name] = Math.abs(rest) < ROUNDING ? 0 : rest;
      share += mean;
    }
    moved[OWN_IDENTITY] = share;
    return moved;
  });
}

function isSame({ columns, rows }: FeatureRows, feature: number): boolean {
  const column = columns[feature]!;
  if (column.shape === 'zero' || column.shape === 'constant') return true;
  const first = cellOf(column, 0);
  for (let row = 1; row < rows; row++) if (cellOf(column, row) !== first) return false;
  return true;
}
