/**
 * Logs of a policy in the Open Bandit Dataset's form (Saito et al. 2021): a row for each item shown, with its position, the probability
 * that it was drawn with there, and what came of it. Several files share one numbering of items and positions.
 */
import { RialtoError } from '../base/errors.ts';
import type { BanditLog } from '../policies/bandit-log.ts';
import { readColumns } from './table-columns.ts';

export interface BanditColumns {
  readonly item: string;
  /** Absent: there is but one. */
  readonly position?: string | undefined;
  readonly reward: string;
  readonly propensity: string;
  /** Rows that were shown together. */
  readonly slate?: string | undefined;
}

export interface BanditFile {
  readonly log: BanditLog;
  /** From 0, where the file tells. [rows] */
  readonly slate: Int32Array | undefined;
}

/** Items and positions by number, in the order that they are first seen. */
export interface BanditNames {
  readonly items: Map<string, number>;
  readonly positions: Map<string, number>;
}

/** `actions` and `positions` count what all files read so far have named. */
export async function readBanditLog(path: string, columns: BanditColumns, names: BanditNames): Promise<BanditFile> {
  const { item, position, reward, propensity, slate } = columns;
  const optional = [position, slate].filter((column) => column !== undefined);
  const table = await readColumns(path, [item, reward, propensity, ...optional]);
  const action = numbered(table.text(item), names.items, `${path}: ${item}`);
  const place =
    position === undefined
      ? new Int32Array(table.rows)
      : numbered(table.text(position), names.positions, `${path}: ${position}`);
  const log = {
    rows: table.rows,
    actions: names.items.size,
    positions: Math.max(1, names.positions.size),
    action,
    position: place,
    reward: table.numbers(reward),
    propensity: table.numbers(propensity),
  };
  return {
    log,
    slate: slate === undefined ? undefined : numbered(table.text(slate), new Map(), `${path}: ${slate}`),
  };
}

export interface PolicyTable {
  readonly actions: number;
  readonly positions: number;
  /** [positions × actions] */
  readonly probability: Float64Array;
}

/** A table of item, position (if any) and `probability`; probabilities of a position must add up to 1. */
export async function readPolicyTable(
  path: string,
  { item, position }: Pick<BanditColumns, 'item' | 'position'>,
  names: BanditNames,
): Promise<PolicyTable> {
  const table = await readColumns(path, [item, 'probability', ...(position === undefined ? [] : [position])]);
  const action = numbered(table.text(item), names.items, `${path}: ${item}`);
  const place =
    position === undefined ? undefined : numbered(table.text(position), names.positions, `${path}: ${position}`);
  const [actions, positions] = [names.items.size, Math.max(1, names.positions.size)];
  const probability = new Float64Array(positions * actions);
  table.numbers('probability').forEach((chance, row) => {
    probability[(place?.[row] ?? 0) * actions + action[row]!]! += chance;
  });
  for (let k = 0; k < positions; k++) {
    const sum = probability.subarray(k * actions, (k + 1) * actions).reduce((total, chance) => total + chance, 0);
    const where = position === undefined ? '' : ` at position ${[...names.positions.keys()][k]}`;
    if (!(Math.abs(sum - 1) < 1e-3) || probability.some((chance) => chance < 0))
      throw new RialtoError('bad-file', `${path}: the probabilities${where} add up to ${sum}; they must add up to 1`, {
        path,
      });
  }
  return { actions, positions, probability };
}

function numbered(text: readonly string[], numbers: Map<string, number>, where: string): Int32Array {
  return Int32Array.from(text, (name, row) => {
    if (name === '') throw new RialtoError('bad-file', `${where} is empty in row ${row + 1}`, { row: row + 1 });
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  });
}
