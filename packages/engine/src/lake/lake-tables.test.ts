/** `docs/lake.md` lists the tables as they are. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { LakeTable } from './lake-column.ts';
import { LAKE_TABLES } from './lake-tables.ts';

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
