import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { IntLists } from './int-lists.ts';
import { SnapshotReader, SnapshotWriter } from './snapshot.ts';

const ROWS = 5;
const operation = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), row: fc.nat(ROWS - 1), value: fc.integer() }),
  fc.record({
    kind: fc.constant('set' as const),
    row: fc.nat(ROWS - 1),
    values: fc.array(fc.integer(), { maxLength: 40 }),
  }),
  fc.record({
    kind: fc.constant('truncate' as const),
    row: fc.nat(ROWS - 1),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
);

const listsOf = (lists: IntLists): number[][] =>
  Array.from({ length: ROWS }, (_, row) => [
    ...lists.cells.subarray(Math.max(0, lists.starts[row]!), Math.max(0, lists.starts[row]!) + lists.lengths[row]!),
  ]);

function savedAndLoaded(lists: IntLists): IntLists {
  const out = new SnapshotWriter();
  lists.save(out, 'x');
  const loaded = new IntLists();
  loaded.load(new SnapshotReader(out.sections), 'x');
  return loaded;
}

it('holds what arrays of arrays would, also when saved and loaded on the way (seed 21)', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), fc.nat(200), (operations, reloadAt) => {
      let lists = new IntLists();
      lists.reserve(ROWS);
      const model: number[][] = Array.from({ length: ROWS }, () => []);
      operations.forEach((op, i) => {
        if (i === reloadAt) lists = savedAndLoaded(lists);
        if (op.kind === 'push') {
          lists.push(op.row, op.value);
          model[op.row]!.push(op.value);
        } else if (op.kind === 'set') {
          lists.set(op.row, Int32Array.from(op.values), op.values.length);
          model[op.row] = op.values;
        } else {
          const length = Math.floor(op.share * model[op.row]!.length);
          lists.truncate(op.row, length);
          model[op.row] = model[op.row]!.slice(0, length);
        }
        expect(listsOf(lists)).toEqual(model);
      });
    }),
    { seed: 21, numRuns: 200 },
  );
});

it('uses outgrown regions again', () => {
  const lists = new IntLists();
  lists.reserve(2);
  const values = new Int32Array(100);
  for (let i = 0; i < 1000; i++) {
    lists.set(0, values, 1 + (i % 100));
    lists.set(1, values, 100 - (i % 100));
  }
  expect(lists.cells.length).toBeLessThan(3000);
});
