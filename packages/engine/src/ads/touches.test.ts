import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';
import { BY_BUYER, BY_DECISION, BY_SESSION, type Touch, Touches } from './touches.ts';

const KEPT_MS = 1000;
const make = (capacityMax = 1024) => new Touches({ name: 'touches', capacityMax, keptMs: KEPT_MS });
const touch = (at: number, more: Partial<Touch> = {}): Touch => ({
  at,
  takenAt: at,
  buyer: 'ada',
  session: 's',
  claims: { decisionId: 'd', placement: 'home', listing: 'l', position: 0 },
  campaign: 1,
  listing: 2,
  shop: 3,
  ...more,
});

function walk(
  touches: Touches,
  chain: typeof BY_BUYER | typeof BY_SESSION | typeof BY_DECISION,
  key: string,
): number[] {
  const times: number[] = [];
  for (let row = touches.newest(chain, key); row >= 0; row = touches.older(chain, row)) times.push(touches.at(row));
  return times;
}

function reload(touches: Touches, capacityMax: number): Touches {
  const out = new SnapshotWriter();
  touches.save(out);
  const loaded = make(capacityMax);
  loaded.load(
    new SnapshotReader(out.sections.map((section) => ({ ...section, bytes: Uint8Array.from(section.bytes) }))),
  );
  return loaded;
}

describe('touches', () => {
  const seed = 11;
  it(`are found newest first, as a list of everything would (seed ${seed})`, () => {
    const rng = new Rng(seed);
    let touches = make();
    const all: Touch[] = [];
    for (let i = 0; i < 6000; i++) {
      const more = {
        buyer: `b${rng.below(40)}`,
        session: rng.below(3) === 0 ? undefined : `s${rng.below(10)}`,
        claims: { decisionId: `d${i >> 1}`, placement: 'home', listing: 'l', position: i % 2 },
      };
      const one = touch(i, more);
      all.push(one);
      touches.push(one, 0);
      if (i % 500 === 499) {
        touches = reload(touches, 1024);
        // What is too old leaves a few at a time, with what comes; the ring itself holds no more than its capacity.
        const kept = all.slice(-touches.size);
        expect(touches.size).toBeLessThanOrEqual(1024);
        expect(touches.size).toBeGreaterThanOrEqual(Math.min(i + 1, KEPT_MS));
        const times = (of: (one: Touch) => boolean) =>
          kept
            .filter(of)
            .map(({ at }) => at)
            .reverse();
        for (let b = 0; b < 40; b++)
          expect(walk(touches, BY_BUYER, `b${b}`)).toEqual(times(({ buyer }) => buyer === `b${b}`));
        for (let s = 0; s < 10; s++)
          expect(walk(touches, BY_SESSION, `s${s}`)).toEqual(times(({ session }) => session === `s${s}`));
        expect(walk(touches, BY_DECISION, `d${i >> 1}`)).toEqual([i, i - 1]);
      }
    }
  });

  it('are no more than fit: the oldest go first', () => {
    const touches = make(256);
    for (let i = 0; i < 400; i++) touches.push(touch(0, { at: i }), 0);
    expect(touches.size).toBe(256);
    expect(walk(touches, BY_BUYER, 'ada')).toHaveLength(256);
    expect(walk(touches, BY_BUYER, 'ada').at(-1)).toBe(144);
  });

  it('survive a clock that is a year ahead for one record', () => {
    const touches = make();
    for (let i = 0; i < 100; i++) touches.push(touch(i), 0);
    touches.push(touch(1e12), 0);
    expect(touches.size).toBe(98);
  });

  it('tell the items of a decision apart, by place and listing', () => {
    const touches = make();
    const { claims } = touch(0);
    const row = touches.push(touch(0), 0);
    expect(touches.isOf(row, claims)).toBe(true);
    for (const other of [{ position: 1 }, { placement: 'cart' }, { listing: 'l2' }, { decisionId: 'd2' }])
      expect(touches.isOf(row, { ...claims, ...other })).toBe(false);
  });

  it('pay for one order each', () => {
    const touches = make();
    const row = touches.push(touch(0), 0);
    expect(touches.claimFor(row, 'o1')).toBe(true);
    expect(touches.claimFor(row, 'o1')).toBe(true);
    expect(touches.claimFor(row, 'o2')).toBe(false);
    expect(touches.claimFor(touches.push(touch(1), 0), 'o2')).toBe(true);
  });

  it('know what is left of their charge', () => {
    const touches = make();
    const row = touches.push(touch(0), 500);
    touches.giveBack(row, 200);
    expect(touches.leftMicros(row)).toBe(300);
  });
});
