/**
 * How good recommendations are on a fixed split: chosen and fitted on one part, each buyer of the other part is shown the k
 * best of all items not met in training. Buyers without held-out items are skipped; items that training never saw count
 * against recall, for nobody can find them.
 */
import { RialtoError } from '../base/errors.ts';
import type { Recommender } from '../learning/recommender.ts';
import { rowOf, rowSize, type SparseMatrix, sparseMatrix } from '../learning/sparse-matrix.ts';
import { topScores } from '../learning/top-scores.ts';
import { type Choice, type ChoiceOptions, chooseRecommender } from './choose-recommender.ts';
import { listQuality } from './list-quality.ts';

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
  evaluate(test: InteractionPairs): TopNQuality;
}

/** Chooses and fits; the test part is not needed before `evaluate`. Throws `no-data` where nobody met two items. */
export async function fitTopN(train: InteractionPairs, options: ChoiceOptions): Promise<TopNFit> {
  const users = numbered(train.users);
  const items = numbered(train.items);
  const matrix = sparseMatrix(
    users.size,
    items.size,
    train.users.map((user) => users.get(user)!),
    train.items.map((item) => items.get(item)!),
  );
  if (!someoneMetTwo(matrix))
    throw new RialtoError('no-data', 'the training file has no user with two items: nothing can be learned from it');
  const choice = await chooseRecommender(matrix, options);
  return {
    choice,
    evaluate: (test) => ({
      ...recommendationQuality({ model: choice.model, users, items, matrix, test, k: options.k }),
      model: nameOf(choice),
      parts: choice.parts,
    }),
  };
}

export interface JudgedOptions {
  readonly model: Recommender;
  /** The numbers of the rows and columns of `matrix`. */
  readonly users: ReadonlyMap<string, number>;
  readonly items: ReadonlyMap<string, number>;
  readonly matrix: SparseMatrix;
  readonly test: InteractionPairs;
  readonly k: number;
}

/** Full ranking of all items but those of the history. Throws `no-data` where the test part is empty. */
export function recommendationQuality({
  model,
  users,
  items,
  matrix,
  test,
  k,
}: JudgedOptions): Pick<TopNQuality, 'recall' | 'ndcg' | 'users'> {
  const wanted = new Map<string, Set<string>>();
  test.users.forEach((user, i) => {
    const own = wanted.get(user) ?? new Set<string>();
    wanted.set(user, own.add(test.items[i]!));
  });
  if (wanted.size === 0) throw new RialtoError('no-data', 'the test file has no rows');
  if (!test.items.some((item) => items.has(item)) && !test.users.some((user) => users.has(user)))
    throw new RialtoError(
      'no-data',
      `no user and no item of the test file, such as "${test.users[0]}" and "${test.items[0]}", is in the training file: are its columns others, or its ids written otherwise?`,
    );
  const cases = Array.from(wanted, ([user, own]) => {
    // An item that training never saw has no number that a list could hold, but it is wanted all the same.
    let unseen = items.size;
    const numbers = Int32Array.from(own, (item) => items.get(item) ?? unseen++).sort();
    const row = users.get(user);
    return { history: row === undefined ? new Int32Array(0) : rowOf(matrix, row), wanted: numbers };
  });
  if (cases.every(({ history, wanted: own }) => own.every((item) => history.includes(item))))
    throw new RialtoError(
      'no-data',
      'the test file has nothing that the training file does not have: what a user met in training is not recommended, so nothing is left to find',
    );
  return judged(model, cases, k);
}

interface Case {
  readonly history: Int32Array;
  readonly wanted: Int32Array;
}

function judged(model: Recommender, cases: readonly Case[], k: number): Pick<TopNQuality, 'recall' | 'ndcg' | 'users'> {
  const scores = new Float32Array(model.itemCount);
  const top = new Int32Array(k);
  let recall = 0;
  let ndcg = 0;
  for (const { history, wanted } of cases) {
    model.score(history, scores);
    for (const item of history) scores[item] = Number.NEGATIVE_INFINITY;
    const quality = listQuality(top.subarray(0, topScores(scores, k, top)), wanted, k);
    recall += quality.recall;
    ndcg += quality.ndcg;
  }
  return { recall: recall / cases.length, ndcg: ndcg / cases.length, users: cases.length };
}

/** Dense numbers in order of first appearance. */
export function numbered(names: readonly string[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const name of names) if (!numbers.has(name)) numbers.set(name, numbers.size);
  return numbers;
}

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
