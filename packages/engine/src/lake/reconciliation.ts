/**
 * Whether the lake's statements and the ledger of the state say the same of every shop, to the micro: charges, refunds,
 * payments and balance. The lake got there record by record, through files; the ledger through the state's own fold.
 */
import type { Ledger } from '../ads/ledger.ts';
import type { Lake } from './open-lake.ts';

export interface ReconciledShop {
  readonly shop: string;
  readonly ledger: Sums;
  readonly lake: Sums;
  readonly agrees: boolean;
}

export interface Sums {
  readonly owedMicros: bigint;
  readonly paidMicros: bigint;
}

const SUMS = `
  SELECT shop, (sum(charged) - sum(refunded))::VARCHAR AS owed, sum(paid)::VARCHAR AS paid FROM (
    SELECT shop, charged_micros AS charged, 0 AS refunded, 0 AS paid FROM charges WHERE shop IS NOT NULL
    UNION ALL SELECT shop, 0, refunded_micros, 0 FROM refunds
    UNION ALL SELECT shop, 0, 0, paid_micros FROM payments) GROUP BY shop`;

/** `shops` are the ids of the ledger's rows. Shops without money on either side are left out. */
export async function reconcile(lake: Lake, ledger: Ledger, shops: readonly string[]): Promise<ReconciledShop[]> {
  const found = new Map<string, Sums>();
  for (const { shop, owed, paid } of await lake.query(SUMS))
    found.set(String(shop), { owedMicros: BigInt(String(owed)), paidMicros: BigInt(String(paid)) });
  const none: Sums = { owedMicros: 0n, paidMicros: 0n };
  const rows = new Map(shops.map((shop, row) => [shop, row]));
  const reconciled: ReconciledShop[] = [];
  for (const shop of new Set([...shops, ...found.keys()])) {
    const row = rows.get(shop) ?? -1;
    const ofLedger = { owedMicros: ledger.exactOwed(row), paidMicros: ledger.exactPaid(row) };
    const ofLake = found.get(shop) ?? none;
    const agrees = ofLedger.owedMicros === ofLake.owedMicros && ofLedger.paidMicros === ofLake.paidMicros;
    const isEmpty = agrees && ofLake.owedMicros === 0n && ofLake.paidMicros === 0n && !found.has(shop);
    if (!isEmpty) reconciled.push({ shop, ledger: ofLedger, lake: ofLake, agrees });
  }
  return reconciled;
}
