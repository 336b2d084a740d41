/** Value expressions: what they come to, and what is refused with the position of the mistake. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RialtoError } from '../base/errors.ts';
import { thingEffects } from './thing-effects.ts';
import { ACTIONS, evaluateValue, namedValue, parseNamedValue, parseValue } from './value-expression.ts';

const NAMES = [...ACTIONS, 'price'];

/** Of one listing: probabilities in the order of ACTIONS, and a price. */
function worth(text: string, at: readonly number[]): number {
  const out = new Float64Array(1);
  const columns = {
    probabilities: ACTIONS.map((_, i) => Float64Array.of(at[i]!)),
    pricesMicros: Float64Array.of(0, at[ACTIONS.length]! * 1e6),
    listings: Int32Array.of(1),
    attributes: [2, 3].map((value) => Float64Array.of(value)),
  };
  evaluateValue(parseValue(text), 1, columns, out);
  return out[0]!;
}

const KNOWN = {
  has: (name: string) => name === 'weight' || name === 'net margin',
  all: () => ['weight', 'net margin'],
};
const AT = [0.1, 0.05, 0.02, 0.001, 30];

describe('values', () => {
  test.each([
    ['1.0*purchase + 0.3*cart - 0.5*hide', 0.02 + 0.3 * 0.05 - 0.5 * 0.001],
    ['purchase*price', 0.6],
    ['-(hide - click) * 2', 0.198],
    ['(click + cart) * (purchase - 1)', 0.15 * -0.98],
    [' .5*click\t+1e-1 * cart ', 0.055],
    ['click*click*price', 0.3],
    ['3 + click', 3.1],
    ['purchase-0.5*hide', 0.02 - 0.5 * 0.001],
    ['purchase*margin', 0.04],
    ["click*margin*margin + 'gross margin'*cart - 1", 0.4 + 0.15 - 1],
    ["(click + weight)*(weight - 'price')", 2.1 * -1],
  ])('%s', (text, value) => {
    expect(worth(text, AT)).toBeCloseTo(value, 12);
  });

  test('numbers that prices could make endless, so that no order is left, are refused', () => {
    expect(() => parseValue('1e308*price*click - 1e308*price*cart')).toThrow('position 1: a number is too large');
    expect(() => parseValue('1e10*1e10*click')).toThrow('only proportions count');
    const dearest = [1, 1, 1, 1, Number.MAX_SAFE_INTEGER];
    expect(Number.isFinite(worth('1e12*price*price*price*click - 1e12*price*price*price*cart', dearest))).toBe(true);
  });

  test('only actions that count are asked for', () => {
    expect(parseValue('purchase + 0*click + cart - cart').actions).toEqual([ACTIONS.indexOf('purchase')]);
  });

  const leaf = fc.oneof(fc.constantFrom(...NAMES), fc.integer({ min: 0, max: 9 }).map(String));
  const tree = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.tuple(tie('node'), fc.constantFrom('+', '-', '*'), tie('node')).map(([a, sign, b]) => `(${a} ${sign} ${b})`),
      tie('node').map((a) => `(-${a})`),
    ),
  })).node;

  test('multiplied out they are what JavaScript says', () => {
    fc.assert(
      fc.property(tree, (text) => {
        let value: number;
        try {
          value = worth(text, AT);
        } catch (error) {
          // Too many names in one product, or no action at all.
          expect(error).toBeInstanceOf(RialtoError);
          return;
        }
        const expected = new Function(...NAMES, `return ${text.replaceAll('--', '- -')}`)(...AT) as number;
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected), 1e6));
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

test.each([
  ['buy + cart', 1, 'is none of click, cart, purchase, hide and price'],
  ['purchase + margin*0.2', 12, 'no listing has a numeric attribute of that name: there are weight, net margin'],
  ["weight*click + 'price'*click", 16, '"price" is none of'],
  ["'net margin*click", 1, 'is no part of a value'],
  ['purchase / 2', 10, '"/" is no part of a value'],
  ['purchase +', 11, 'but found the end'],
  ['(purchase', 10, 'a closing parenthesis'],
  ['purchase cart', 10, 'an operator'],
  ['2 * * cart', 5, 'a number, one of'],
  ['', 1, 'but found the end'],
  ['price', 1, 'counts no action'],
  ['cart - cart', 1, 'counts no action'],
  ['click*cart*purchase*hide*price', 31, 'more than 4 names'],
  [`${'('.repeat(40)}cart`, 33, 'nests deeper'],
  ['1e400*cart', 1, 'too large'],
  ['cart + 💥', 8, '"💥"'],
])('%s is refused at position %i', (text, position, message) => {
  expect(() => parseValue(text, KNOWN)).toThrow(message);
  try {
    parseValue(text, KNOWN);
  } catch (error) {
    expect((error as RialtoError).details).toMatchObject({ path: 'objective', position });
  }
});

test('attributes are known in the order in which they come, at most eight', () => {
  expect(parseValue("click*weight*'net margin' - 2*weight", KNOWN).attributes).toEqual(['weight', 'net margin']);
  expect(parseValue('click', KNOWN).attributes).toEqual([]);
  expect(() => parseValue('click*(a+b+c+d+e+f+g+h+i)')).toThrow('position 24: it names more than 8 attributes');
});

test('effects of factors add up to the value less that of the mean factors, whatever the polynomial', () => {
  const names = ['a', 'b', 'c'];
  const number = fc.double({ min: -3, max: 3, noNaN: true });
  const texts = fc.constantFrom('a', '2*a*b - c', 'a*a*b*c + b', 'a*a*a*a - a*b*c', '0.5*c*c - 3');
  const things = fc.array(fc.record({ a: number, b: number, c: number }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(texts, things, (text, factors) => {
      const value = parseNamedValue(text, names);
      const { means, effects } = thingEffects(value, factors);
      factors.forEach((of, i) => {
        const sum = Object.values(effects[i]!).reduce((all, effect) => all + effect, 0);
        expect(sum).toBeCloseTo(namedValue(value, of) - namedValue(value, means), 8);
      });
    }),
    { seed: 5 },
  );
});
