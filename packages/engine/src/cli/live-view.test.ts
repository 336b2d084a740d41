import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { commandLines, durationText, logLine, type ViewFrame, viewLines } from './live-view.ts';
import type { MarketSample } from './market-sample.ts';
import { fitted, frame } from './screen.ts';
import { bar, sparkline } from './sparkline.ts';

const sample: MarketSample = {
  simulatedAt: Date.UTC(2026, 0, 5, 14, 5),
  currency: 'EUR',
  totals: {
    decisions: 12_345,
    events: 99_000,
    impressions: 100_000,
    clicks: 4_500,
    adImpressions: 20_000,
    adClicks: 300,
    adRevenueMicros: 73_800_000,
  },
  orders: 321,
  orderValueMicros: 12_345_670_000,
  p50Microseconds: 142,
  p99Microseconds: 1_610,
  decisionsPerSecond: 302.4,
  spentTodayMicros: 50_000_000,
  budgetTodayMicros: 100_000_000,
  exhausted: 3,
  campaigns: 44,
  topCampaigns: Array.from({ length: 12 }, (_, i) => ({
    id: `campaign-shop-${i}`,
    shop: 'Linden Supply of the Long Name',
    spentMicros: 900_000,
    budgetMicros: 1_000_000,
    clicks: 12 - i,
  })),
  decisionsSeries: Array.from({ length: 200 }, (_, i) => i),
  clickRateSeries: [0.01, 0.02, 0.04],
  revenueSeries: [0, 0],
};

const view: ViewFrame = {
  title: 'Rialto playground: 20,000 listings',
  url: 'http://127.0.0.1:4400/docs',
  data: 'data in /tmp/somewhere until the end',
  speed: 180,
  sample,
  hints: ['first', 'second', 'third', 'fourth'].map((what) => ({ what, command: ['curl -s http://x/y', '-d z'] })),
};

describe('the view', () => {
  test('says all the figures', () => {
    const text = viewLines(view, { columns: 120, rows: 40, colour: false }).join('\n');
    for (const figure of [
      '302',
      '142 µs, 1.61 ms',
      '100,000',
      '4,500   CTR 4.50%',
      '321   €12,345.67',
      '€73.80',
      '€50.00 of €100.00',
      '3 of 44 campaigns spent',
      'Linden Supply',
      '€0.90 of €1.00',
      'http://127.0.0.1:4400/docs',
      'Mon, 5 Jan 2026, 14:05 UTC, 180× real time',
    ]) {
      expect(text).toContain(figure);
    }
  });

  test.each([
    [40, 10],
    [60, 24],
    [80, 24],
    [120, 40],
    [300, 100],
  ])('fits %i columns and %i rows', (columns, rows) => {
    const lines = viewLines(view, { columns, rows, colour: true });
    expect(lines.length).toBeLessThanOrEqual(rows);
    const shown = frame(lines, columns, rows).split('\r\n');
    for (const line of shown) expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(columns);
  });

  test('on 80 × 24 shows campaigns and the first two commands', () => {
    const text = viewLines(view, { columns: 80, rows: 24, colour: false }).join('\n');
    expect(text).toContain('top campaigns');
    expect(text).toContain('# second');
    expect(text).not.toContain('# fourth');
  });

  test('has no colours where none are wanted, and some where they are', () => {
    const size = { columns: 80, rows: 24 };
    expect(viewLines(view, { ...size, colour: false }).join('')).not.toContain('\x1b');
    expect(viewLines(view, { ...size, colour: true }).join('')).toContain('\x1b[');
  });

  test('puts a notice where the directory was', () => {
    const text = viewLines({ ...view, notice: 'look here' }, { columns: 80, rows: 24, colour: false }).join('\n');
    expect(text).toContain('look here');
    expect(text).not.toContain('/tmp/somewhere');
  });

  test('is one line of a log as well', () => {
    expect(logLine(sample)).toBe(
      'Mon, 5 Jan 2026, 14:05 UTC | 302 decisions/s | p50 142 µs | p99 1.61 ms | 100,000 impressions | 4,500 clicks (4.50%) | 321 orders | ad revenue €73.80 | budget used 50.00%',
    );
  });
});

test('a frame starts at the corner, clears what is left and never scrolls', () => {
  const written = frame(['one', 'two', 'three'], 10, 2);
  expect(written).toContain('\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J');
  expect(written).not.toContain('three');
  expect(written.endsWith('\n')).toBe(false);
});

test('a line is cut on screen, not in its colours', () => {
  expect(fitted('\x1b[1mabcdef\x1b[0m', 4)).toBe('\x1b[1mabc\x1b[0m…');
  expect(fitted('\x1b[1mabcd\x1b[0m', 4)).toBe('\x1b[1mabcd\x1b[0m');
});

test('commands are broken between their parts only, and go on with a backslash', () => {
  const parts = ['curl -s http://x', '-H a:b', "-d '{}'"];
  expect(commandLines(parts, 80)).toEqual(["curl -s http://x -H a:b -d '{}'"]);
  expect(commandLines(parts, 26)).toEqual(['curl -s http://x -H a:b \\', "  -d '{}'"]);
  expect(commandLines(parts, 10)).toEqual(['curl -s http://x \\', '  -H a:b \\', "  -d '{}'"]);
});

test('a sparkline shows the last values, from zero to the largest', () => {
  expect(sparkline([9, 0, 4, 8], 3)).toBe('▁▅█');
  expect(sparkline([0, 0], 5)).toBe('▁▁');
  expect(sparkline([], 5)).toBe('');
});

test('a bar stays within its width', () => {
  expect(bar(0.5, 4)).toBe('██░░');
  expect(bar(7, 4)).toBe('████');
  expect(bar(-1, 4)).toBe('░░░░');
});

test('durations are read in the unit that suits them', () => {
  expect([0, 999, 1_234, 12_345].map(durationText)).toEqual(['0 µs', '999 µs', '1.23 ms', '12.3 ms']);
});
