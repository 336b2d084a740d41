/** `docs/lake.md` lists the tables as they are. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { entitySchemas } from '../wire/entity-schema.ts';
import type { LakeTable } from './lake-column.ts';
import { CURRENT_TABLE_OF, LAKE_TABLES } from './lake-tables.ts';

const DOCUMENT = fileURLToPath(new URL('../../../../docs/lake.md', import.meta.url));

const cell = (text: string): string => text.replaceAll('|', '\\|');

function section([name, { note, columns }]: [string, LakeTable]): string {
  const rows = columns.map((column) => `| \`${column.name}\` | \`${column.type}\` | ${cell(column.note)} |`);
  return [`### ${name}`, '', note, '', '| column | type | what it holds |', '|---|---|---|', ...rows, ''].join('\n');
}

test('docs/lake.md has every table and column', async () => {
  const tables = Object.entries(LAKE_TABLES).map(section).join('\n');
  const written = readFileSync(DOCUMENT, 'utf8').replace(
    /(<!-- tables: .* -->\n)[\s\S]*(<!-- \/tables -->)/,
    (_, open: string, close: string) => `${open}\n${tables}\n${close}`,
  );
  expect(written).toContain('### settings');
  await expect(written).toMatchFileSnapshot(DOCUMENT);
});

test.each(Object.keys(entitySchemas) as (keyof typeof entitySchemas)[])('every field of a %s has a column', (kind) => {
  const { shape } = entitySchemas[kind] as unknown as { shape: Record<string, z.ZodType> };
  const { columns }: LakeTable = LAKE_TABLES[CURRENT_TABLE_OF[kind]];
  const named = columns.map(
    ({ name, field }) => field ?? name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  );
  expect(named).toEqual(expect.arrayContaining(Object.keys(shape)));
});
