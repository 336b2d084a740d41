/**
 * How good recommendations are on a fixed split: chosen and fitted on one part, each buyer of the other part is shown the k
 * best of all items not met in training. Buyers without held-out items are skipped; items that training never saw count
 * against recall, for nobody can find them.
 */
import { RialtoError } from '../base/errors.ts';
import { rowOf, rowSize, type SparseMatrix, sparseMatrix } from '../learning/sparse-matrix.ts';
import { type Choice, type ChoiceOptions, chooseRecommender } from './choose-recommender.ts';
import { judgeInThreads, judgeSlice, type ListCases } from './judge-lists.ts';

/** Buyers and items as given; the same value is the same one in both. */
export interface InteractionPairs {
  readonly users: readonly string[];
  readonly items: readonly string[];
}

export interface TopNQuality {
  readonly recall: number;
  readonly ndcg: number;
  /** What was blended, such as `0.75 ease + 0.25 implicit-als`. */
  readonly model: string;
  readonly users: number;
  readonly parts: Choice['parts'];
}

export interface TopNFit {
  readonly choice: Choice;
  evaluate(test: InteractionPairs): Promise<TopNQuality>;
}

/** Buyers × items from which on the lists are shared out among threads. */
const SHARED_CELLS = 2e8;

/** Chooses and fits; the test part is not needed before `evaluate`. Throws `no-data` where nobody met two items. */
export async function fitTopN(train: InteractionPairs, options: ChoiceOptions): Promise<TopNFit> {
  const users = numbered(train.users);
  const items = numbered(train.items);
  const matrix = sparseMatrix(users.size, items.size, numbersOf(train.users, users), numbersOf(train.items, items));
  if (!someoneMetTwo(matrix))
    throw new RialtoError('no-data', 'the training file has no user with two items: nothing can be learned from it');
  const choice = await chooseRecommender(matrix, options);
  const { k, threads, onProgress } = options;
  return {
    choice,
    async evaluate(test) {
      const cases = casesOf({ users, items, matrix, test });
      const { model, sparse, parts } = choice;
      const judged = { histories: matrix, cases, k, sparse };
      const count = cases.rows.length;
      const tell = (done: number): void => onProgress?.(done, count, 'lists for the test file');
      const sums =
        threads > 1 && count * items.size > SHARED_CELLS
          ? await judgeInThreads(model, judged, threads, tell)
          : judgeSlice(model, judged, { from: 0, to: count });
      return { recall: sums.recall / count, ndcg: sums.ndcg / count, users: count, model: nameOf(choice), parts };
    },
  };
}

export interface TestOptions {
  /** The numbers of the rows and columns of `matrix`. */
  readonly users: ReadonlyMap<string, number>;
  readonly items: ReadonlyMap<string, number>;
  readonly matrix: SparseMatrix;
  readonly test: InteractionPairs;
}

/** What each user of the test part wants. Throws `no-data` where there is nothing to find. */
export function casesOf({ users, items, matrix, test }: TestOptions): ListCases {
  if (test.users.length === 0) throw new RialtoError('no-data', 'the test file has no rows');
  const asked = numbered(test.users);
  const rows = Int32Array.from(asked.keys(), (user) => users.get(user) ?? -1);
  if (!test.items.some((item) => items.has(item)) && rows.every((row) => row < 0))
    throw new RialtoError(
      'no-data',
      `no user and no item of the test file, such as "${test.users[0]}" and "${test.items[0]}", is in the training file: are its columns others, or its ids written otherwise?`,
    );
  // An item that training never saw has no place on a list, but it is wanted all the same.
  const unseen = new Map<string, number>();
  const wantedItems = Int32Array.from(test.items, (item) => {
    const known = items.get(item) ?? unseen.get(item);
    if (known !== undefined) return known;
    unseen.set(item, items.size + unseen.size);
    return items.size + unseen.size - 1;
  });
  const { starts, columns } = sparseMatrix(
    asked.size,
    items.size + unseen.size,
    numbersOf(test.users, asked),
    wantedItems,
  );
  const isNew = rows.some((row, c) => {
    const history = row < 0 ? new Set<number>() : new Set(rowOf(matrix, row));
    return columns.subarray(starts[c]!, starts[c + 1]!).some((item) => !history.has(item));
  });
  if (!isNew)
    throw new RialtoError(
      'no-data',
      'the test file has nothing that the training file does not have: what a user met in training is not recommended, so nothing is left to find',
    );
  return { rows, starts, wanted: columns };
}

/** Dense numbers in order of first appearance. */
export function numbered(names: readonly string[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const name of names) if (!numbers.has(name)) numbers.set(name, numbers.size);
  return numbers;
}

const numbersOf = (names: readonly string[], numbers: ReadonlyMap<string, number>): Int32Array =>
  Int32Array.from(names, (name) => numbers.get(name)!);

function someoneMetTwo(matrix: SparseMatrix): boolean {
  for (let row = 0; row < matrix.rowCount; row++) if (rowSize(matrix, row) > 1) return true;
  return false;
}

function nameOf({ parts }: Choice): string {
  return parts
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ kind, weight }) => `${weight.toFixed(2)} ${kind}`)
    .join(' + ');
}
