/** Rows as shops. Rows of one id are merged, so that a table of listings or sales can say which shops there are. */
import type { Shop } from '@rialto/sdk';
import { shopSchema } from '../wire/shop-schema.ts';
import type { Field } from './column-mapping.ts';
import { EntitySink } from './entity-sink.ts';
import type { IntakeContext, RowTaker } from './intake-engine.ts';
import { idIn, lineIn, missing, present } from './mapped-cells.ts';
import type { Row } from './row.ts';
import { RowMerge } from './row-merge.ts';

export const SHOP_FIELDS: readonly Field[] = [
  { name: 'id', required: true, alias: ['shop', 'shopId'] },
  { name: 'name', alias: ['shopName'] },
  { name: 'country' },
];

export class ShopRows implements RowTaker {
  readonly #context: IntakeContext;
  readonly #merge = new RowMerge();

  constructor(context: IntakeContext) {
    this.#context = context;
  }

  take(row: Row): undefined {
    const { mapping, rejects } = this.#context;
    const id = idIn(mapping, row.cells, 'id');
    if (id === undefined) rejects.add(row, missing('id'));
    else this.#merge.add(id, row.line, [lineIn(mapping, row.cells, 'name'), lineIn(mapping, row.cells, 'country')]);
  }

  async finish(): Promise<void> {
    const { counts } = this.#context;
    const sink = new EntitySink('shop', shopSchema, this.#context);
    counts.entities = this.#merge.size;
    for (const { id, line, rows, values } of this.#merge.take()) {
      counts.merged += rows - 1;
      if (values[0] === undefined) counts.untitled++;
      const shop = present({ id, name: values[0] ?? id, country: values[1] });
      await sink.add(shop as Shop, { line, cells: shop });
    }
    await sink.finish();
  }
}
