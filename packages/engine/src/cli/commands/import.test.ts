import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openEngine } from '../../delivery/data-directory.ts';
import { printedBy } from '../printed.fixture.ts';
import { importCommand } from './import.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  process.exitCode = 0;
});

const data = join(folder, 'data');
const catalogue = join(folder, 'catalogue.csv');
const sales = join(folder, 'sales.csv');
writeFileSync(catalogue, 'StockCode,"Name, long",UnitPrice\nA,Apple,1.50\nB,Bread,nothing\n');
writeFileSync(sales, 'order;listing;at\n1;A;1291191960\n1;Z;1291191960\n');

/** Runs the command in this process; what it printed. */
async function rialto(...args: string[]): Promise<string> {
  return printedBy(async () => {
    const program = new Command('rialto').exitOverride().addCommand(importCommand);
    await program.parseAsync(['node', 'rialto', 'import', '--data', data, ...args]);
  });
}

describe('rialto import', () => {
  test('listings, then purchases; what is in the directory after', async () => {
    const map = '{"id":"StockCode","title":"Name, long","price":"UnitPrice"}';
    const printed = await rialto(catalogue, '--as', 'listings', '--map', map, '--currency', 'GBP');
    expect(printed).toMatch(/read 2 rows of csv in [\d.]+ s\nlistings saved: 1 new or changed, 0 unchanged\n/);
    expect(printed).toContain('rejected: 1 (bad-price 1)');
    const rejects = readFileSync(join(data, 'rejects', 'catalogue.csv-listings.jsonl'), 'utf8');
    expect(JSON.parse(rejects)).toMatchObject({ line: 3, reason: 'bad-price', row: { StockCode: 'B' } });
    const summary = JSON.parse(await rialto(sales, '--as', 'purchases', '--json'));
    expect(summary).toMatchObject({
      rows: 2,
      counts: { saved: 1 },
      rejectedByReason: { 'unknown-listing': 1 },
      currency: 'GBP',
    });
    expect(process.exitCode ?? 0).toBe(0);
    const engine = await openEngine(data);
    expect(engine.read('listing', 'A')?.title).toBe('Apple');
    expect(engine.state.tally.events).toBe(1);
    await engine.close();
  });

  test('fails where no row could be used, and leaves nothing where the file is refused', async () => {
    const nothing = join(folder, 'nothing.csv');
    writeFileSync(nothing, 'order,listing,at\n1,A,never\n');
    await rialto(nothing, '--as', 'purchases');
    expect(process.exitCode).toBe(1);
    const untouched = join(folder, 'untouched');
    const wrong = rialto(catalogue, '--as', 'listings', '--map', 'id=StockCod', '--data', untouched);
    await expect(wrong).rejects.toMatchObject({
      code: 'bad-mapping',
    });
    await expect(rialto(catalogue, '--as', 'listings', '--map', 'id')).rejects.toThrow(/not of the form field=Column/);
    expect(existsSync(untouched)).toBe(false);
  });
});
