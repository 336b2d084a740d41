/**
 * Logs of a policy in the Open Bandit Dataset's form (Saito et al. 2021): a row for each item shown, with its position, the probability
 * that it was drawn with there, and what came of it. Several files share one numbering of items and positions.
 */
import { RialtoError } from '../base/errors.ts';
import type { BanditLog } from '../policies/bandit-log.ts';
import type { PositionPolicy } from '../policies/logged-policy.ts';
import { readColumns, type TableColumns } from './table-columns.ts';

export interface BanditColumns {
  readonly item: string;
  /** Absent: there is but one. */
  readonly position?: string | undefined;
  readonly reward: string;
  readonly propensity: string;
  /** Rows that were shown together. */
  readonly slate?: string | undefined;
  /** Whose the row is, such as the buyer: rows of one are not independent. */
  readonly unit?: string | undefined;
  /** What a policy may choose by. */
  readonly by?: readonly string[] | undefined;
}

export interface BanditFile {
  readonly log: BanditLog;
  /** From 0, where the file tells. [rows] */
  readonly slate: Int32Array | undefined;
  /** Their names, by number. */
  readonly slates: readonly string[];
  /** Whose each row is, from 0, where the file tells. [rows] */
  readonly unit: Int32Array | undefined;
}

/** Items, positions and contexts by number, in the order that they are first seen. */
export interface BanditNames {
  readonly items: Map<string, number>;
  readonly positions: Map<string, number>;
  readonly contexts: Map<string, number>;
}

export const noNames = (): BanditNames => ({ items: new Map(), positions: new Map(), contexts: new Map() });

/** `actions` and `positions` count what all files read so far have named. */
export async function readBanditLog(path: string, columns: BanditColumns, names: BanditNames): Promise<BanditFile> {
  const { item, position, reward, propensity, slate, unit, by = [] } = columns;
  const optional = [position, slate, unit].filter((column) => column !== undefined);
  const table = await readColumns(path, [item, reward, propensity, ...optional, ...by]);
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
    ...(by.length > 0 && contextsOf(table, by, names)),
    reward: table.numbers(reward),
    propensity: table.numbers(propensity),
  };
  const slates = new Map<string, number>();
  const dealt = slate === undefined ? undefined : numbered(table.text(slate), slates, `${path}: ${slate}`);
  const whose = unit === undefined ? undefined : numbered(table.text(unit), new Map(), `${path}: ${unit}`);
  return { log, slate: dealt, slates: [...slates.keys()], unit: whose };
}

function contextsOf(table: TableColumns, by: readonly string[], { contexts }: BanditNames) {
  const cells = by.map((column) => table.text(column));
  const context = Int32Array.from({ length: table.rows }, (_, row) => {
    const name = cells.map((column) => column[row]!).join('|');
    if (!contexts.has(name)) contexts.set(name, contexts.size);
    return contexts.get(name)!;
  });
  return { context, contexts: contexts.size };
}

/** Cells of a policy: more take more memory than is reasonable. */
const CELLS_MAX = 50_000_000;

/**
 * A table of item, position (if any), what the policy chooses by (if anything) and `probability`; those of a position, in every context of the log, must
 * add up to 1.
 */
export async function readPolicyTable(
  path: string,
  { item, position, by = [] }: Pick<BanditColumns, 'item' | 'position' | 'by'>,
  names: BanditNames,
): Promise<PositionPolicy> {
  const logged = names.contexts.size;
  const table = await readColumns(path, [item, 'probability', ...(position === undefined ? [] : [position]), ...by]);
  const action = numbered(table.text(item), names.items, `${path}: ${item}`);
  const place =
    position === undefined ? undefined : numbered(table.text(position), names.positions, `${path}: ${position}`);
  const context = by.length === 0 ? undefined : contextsOf(table, by, names).context;
  const [actions, positions, contexts] = [names.items.size, Math.max(1, names.positions.size), Math.max(1, logged)];
  if (actions * positions * contexts > CELLS_MAX)
    throw new RialtoError(
      'bad-file',
      `${path}: ${contexts} contexts of ${positions} positions and ${actions} items are too many: choose by fewer columns`,
      { path },
    );
  const probability = new Float64Array(contexts * positions * actions);
  table.numbers('probability').forEach((chance, row) => {
    if (chance < 0)
      throw new RialtoError('bad-file', `${path}: row ${row + 1} has the probability ${chance}`, { path });
    const at = (context?.[row] ?? 0) * positions + (place?.[row] ?? 0);
    // Of a context that the log never met.
    if (at < contexts * positions) probability[at * actions + action[row]!]! += chance;
  });
  mustAddUp(probability, { path, actions, positions, position, by, names });
  return { actions, positions, contexts, probability };
}

interface Summed extends Pick<BanditColumns, 'position' | 'by'> {
  readonly path: string;
  readonly actions: number;
  readonly positions: number;
  readonly names: BanditNames;
}

function mustAddUp(probability: Float64Array, { path, actions, positions, position, by = [], names }: Summed): void {
  for (let at = 0; at * actions < probability.length; at++) {
    const sum = probability.subarray(at * actions, (at + 1) * actions).reduce((total, chance) => total + chance, 0);
    if (Math.abs(sum - 1) < 1e-3) continue;
    const where = [
      ...(position === undefined ? [] : [` at position ${[...names.positions.keys()][at % positions]}`]),
      ...(by.length === 0 ? [] : [` for ${by.join('|')} ${[...names.contexts.keys()][Math.floor(at / positions)]}`]),
    ];
    throw new RialtoError(
      'bad-file',
      `${path}: the probabilities${where.join('')} add up to ${sum}; they must add up to 1`,
      { path },
    );
  }
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
