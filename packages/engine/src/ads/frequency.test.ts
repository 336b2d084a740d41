import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { fingerprint, readerOf } from '../base/snapshot.fixture.ts';
import { MILLIS_PER_DAY, MILLIS_PER_HOUR, millis } from '../base/units.ts';
import { Frequency } from './frequency.ts';
import type { AdClaims } from './token.ts';

const START = Date.UTC(2026, 0, 1);

const claims = (decisionId: string, expiresAt: number): AdClaims => ({
  decisionId,
  placement: 'home',
  listing: 'l',
  position: 0,
  campaign: 'c',
  priceMicros: 1,
  expiresAt,
});

interface Seen {
  readonly token: number;
  readonly campaign: number;
  readonly viewer: string;
  readonly at: number;
}

/** Caps of three campaigns: they stay as they are. */
const CAPS = [
  { impressions: 2, hours: 3 },
  { impressions: 3, hours: 24 * 5 },
  { impressions: 4, hours: 24 * 30 },
];

it('is what a list of all impressions says, through restarts, each token once (seed 51)', () => {
  const step = fc.record({
    token: fc.nat(60),
    campaign: fc.nat(2),
    viewer: fc.constantFrom('ann', 'bob', '\u0001s'),
    afterMs: fc.oneof(fc.nat(2 * MILLIS_PER_HOUR), fc.nat(3 * MILLIS_PER_DAY)),
    restart: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      let frequency = new Frequency();
      const all: Seen[] = [];
      let at = START;
      for (const { token, campaign, viewer, afterMs, restart } of steps) {
        at += afterMs;
        const cap = CAPS[campaign]!;
        const seen = {
          claims: claims(`d${token}`, START + 400 * MILLIS_PER_DAY),
          campaign,
          capHours: cap.hours,
          viewer,
        };
        frequency.count({ ...seen, at: millis(at) });
        if (!all.some((other) => other.token === token)) all.push({ token, campaign, viewer, at });
        if (restart) {
          const loaded = new Frequency();
          loaded.load(readerOf((out) => frequency.save(out)));
          expect(fingerprint((out) => loaded.save(out))).toEqual(fingerprint((out) => frequency.save(out)));
          frequency = loaded;
        }
        for (const [row, { impressions, hours }] of CAPS.entries())
          for (const who of ['ann', 'bob', '\u0001s']) {
            const since = at - hours * MILLIS_PER_HOUR;
            const count = all.filter((one) => one.campaign === row && one.viewer === who && one.at > since).length;
            expect(frequency.capped(who, row, { impressions, hours }, millis(at))).toBe(count >= impressions);
          }
      }
    }),
    { seed: 51, numRuns: 150 },
  );
});

it('counts no impression whose token has expired', () => {
  const frequency = new Frequency();
  frequency.count({ claims: claims('d', START), campaign: 0, capHours: 1, viewer: 'ann', at: millis(START) });
  expect(frequency.capped('ann', 0, { impressions: 1, hours: 1 }, millis(START + 1))).toBe(false);
});

it('forgets what no window reaches any more', () => {
  const frequency = new Frequency();
  for (let day = 0; day < 200; day++)
    for (let i = 0; i < 10; i++) {
      const at = START + day * MILLIS_PER_DAY + i;
      const seen = { claims: claims(`d${day}-${i}`, at + MILLIS_PER_DAY), viewer: 'ann', at: millis(at) };
      frequency.count({ ...seen, campaign: 0, capHours: i < 8 ? 24 : 24 * 30 });
    }
  // Two days of eight, and thirty-one of two.
  expect(frequency.size).toBe(2 * 8 + 31 * 2);
});

it('is the same whoever is told apart by hash: no two of many pairs meet', () => {
  const frequency = new Frequency();
  const CAMPAIGNS = 50;
  for (let viewer = 0; viewer < 1_000; viewer += 2)
    for (let campaign = 0; campaign < CAMPAIGNS; campaign += 2)
      frequency.count({
        claims: claims(`${viewer}-${campaign}`, START + MILLIS_PER_DAY),
        campaign,
        capHours: 24,
        viewer: `v${viewer}`,
        at: millis(START),
      });
  for (let viewer = 0; viewer < 1_000; viewer++)
    for (let campaign = 0; campaign < CAMPAIGNS; campaign++) {
      const capped = frequency.capped(`v${viewer}`, campaign, { impressions: 1, hours: 24 }, millis(START + 1));
      if (capped !== (viewer % 2 === 0 && campaign % 2 === 0)) expect([viewer, campaign, capped]).toBe('as counted');
    }
});
