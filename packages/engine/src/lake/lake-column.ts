/** A column of the lake's tables: its name, type, and what it holds. */

export type ColumnType =
  | 'BIGINT'
  | 'INTEGER'
  | 'DOUBLE'
  | 'BOOLEAN'
  | 'VARCHAR'
  | 'TIMESTAMP'
  | 'DATE'
  | 'JSON'
  | 'VARCHAR[]'
  | 'INTEGER[]'
  | 'MAP(VARCHAR, VARCHAR)';

export interface LakeColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly note: string;
  /** Of a current table: the entity's field, where its name is not the column's in camelCase. */
  readonly field?: string;
}

export interface LakeTable {
  readonly note: string;
  readonly columns: readonly LakeColumn[];
}

export const column = (name: string, type: ColumnType, note: string, field?: string): LakeColumn => ({
  name,
  type,
  note,
  ...(field !== undefined && { field }),
});
