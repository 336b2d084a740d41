/**
 * Rows of cells with their labels, gathered into examples: all of them or, where they are too many for memory, a sample by
 * chance, of which it is told from how many.
 */
import { uint8Column } from '../base/column.ts';
import type { LabelledExamples } from '../learning/examples.ts';
import { ExampleCells } from './example-cells.ts';
import { keepRows } from './keep-rows.ts';
import { RowSample } from './row-sample.ts';

/** What a file holds, or a sample of it. */
export interface FileExamples extends LabelledExamples {
  /** Rows of the files, of which `rows` are a sample; absent where they are all. */
  readonly sampledFrom?: number;
  /** For people: how columns were understood, and which were left out. */
  readonly notes?: readonly string[];
}

/** Eight bytes each while they are read, and about five times as much while folds of them are learned from. */
const CELLS_MAX = 64_000_000;

export class LabelledCells {
  readonly #cells: ExampleCells;
  readonly #labels = uint8Column();
  readonly #sample = new RowSample();
  readonly #rowsMax: number;

  constructor(names: readonly string[], cellsMax = CELLS_MAX) {
    this.#cells = new ExampleCells(names);
    this.#rowsMax = Math.max(1, Math.floor(cellsMax / Math.max(1, names.length)));
  }

  /** The cells are asked for only where the row is taken. */
  add(label: number, cells: () => readonly string[], where: string): void {
    if (!this.#sample.next()) return;
    this.#labels.push(label);
    this.#cells.add(cells(), where);
    if (this.#labels.length <= this.#rowsMax) return;
    const rows = this.#sample.halve();
    keepRows(this.#labels, rows);
    this.#cells.keep(rows);
  }

  /** Once. */
  examples(): FileExamples {
    const labels = this.#labels.take();
    const { seen } = this.#sample;
    const { numbers, categories, notes } = this.#cells.columns();
    return {
      rows: labels.length,
      numbers,
      categories,
      labels,
      ...(notes.length > 0 && { notes }),
      ...(seen > labels.length && { sampledFrom: seen }),
    };
  }
}
