/** What billing asks of a shop: its credit, and which buyers are its own people. By row of the shop. */
import type { Shop } from '@rialto/sdk';
import { float64Column } from '../base/column.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

export class SellerAccounts implements Part {
  readonly #creditLimitMicros = float64Column(Number.POSITIVE_INFINITY); // [shops]
  readonly #owners = new Map<number, ReadonlySet<string>>();

  put(row: number, { wallet, ownerBuyers = [] }: Shop): void {
    this.#creditLimitMicros.resize(row + 1);
    this.#creditLimitMicros.data[row] = wallet?.creditLimitMicros ?? Number.POSITIVE_INFINITY;
    this.#owners.delete(row);
    if (ownerBuyers.length > 0) this.#owners.set(row, new Set(ownerBuyers));
  }

  /** Infinity where the shop has no wallet. */
  creditLimitMicros(row: number): number {
    return row >= 0 && row < this.#creditLimitMicros.length
      ? this.#creditLimitMicros.data[row]!
      : Number.POSITIVE_INFINITY;
  }

  isOwn(row: number, buyer: string | undefined): boolean {
    return buyer !== undefined && this.#owners.get(row)?.has(buyer) === true;
  }

  save(out: SnapshotWriter): void {
    this.#creditLimitMicros.save(out, 'accounts.credit-limits');
    out.json(
      'accounts.owners',
      [...this.#owners].map(([row, buyers]) => [row, [...buyers]]),
    );
  }

  load(from: SnapshotReader): void {
    this.#creditLimitMicros.load(from, 'accounts.credit-limits');
    for (const [row, buyers] of from.json<[number, string[]][]>('accounts.owners'))
      this.#owners.set(row, new Set(buyers));
  }
}
