import { expect, test } from 'vitest';
import type { ImportSummary } from '../intake/import-file.ts';
import { progressLine, summaryText } from './import-report.ts';

test('a line of progress', () => {
  expect(progressLine({ rows: 120_000, bytesRead: 25, bytesTotal: 100 }, 2)).toBe(
    '120,000 rows, 60,000/s, 25 %, about 6 s left',
  );
  expect(progressLine({ rows: 0, bytesRead: 0, bytesTotal: 0 }, 0)).toBe('0 rows, 0/s, 0 %');
  const saving = { done: 1_000, total: 4_070 };
  expect(progressLine({ rows: 5_000, bytesRead: 9, bytesTotal: 9, saving }, 2)).toBe(
    '5,000 rows read; saving 1,000 of 4,070',
  );
});

test('a summary: the most common reasons, and where the rejects are', () => {
  const counts = { saved: 1_000, unchanged: 0, duplicates: 20, entities: 0, merged: 0, untitled: 0, created: 3 };
  const summary: ImportSummary = {
    as: 'purchases',
    format: 'csv',
    mapping: {},
    currency: 'GBP',
    rows: 1_031,
    counts,
    rejected: 11,
    rejectedByReason: { 'currency-mismatch': 5, 'unknown-listing': 2, c: 1, d: 1, e: 1, f: 1 },
    rejectsPath: 'data/rejects/x.jsonl',
    warnings: ['odd'],
    interrupted: true,
  };
  expect(summaryText(summary, 1.25)).toBe(`warning: odd
interrupted after 1,031 rows of csv in 1.3 s
purchases counted: 1,000 new, 20 counted before
created because a row named them: 3
rejected: 11 (currency-mismatch 5, unknown-listing 2, c 1, d 1, e 1, 1 more reasons)
the rejected rows are in data/rejects/x.jsonl
unknown-listing: import the listings first (--as listings), or have them made of what the rows say with --create-listings
the marketplace's currency is GBP; a marketplace without listings takes another with --currency
run the same command again to continue; nothing is counted twice
`);
});
