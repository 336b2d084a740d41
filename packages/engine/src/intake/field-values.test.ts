import { describe, expect, test } from 'vitest';
import { parseAvailability, parseCategory, parseId, parseList, parseQuantity } from './field-values.ts';
import { Refusal } from './refusal.ts';

describe('field values', () => {
  test('an id that is a whole number written as a decimal loses its fraction', () => {
    expect(parseId('17850.0')).toBe('17850');
    expect(parseId('17850')).toBe('17850');
    expect(parseId('85123A')).toBe('85123A');
    expect(parseId('1.5')).toBe('1.5');
    expect(parseId('v1.0')).toBe('v1.0');
  });

  test.each([
    ['6', 6],
    ['6.0', 6],
    ['-2.0', -2],
    ['6.5', 'bad-quantity'],
    ['0', 'zero-quantity'],
    ['0.0', 'zero-quantity'],
    ['six', 'bad-quantity'],
    ['99999999999999999999', 'bad-quantity'],
  ])('quantity %s is %s', (text, expected) => {
    const value = parseQuantity(text);
    expect(value instanceof Refusal ? value.reason : value).toBe(expected);
  });

  test.each([
    ['in stock', 'in-stock'],
    ['in_stock', 'in-stock'],
    ['https://schema.org/InStock', 'in-stock'],
    ['OUT OF STOCK', 'out-of-stock'],
    ['preorder', 'preorder'],
    ['back-order', 'backorder'],
  ])('availability %s is %s', (text, expected) => {
    expect(parseAvailability(text)).toBe(expected);
  });

  test('an unknown availability is refused', () => {
    expect(parseAvailability('perhaps')).toBeInstanceOf(Refusal);
  });

  test('lists and categories', () => {
    expect(parseList('red| blue ;red;')).toEqual(['red', 'blue']);
    expect(parseList(['a;b', ' c'])).toEqual(['a;b', 'c']);
    expect(parseCategory('Home>Kitchen  > Mugs')).toBe('Home > Kitchen > Mugs');
    expect(parseCategory(['Home', 'Kitchen'])).toBe('Home > Kitchen');
  });
});
