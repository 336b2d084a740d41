import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMoment } from './moment.ts';
import { Refusal } from './refusal.ts';

describe('parseMoment', () => {
  test.each([
    ['1291191960.0', Date.UTC(2010, 11, 1, 8, 26)],
    ['1291191960', Date.UTC(2010, 11, 1, 8, 26)],
    ['1291191960.25', Date.UTC(2010, 11, 1, 8, 26, 0, 250)],
    ['1291191960000', Date.UTC(2010, 11, 1, 8, 26)],
    ['1291191960000000', Date.UTC(2010, 11, 1, 8, 26)],
    ['2010-12-01', Date.UTC(2010, 11, 1)],
    ['20101201', Date.UTC(2010, 11, 1)],
    ['2010-12-01 08:26:00', Date.UTC(2010, 11, 1, 8, 26)],
    ['2010-12-01 08:26', Date.UTC(2010, 11, 1, 8, 26)],
    ['2010-12-01T08:26:00Z', Date.UTC(2010, 11, 1, 8, 26)],
    ['2010-12-01T08:26:00.123456+02:00', Date.UTC(2010, 11, 1, 6, 26, 0, 123)],
    ['2010-12-01 08:26:00 UTC', Date.UTC(2010, 11, 1, 8, 26)],
    ['2010-12-01 08:26:00-05', Date.UTC(2010, 11, 1, 13, 26)],
    ['2012-02-29', Date.UTC(2012, 1, 29)],
    ['2012-12-31', Date.UTC(2012, 11, 31)],
  ])('%s', (text, millis) => {
    expect(parseMoment(text)).toBe(millis);
  });

  test.each([
    '2011-02-29',
    '2011-13-01',
    '2011-01-01 24:00',
    '12/1/2010 8:26',
    '40513.35',
    '2011',
    'yesterday',
    '-5',
    '1e10',
    '1e300',
  ])('%s is refused', (text) => {
    const value = parseMoment(text);
    expect(value).toBeInstanceOf(Refusal);
    expect((value as Refusal).reason).toBe('bad-time');
  });

  test('reads what Date writes', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }), (date) => {
        return parseMoment(date.toISOString()) === date.getTime();
      }),
      { seed: 1 },
    );
  });
});
