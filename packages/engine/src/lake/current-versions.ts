/**
 * The SQL that makes a table of current versions: of the entities that changed the newest version, of the others the row of the
 * table before. So it costs as much as there are entities, however often they have changed.
 */
import type { EntityKind } from '../log/record.ts';
import { CURRENT_TABLES } from './current-tables.ts';
import type { LakeColumn } from './lake-column.ts';
import { CURRENT_TABLE_OF } from './lake-tables.ts';
import { quoted } from './sql-text.ts';

/** Columns that `entity_changes` has itself. */
const OWN: readonly string[] = ['log_offset', 'changed_at', 'changed_by', 'id'];

/** `before` selects the rows of the table before; undefined where there are none. Reads the stage's `entity_changes`. */
export function currentVersions(kind: EntityKind, before: string | undefined): string {
  const columns: readonly LakeColumn[] = CURRENT_TABLES[CURRENT_TABLE_OF[kind]].columns;
  const shape = Object.fromEntries(
    columns.flatMap((column) => (isOwn(column) ? [] : [[fieldOf(column), jsonType(column)]])),
  );
  const changed = `
    SELECT ${columns.map((column) => `${cellOf(column)} AS ${column.name}`).join(', ')} FROM (
      SELECT *, json_transform(entity, ${quoted(JSON.stringify(shape))}) AS fields FROM entity_changes
      WHERE kind = ${quoted(kind)} QUALIFY row_number() OVER (PARTITION BY id ORDER BY log_offset DESC) = 1)`;
  if (before === undefined || kind === 'settings') return `${changed} ORDER BY log_offset`;
  return `SELECT * FROM (
    SELECT * FROM (${before}) ANTI JOIN (SELECT id FROM entity_changes WHERE kind = ${quoted(kind)}) USING (id)
    UNION ALL ${changed}) ORDER BY log_offset`;
}

const isOwn = ({ name }: LakeColumn): boolean => OWN.includes(name);

const fieldOf = ({ name, field }: LakeColumn): string =>
  field ?? name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** As `json_transform` is told: times are numbers there, and lists are JSON lists. */
function jsonType({ type }: LakeColumn): unknown {
  if (type === 'TIMESTAMP') return 'BIGINT';
  return type.endsWith('[]') ? [type.slice(0, -2)] : type;
}

function cellOf(column: LakeColumn): string {
  if (isOwn(column)) return column.name;
  const field = `fields."${fieldOf(column)}"`;
  return column.type === 'TIMESTAMP' ? `make_timestamp(${field} * 1000)` : field;
}
