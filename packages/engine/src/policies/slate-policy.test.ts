/** Slates of three positions, simulated under the three ways in which buyers may act, against truth by enumeration. */
import { expect, test } from 'vitest';
import { Rng } from '../base/rng.ts';
import { drawn } from './bandit-world.fixture.ts';
import { evaluateSlates, type SlateEstimator, type SlateLog } from './slate-policy.ts';

const ITEMS = 4;
const POSITIONS = 3;
const SLATES = Array.from({ length: ITEMS ** POSITIONS }, (_, i) => [i % 4, Math.floor(i / 4) % 4, Math.floor(i / 16)]);
const LOGGING = Float64Array.of(0.25, 0.25, 0.25, 0.25);
const TARGET = Float64Array.of(0.55, 0.2, 0.15, 0.1);
const APPEAL = [0.4, 0.3, 0.2, 0.1];

type Behaviour = 'independent' | 'cascade' | 'standard';

/** What position l brings in expectation: an item above (cascade), or anywhere (standard), of the same kind takes from it. */
function expectedAt(behaviour: Behaviour, slate: readonly number[], l: number): number {
  const rivals = slate.filter((item, i) => i !== l && item === slate[l] && (behaviour === 'standard' || i < l)).length;
  return APPEAL[slate[l]!]! / (behaviour === 'independent' ? 1 : 1 + 2 * rivals);
}

const truthOf = (behaviour: Behaviour): number =>
  SLATES.reduce((sum, slate) => {
    const chance = slate.reduce((product, item) => product * TARGET[item]!, 1);
    return sum + chance * slate.reduce((total, _, l) => total + expectedAt(behaviour, slate, l), 0);
  }, 0);

function logOf(behaviour: Behaviour, rows: number, seed: number): SlateLog {
  const rng = new Rng(seed);
  const size = rows * POSITIONS;
  const log = {
    rows,
    positions: POSITIONS,
    reward: new Float64Array(size),
    propensity: new Float64Array(size).fill(0.25),
    target: new Float64Array(size),
    model: { taken: new Float64Array(size), expected: new Float64Array(size) },
  };
  const meanAppeal = APPEAL.reduce((sum, appeal, item) => sum + appeal * TARGET[item]!, 0);
  for (let row = 0; row < rows; row++) {
    const slate = Array.from({ length: POSITIONS }, () => drawn(LOGGING, rng.unit()));
    slate.forEach((item, l) => {
      const at = row * POSITIONS + l;
      log.target[at] = TARGET[item]!;
      log.reward[at] = rng.unit() < expectedAt(behaviour, slate, l) ? 1 : 0;
      // A model that knows what is above, and little of what is still to come.
      const own = APPEAL.map((_, i) => expectedAt('cascade', [...slate.slice(0, l), i], l));
      const later = 0.7 * (POSITIONS - 1 - l) * meanAppeal;
      log.model.taken[at] = own[item]! + later;
      log.model.expected[at] = own.reduce((sum, value, i) => sum + value * TARGET[i]!, later);
    });
  }
  return log;
}

const UNBIASED: Readonly<Record<Behaviour, readonly SlateEstimator[]>> = {
  independent: ['standard', 'independent', 'cascade', 'cascadeDr', 'pseudoInverse'],
  cascade: ['standard', 'cascade', 'cascadeDr'],
  standard: ['standard'],
};

test.each(['independent', 'cascade', 'standard'] as const)('buyers who act as %s', (behaviour) => {
  const values = evaluateSlates(logOf(behaviour, 40_000, 7), 0.05);
  const truth = truthOf(behaviour);
  for (const name of UNBIASED[behaviour]) {
    const { mean, standardError } = values[name]!;
    expect(Math.abs(mean - truth) / standardError, name).toBeLessThan(3.3);
  }
  if (behaviour !== 'independent') {
    const { mean, standardError } = values.independent!;
    expect(Math.abs(mean - truth) / standardError, 'independent is biased').toBeGreaterThan(5);
  }
  expect(values.cascade!.standardError).toBeLessThan(values.standard!.standardError);
  if (behaviour !== 'standard')
    expect(values.cascadeDr!.standardError).toBeLessThan(0.95 * values.cascade!.standardError);
});
