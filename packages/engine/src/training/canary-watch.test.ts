import { expect, test } from 'vitest';
import type { DecisionRecord } from '../log/record.ts';
import { CanaryWatch } from './canary-watch.ts';

function watched(controlClicks: number, canaryClicks: number, buyers = 200) {
  const watch = new CanaryWatch('canary-ranker');
  for (const [variant, clicks] of [
    ['control', controlClicks],
    ['canary', canaryClicks],
  ] as const) {
    for (let i = 0; i < buyers; i++) {
      const exposures = [{ experiment: 'canary-ranker', variant, version: 1, unit: `${variant}${i}` }];
      for (const page of [1, 2]) {
        const id = `${variant}-${i}-${page}`;
        watch.decided({
          kind: 'decision',
          at: 1,
          id,
          stateOffset: 0,
          request: { placements: [] },
          placements: [],
          exposures,
        } satisfies DecisionRecord);
        // Twice is one buyer all the same.
        if (i < clicks) watch.clicked(id);
      }
    }
  }
  watch.clicked('of another experiment');
  return watch.reading();
}

test('a fall of half is worse, one that chance makes is not, and a rise never', () => {
  // By hand: p = .3, error = √(.21 · .01) = .04583, z = −.2 / .04583.
  expect(watched(80, 40)).toMatchObject({
    control: { buyers: 200, clicked: 80 },
    canary: { clicked: 40 },
    worse: true,
  });
  expect(watched(80, 40)!.z).toBeCloseTo(-4.364, 3);
  expect(watched(80, 65)!.worse).toBe(false);
  expect(watched(40, 80)!.worse).toBe(false);
  expect(watched(0, 0)).toMatchObject({ z: 0, worse: false });
  expect(watched(40, 10, 50)).toBeUndefined();
});
