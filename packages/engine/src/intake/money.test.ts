import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currencyMarks, parseMoney } from './money.ts';
import { Refusal } from './refusal.ts';

const GBP = currencyMarks('GBP');
const EUR = currencyMarks('EUR');
const reason = (value: number | Refusal) => (value instanceof Refusal ? value.reason : value);

describe('parseMoney', () => {
  test.each([
    ['2.55', 2_550_000],
    ['0', 0],
    ['0.1', 100_000],
    ['1.234', 1_234_000],
    ['0.000001', 1],
    ['.5', 500_000],
    ['5.', 5_000_000],
    ['£2.55', 2_550_000],
    ['2.55 GBP', 2_550_000],
    ['gbp 2.55', 2_550_000],
    ['1,234.50', 1_234_500_000],
    ['1.234,50', 1_234_500_000],
    ['1,234,567', 1_234_567_000_000],
    ['1 234,50', 1_234_500_000],
    ["1'234.50", 1_234_500_000],
    ['12,5', 12_500_000],
    ['0,125', 125_000],
    ['2.5500000000000003', 2_550_000],
    ['4.9499999999999993', 4_950_000],
    ['0.0000005', 1],
    ['9007199254.740991', 9_007_199_254_740_991],
  ])('%s is %d micros', (text, micros) => {
    expect(parseMoney(text, GBP)).toBe(micros);
  });

  test.each([
    ['15.00 USD', 'currency-mismatch'],
    ['$15', 'currency-mismatch'],
    ['1,234', 'ambiguous-price'],
    ['-1.00', 'negative-price'],
    ['-£1', 'bad-price'],
    ['£-1', 'negative-price'],
    ['free', 'bad-price'],
    ['1.2.3', 'bad-price'],
    ['1,23.45', 'bad-price'],
    ['1e3', 'bad-price'],
    ['NaN', 'bad-price'],
    ['9007199255', 'bad-price'],
    ['12 34', 'bad-price'],
  ])('%s is refused: %s', (text, why) => {
    expect(reason(parseMoney(text, GBP))).toBe(why);
  });

  test('knows the symbol of each currency, before and after the number', () => {
    expect(parseMoney('12,50 €', EUR)).toBe(12_500_000);
    expect(parseMoney('zł 3.10', currencyMarks('PLN'))).toBe(3_100_000);
    expect(parseMoney('CA$3.10', currencyMarks('CAD'))).toBe(3_100_000);
    expect(parseMoney('$3.10', currencyMarks('CAD'))).toBe(3_100_000);
  });

  test('reads back every amount of micros that was written as a decimal', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (micros) => {
        const digits = String(micros).padStart(7, '0');
        return parseMoney(`${digits.slice(0, -6)}.${digits.slice(-6)}`, GBP) === micros;
      }),
      { seed: 1 },
    );
  });
});
