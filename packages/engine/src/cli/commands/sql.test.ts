import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openEngine } from '../../delivery/data-directory.ts';
import type { Engine } from '../../delivery/engine.ts';
import { exportCommand } from './export.ts';
import { sqlCommand } from './sql.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-sql-'));
const data = join(folder, 'data');
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine(data); // and holds it: the commands run beside it
  await save('a', 'Apple 🍎');
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  process.exitCode = 0;
});

const save = (id: string, title: string) => engine.save('listing', [{ id, title, priceMicros: 1_500_000 }], 'ann');

/** Runs the command in this process; what it printed on standard output and error. */
async function rialto(...args: string[]): Promise<[string, string]> {
  const printed = ['', ''];
  const spies = [process.stdout, process.stderr].map((stream, i) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed[i] += String(text);
      return true;
    }),
  );
  try {
    const program = new Command('rialto')
      .enablePositionalOptions()
      .exitOverride()
      .addCommand(exportCommand)
      .addCommand(sqlCommand);
    await program.parseAsync(['node', 'rialto', ...args, '--data', data]);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return printed as [string, string];
}

describe('rialto sql and rialto export', () => {
  test('what was saved a moment ago is there', async () => {
    const [first, notice] = await rialto('sql', 'SELECT id, title, price_micros FROM listings');
    expect(first).toBe('id  title     price_micros\n──  ────────  ────────────\na   Apple 🍎       1500000\n(1 row)\n');
    expect(notice).toMatch(/^\d+ new records went into the lake\n$/);
    await save('b', 'Bread');
    const [stale, silent] = await rialto('sql', 'SELECT count(*) AS n FROM listings', '--no-refresh', '--csv');
    expect([stale, silent]).toEqual(['n\n1\n', '']);
    const [json, one] = await rialto('sql', 'SELECT id, changed_by FROM listings ORDER BY id', '--json');
    expect(JSON.parse(json)).toEqual([
      { id: 'a', changed_by: 'ann' },
      { id: 'b', changed_by: 'ann' },
    ]);
    expect(one).toBe('1 new records went into the lake\n');
    expect(await rialto('sql', 'SELECT id FROM shops', '--json')).toEqual(['[]\n', '']);
  });

  test('more rows than a table shows are counted', async () => {
    const [text] = await rialto('sql', 'SELECT range AS i FROM range(5000)', '--rows', '2');
    expect(text).toBe('i\n─\n0\n1\n(5,000 rows; the first 2 are shown (--rows, --csv, --json))\n');
    const [json] = await rialto('sql', 'SELECT range AS i FROM range(5000)', '--json');
    expect(JSON.parse(json)).toHaveLength(5000);
    const [plan] = await rialto('sql', 'EXPLAIN SELECT 1');
    expect(plan).toContain('│         PROJECTION        │\n');
  });

  test('.tables and .schema', async () => {
    expect((await rialto('sql', '.tables'))[0]).toMatch(/listings +2 +What is on sale/);
    const [schema] = await rialto('sql', '.schema Listings;', '--csv');
    expect(schema).toContain('listings,price_micros,BIGINT,Of one piece.\n');
    await expect(rialto('sql', '.schema lisitngs')).rejects.toMatchObject({
      code: 'bad-sql',
      message: expect.stringContaining('Did you mean listings?'),
    });
    await expect(rialto('sql', '.quit')).rejects.toMatchObject({ code: 'bad-sql' });
    await expect(rialto('sql', 'SELECT 1', '--csv', '--json')).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('export says what there is, and writes nothing twice', async () => {
    const out = join(folder, 'elsewhere');
    const [text] = await rialto('export', '--as', 'parquet', '--out', out);
    expect(text).toMatch(/^exported \d+ new records in [\d.]+ s\n/);
    expect(text).toMatch(/\n {2}listings +2 +[\d.]+ k?B +1\n/);
    const manifest = readFileSync(join(out, 'manifest.json'));
    const [again] = await rialto('export', '--as', 'parquet', '--out', out, '--json');
    const summary = JSON.parse(again);
    expect(summary).toMatchObject({ directory: out, interrupted: false, tables: { listings: { rows: 2, files: 1 } } });
    expect(summary.from).toBe(summary.end);
    expect(readFileSync(join(out, 'manifest.json')).equals(manifest)).toBe(true);
  });

  test('export of a training set takes its own options, though export has some of the same name', async () => {
    engine.decide({ buyer: 'ada', placements: ['discover'] });
    await save('c', 'Cherry');
    const file = join(folder, 'training.parquet');
    const [text] = await rialto('export', 'training-set', '--out', file, '--json');
    expect(JSON.parse(text)).toMatchObject({ file, decisions: 1 });
    expect(readFileSync(file).toString('latin1', 0, 4)).toBe('PAR1');
  });
});
