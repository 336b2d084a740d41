import { describe, expect, test } from 'vitest';
import { csvLines, jsonRow, tableLines, visibleLines } from './result-text.ts';

const columns = [
  { name: 'name', type: 'VARCHAR' },
  { name: 'n', type: 'BIGINT' },
];

describe('a result as text', () => {
  test('what a terminal would obey is seen, but for line ends', () => {
    expect(visibleLines('a,\u001b]0;x\u0007\r\nb\n')).toBe('a,\\u001b]0;x\\u0007\\r\nb\n');
  });

  test('aligned, whatever the width of its characters', () => {
    const rows = [
      ['plain', 1],
      ['日本語', 12_345_678_901_234_567_890n],
      ['e\u0301😀', null],
      ['a\nb\u001b[31m\u202e', -2],
    ];
    expect(tableLines(columns, rows)).toEqual([
      'name                                     n',
      '────────────────────  ────────────────────',
      'plain                                    1',
      '日本語                12345678901234567890',
      'e\u0301😀                                   NULL',
      'a\\nb\\u001b[31m\\u202e                    -2',
    ]);
  });

  test('cut to the terminal, the widest first', () => {
    const lines = tableLines(
      columns,
      [
        ['x'.repeat(50), 7],
        ['日'.repeat(25), 8],
      ],
      20,
    );
    expect(lines).toEqual([
      'name               n',
      '─────────────────  ─',
      'xxxxxxxxxxxxxxxx…  7',
      '日日日日日日日日…  8',
    ]);
    const narrow = tableLines(Array(9).fill(columns[0]), [Array(9).fill('x'.repeat(20))], 30);
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(30);
  });

  test('CSV tells nothing from an empty text', async () => {
    async function* batches() {
      yield [['a', null, '', 'x,"y"\n', 5n, { k: [1] }]];
      yield [];
    }
    let text = '';
    const named = [...'abcdef'].map((name) => ({ name, type: 'VARCHAR' }));
    for await (const lines of csvLines({ columns: named, batches: batches() })) text += lines;
    expect(text).toBe('a,b,c,d,e,f\na,,"","x,""y""\n",5,"{""k"":[1]}"\n');
  });

  test('JSON keeps every digit', () => {
    expect(jsonRow(columns, ['ü', 9_007_199_254_740_993n])).toBe('{"name":"ü","n":"9007199254740993"}');
    expect(jsonRow(columns, [null, Number.NaN])).toBe('{"name":null,"n":"NaN"}');
  });
});
