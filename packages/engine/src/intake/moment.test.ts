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
    ['2010/12/01 8:26', Date.UTC(2010, 11, 1, 8, 26)],
    ['2010.12.1', Date.UTC(2010, 11, 1)],
    ['2010-12-01 08:26:00.5 PM', Date.UTC(2010, 11, 1, 20, 26, 0, 500)],
    ['2010-12-01 12:26 a.m.', Date.UTC(2010, 11, 1, 0, 26)],
    ['Wed, 01 Dec 2010 08:26:00 GMT', Date.UTC(2010, 11, 1, 8, 26)],
    ['Wed Dec 01 2010 08:26:00 GMT+0100 (CET)', Date.UTC(2010, 11, 1, 7, 26)],
    ['01/Dec/2010:08:26:00 -0500', Date.UTC(2010, 11, 1, 13, 26)],
    ['1-Dec-2010', Date.UTC(2010, 11, 1)],
    ['December 1st, 2010 8:26 PM', Date.UTC(2010, 11, 1, 20, 26)],
    ['Sept. 3, 2010', Date.UTC(2010, 8, 3)],
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
    '2010-12/01',
    '2010-12-01 13:26 PM',
    '2010-12-01 8:26 America/New_York',
    '31 Nov 2010',
    '1 Decembre 2010',
  ])('%s is refused', (text) => {
    const value = parseMoment(text);
    expect(value).toBeInstanceOf(Refusal);
    expect((value as Refusal).reason).toBe('bad-time');
  });

  test.each([
    ['12/1/2010 8:26', 'month-first', Date.UTC(2010, 11, 1, 8, 26)],
    ['12/1/2010 8:26', 'day-first', Date.UTC(2010, 0, 12, 8, 26)],
    ['01.12.2010', 'day-first', Date.UTC(2010, 11, 1)],
    ['1-12-10 08:26:00+01:00', 'day-first', Date.UTC(2010, 11, 1, 7, 26)],
    ['2010-12-01', 'day-first', Date.UTC(2010, 11, 1)],
  ] as const)('%s, %s', (text, order, millis) => {
    expect(parseMoment(text, order)).toBe(millis);
  });

  test('a date of the other order is refused', () => {
    expect(parseMoment('13/1/2010', 'month-first')).toBeInstanceOf(Refusal);
    expect(parseMoment('1/12.2010', 'day-first')).toBeInstanceOf(Refusal);
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
