/** Columns of numbers in the forms of other countries and tools: each cell as its column means it. */
import { describe, expect, test } from 'vitest';
import { ExampleCells, type ExampleColumns } from './example-cells.ts';

function columnsOf(...columns: readonly (readonly string[])[]): ExampleColumns {
  const cells = new ExampleCells(columns.map((_, i) => `c${i}`));
  columns[0]!.forEach((_, row) => {
    cells.add(
      columns.map((column) => column[row]!),
      `line ${row + 2}`,
    );
  });
  return cells.columns();
}

const only = (...cells: readonly string[]): readonly number[] | undefined => {
  const { numbers } = columnsOf(cells);
  return numbers[0] && [...numbers[0].values];
};

describe('numbers of a column', () => {
  test.each([
    ['decimal commas', ['3,14', '-2,5', '7'], [3.14, -2.5, 7]],
    ['decimal commas with points between thousands', ['1.234,50', '1.234', '3,5'], [1234.5, 1234, 3.5]],
    ['points that only later cells tell of', ['1.234', '2.500', '3,5'], [1234, 2500, 3.5]],
    ['commas between thousands', ['1,234.50', '2,500', '7'], [1234.5, 2500, 7]],
    ['spaces and apostrophes between thousands', ['1 234,50', "1'234,50", '1\u00a0234'], [1234.5, 1234.5, 1234]],
    ['decimal points of three digits', ['1.234', '2.500', '0.125'], [1.234, 2.5, 0.125]],
    ['per cent', ['2.5%', '3 %', '2.5%'], [2.5, 3, 2.5]],
    ['the minus of typesetters', ['\u22122.5', '3', '3'], [-2.5, 3, 3]],
    ['numbers with exponents', ['1e3', '-2.5E-1', '3'], [1000, -0.25, 3]],
    ['missing in many words', ['?', '#N/A', '<NA>', '-', 'none', '.', '1.5'], [...Array(6).fill(Number.NaN), 1.5]],
  ])('%s', (_, cells, numbers) => {
    expect(only(...cells)).toEqual([...Float32Array.from(numbers)]);
  });

  test.each([
    ['commas of either kind', ['1,234.50', '1.234,50', '1,234.50']],
    ['per cent beside none', ['2.5%', '3', '3']],
    ['groups that are none', ['1,23,4', '5', '5']],
    ['words for nothing alone', ['-', 'none', '-']],
    ['dates', ['2024-01-02', '2024-01-03', '2024-01-02']],
  ])('%s are none', (_, cells) => {
    const { numbers, categories } = columnsOf(cells);
    expect(numbers).toEqual([]);
    expect(categories).toHaveLength(1);
  });

  test('what may be thousands or fractions is read as the rest of the table, and that is said', () => {
    const unclear = ['1,234', '2,500', '2,500'];
    const alone = columnsOf(unclear);
    expect([...alone.numbers[0]!.values]).toEqual([1234, 2500, 2500]);
    expect(alone.notes).toEqual(['read as numbers with commas between thousands: c0']);
    const beside = columnsOf(unclear, ['0,5', '0,25', '1']);
    expect([...beside.numbers[0]!.values]).toEqual([...Float32Array.of(1.234, 2.5, 2.5)]);
    expect(beside.notes).toEqual(['read as numbers with a decimal comma: c0, c1']);
  });

  test('both readings stay with their rows where only some rows are kept', () => {
    const cells = new ExampleCells(['c']);
    for (const cell of ['1.234', '2.500', '3.000', '7']) cells.add([cell], 'here');
    cells.keep(Int32Array.of(1, 3));
    cells.add(['0,5'], 'here');
    expect([...cells.columns().numbers[0]!.values]).toEqual([2500, 7, 0.5]);
  });
});

test.each(['1e39', '-1e300', '1e400', '9'.repeat(40)])('the number %s is refused with its line and column', (cell) => {
  expect(() => only('1', cell, '2')).toThrow(`line 3: c0 is "${cell}", which is beyond ±3.4e38`);
  // Among names it is one of them, as a hash may be.
  expect(columnsOf([cell, 'a', cell]).categories).toHaveLength(1);
});

test('columns that are left out are named', () => {
  const { notes } = columnsOf(['1', '2', '2'], ['x', 'x', 'x'], ['a', 'b', 'c'], ['NULL', '', 'NA']);
  expect(notes).toEqual([
    'left out, for all rows have the same: c1, c3',
    'left out, for each row has another text: c2',
  ]);
});
