/** What a statement is asked for: whose, and of which UTC days, such as 2026-05-20, both inclusive. */
export interface StatementQuery {
  readonly shop: string;
  readonly from: string;
  readonly to: string;
}
