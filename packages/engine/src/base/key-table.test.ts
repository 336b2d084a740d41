import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash32 } from './hash.ts';
import { KeyTable } from './key-table.ts';
import { fingerprint, readerOf, sectionsOf } from './snapshot.fixture.ts';

function reloaded(original: KeyTable): KeyTable {
  const loaded = new KeyTable('test');
  loaded.load(readerOf((out) => original.save(out)));
  return loaded;
}

/** Few texts, so that they come, go and come again; of one and two bytes a character, and such as share their bytes. */
const TEXTS = [
  '',
  'a',
  'b',
  'ab',
  'a\0',
  'abcd',
  'abcde',
  '\u0001visit',
  'é',
  '東京',
  'あ',
  'B0',
  '\ud800',
  'x'.repeat(400),
];
const step = fc.record({ text: fc.oneof(fc.constantFrom(...TEXTS), fc.string()), goes: fc.boolean() });

describe('KeyTable', () => {
  it('finds what a map would while texts come and go, with restarts on the way (seed 31)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), fc.nat(400), (steps, cut) => {
        const model = new Map<string, number>();
        let table = new KeyTable('test');
        const whole = new KeyTable('test');
        steps.forEach(({ text, goes }, i) => {
          if (i === cut) table = reloaded(table);
          for (const each of [table, whole]) {
            const row = each.find(text);
            expect(row).toBe(model.get(text) ?? -1);
            if (!goes) each.intern(text);
            else if (row >= 0) {
              each.remove(row);
              each.release(row);
            }
          }
          if (!goes) model.set(text, table.find(text));
          else model.delete(text);
          expect(table.size).toBe(model.size);
        });
        for (const [text, row] of model) {
          expect(table.intern(text)).toBe(row);
          expect(table.text(row)).toBe(text);
        }
        expect(new Set(model.values()).size).toBe(model.size);
        expect(fingerprint((out) => table.save(out))).toEqual(fingerprint((out) => whole.save(out)));
      }),
      { seed: 31, numRuns: 200 },
    );
  });

  it('takes strings that somebody made to fall on one place, and loses none when others of them go', () => {
    const crowd: string[] = [];
    for (let i = 0; crowd.length < 300; i++) if ((hash32(`x${i}`) & 1023) === 7) crowd.push(`x${i}`);
    const table = new KeyTable('test');
    for (const text of crowd) table.intern(text);
    const rowOf = new Map(crowd.map((text) => [text, table.find(text)]));
    crowd.forEach((text, i) => {
      if (i % 3 === 0) {
        table.remove(rowOf.get(text)!);
        rowOf.set(text, -1);
      }
    });
    for (const known of [table, reloaded(table)])
      for (const text of crowd) expect(known.find(text)).toBe(rowOf.get(text));
    for (let i = 0; i < 5_000; i++) table.intern(`more-${i}`);
    for (const text of crowd) expect(table.find(text)).toBe(rowOf.get(text));
  });

  it('takes no more memory for 200,000 that come and go than for those that are there', () => {
    const table = new KeyTable('test');
    const size = () => sectionsOf((out) => table.save(out)).reduce((sum, { bytes }) => sum + bytes.length, 0);
    const textOf = (i: number) => `session-${i.toString(36).padStart(12 + (i % 5), '0')}`;
    const rows: number[] = [];
    let early = 0;
    for (let i = 0; i < 200_000; i++) {
      rows.push(table.intern(textOf(i)));
      if (i >= 1_000) {
        table.remove(rows[i - 1_000]!);
        table.release(rows[i - 1_000]!);
      }
      if (i === 10_000) early = size();
    }
    expect(table.rows).toBe(1_001);
    expect(table.size).toBe(1_000);
    expect(size()).toBeLessThan(1.1 * early);
    for (let i = 199_000; i < 200_000; i++) expect(table.find(textOf(i))).toBe(rows[i]);
  });

  it('does not give a removed row out before it is released, and keeps nothing of its text', () => {
    const table = new KeyTable('test');
    const row = table.intern('somebody whom we forget');
    table.remove(row);
    expect(table.intern('next')).not.toBe(row);
    table.release(row);
    const bytes = sectionsOf((out) => table.save(out)).map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
    expect(bytes.some((section) => section.includes('next'))).toBe(true);
    expect(bytes.some((section) => section.includes('whom'))).toBe(false);
    expect(table.intern('another')).toBe(row);
  });
});
