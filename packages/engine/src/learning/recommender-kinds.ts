/**
 * The kinds of recommender by name: how each is fitted and loaded, and what a search over its settings tries. `axes` are
 * searched one after the other from `start`; the values of an axis are in order, so that a search may climb along it. What
 * `grown` adds costs more and mostly helps: it is tried last.
 */
import { DEFAULT_EASE, fitEase, loadEase } from './ease.ts';
import { DEFAULT_IMPLICIT_ALS, fitImplicitAls, loadImplicitAls } from './implicit-als.ts';
import { DEFAULT_ITEM_KNN, fitItemKnn, loadItemKnn } from './item-knn.ts';
import { DEFAULT_NEIGHBOURHOOD_RIDGE, fitNeighbourhoodRidge, loadNeighbourhoodRidge } from './neighbourhood-ridge.ts';
import { fitPopularity, loadPopularity } from './popularity.ts';
import type { Recommender } from './recommender.ts';
import { DEFAULT_RP3_BETA, fitRp3Beta, loadRp3Beta } from './rp3-beta.ts';
import type { SparseMatrix } from './sparse-matrix.ts';
import { DEFAULT_USER_KNN, fitUserKnn, loadUserKnn } from './user-knn.ts';

export type RecommenderKind =
  | 'ease'
  | 'implicit-als'
  | 'item-knn'
  | 'neighbourhood-ridge'
  | 'popularity'
  | 'rp3-beta'
  | 'user-knn';

export type RecommenderOptions = Readonly<Record<string, number>>;

export interface RecommenderSpec {
  readonly kind: RecommenderKind;
  readonly options: RecommenderOptions;
}

export interface Axis {
  readonly name: string;
  readonly values: readonly number[];
}

interface KindEntry {
  readonly start: RecommenderOptions;
  readonly axes: readonly Axis[];
  readonly grown?: RecommenderOptions;
  fit(matrix: SparseMatrix, options: RecommenderOptions): Recommender;
  load(bytes: Uint8Array): Recommender;
}

/** The options are those of the kind: a spec is made from its entry's `start` and `axes`. */
function entry<Options>(
  start: Options & RecommenderOptions,
  axes: readonly Axis[],
  fit: (matrix: SparseMatrix, options: Options) => Recommender,
  load: (bytes: Uint8Array) => Recommender,
  grown?: RecommenderOptions,
): KindEntry {
  const fitOwn = (matrix: SparseMatrix, options: RecommenderOptions): Recommender =>
    fit(matrix, options as Options & RecommenderOptions);
  return { start, axes, fit: fitOwn, load, ...(grown && { grown }) };
}

const RIDGES = [0.5, 1, 2, 3.5, 6, 10, 20];
const DROPOUTS = [0, 0.3, 0.6, 1];
const ROW_EXPONENTS = [0, 0.15, 0.3, 0.5];

export const RECOMMENDER_KINDS: Readonly<Record<RecommenderKind, KindEntry>> = {
  ease: entry(
    { ...DEFAULT_EASE },
    [
      { name: 'ridge', values: RIDGES },
      { name: 'rowExponent', values: ROW_EXPONENTS },
      { name: 'dropout', values: DROPOUTS },
    ],
    fitEase,
    loadEase,
  ),
  'neighbourhood-ridge': entry(
    { ...DEFAULT_NEIGHBOURHOOD_RIDGE },
    [
      { name: 'ridge', values: RIDGES },
      { name: 'rowExponent', values: ROW_EXPONENTS },
      { name: 'dropout', values: DROPOUTS },
    ],
    fitNeighbourhoodRidge,
    loadNeighbourhoodRidge,
  ),
  'implicit-als': entry(
    { ...DEFAULT_IMPLICIT_ALS },
    [
      { name: 'regularisation', values: [0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12] },
      { name: 'unseenWeight', values: [0.02, 0.05, 0.1, 0.2, 0.3, 0.5] },
    ],
    fitImplicitAls,
    loadImplicitAls,
    { factors: 64, sweeps: 10 },
  ),
  'rp3-beta': entry(
    { ...DEFAULT_RP3_BETA },
    [
      { name: 'beta', values: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7] },
      { name: 'alpha', values: [0.4, 0.6, 0.8, 1, 1.2] },
    ],
    fitRp3Beta,
    loadRp3Beta,
  ),
  'item-knn': entry(
    { ...DEFAULT_ITEM_KNN },
    [
      { name: 'shrink', values: [0, 0.1, 0.3, 1, 3] },
      { name: 'alpha', values: [0.3, 0.5, 0.7] },
    ],
    fitItemKnn,
    loadItemKnn,
  ),
  'user-knn': entry(
    { ...DEFAULT_USER_KNN },
    [
      { name: 'itemExponent', values: [0, 0.25, 0.5, 0.75] },
      { name: 'neighbours', values: [50, 100, 200, 400] },
    ],
    fitUserKnn,
    loadUserKnn,
  ),
  popularity: entry({}, [], fitPopularity, loadPopularity),
};
