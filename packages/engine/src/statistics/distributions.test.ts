import { expect, test } from 'vitest';
import {
  betaCdf,
  betaQuantile,
  chiSquareTail,
  normalQuantile,
  normalTail,
  studentQuantile,
  studentTwoSided,
} from './distributions.ts';
import { logGamma } from './gamma-functions.ts';

/** Expected values: scipy.special.gammaln and scipy.stats 1.17.1. */
const CASES: readonly (readonly [name: string, ours: () => number, scipy: number])[] = [
  ['gammaln(.1)', () => logGamma(0.1), 2.25271265173],
  ['gammaln(100.5)', () => logGamma(100.5), 361.435540471],
  ['norm.sf(.5)', () => normalTail(0.5), 0.3085375387259869],
  ['norm.sf(8)', () => normalTail(8), 6.22096057427174e-16],
  ['norm.ppf(1e-9)', () => normalQuantile(1e-9), -5.9978070150076865],
  ['norm.ppf(.025)', () => normalQuantile(0.025), -1.9599639845400545],
  ['norm.ppf(.999)', () => normalQuantile(0.999), 3.090232306167813],
  ['2 t.sf(2.1, 3)', () => studentTwoSided(2.1, 3), 0.1265652025496846],
  ['2 t.sf(6, 40)', () => studentTwoSided(6, 40), 4.7264551327881806e-7],
  ['t.ppf(.975, 1)', () => studentQuantile(0.975, 1), 12.706204736174694],
  ['t.ppf(.975, 7.3)', () => studentQuantile(0.975, 7.3), 2.345066736547703],
  ['t.ppf(.995, 120)', () => studentQuantile(0.995, 120), 2.6174211451068654],
  ['t.ppf(.6, 4)', () => studentQuantile(0.6, 4), 0.2707222947075976],
  ['t.ppf(.4, 4)', () => studentQuantile(0.4, 4), -0.2707222947075976],
  ['chi2.sf(6.9, 1)', () => chiSquareTail(6.9, 1), 0.008619574960601723],
  ['chi2.sf(20, 9)', () => chiSquareTail(20, 9), 0.017912404529843298],
  ['chi2.sf(150, 100)', () => chiSquareTail(150, 100), 0.0009039320423540184],
  ['beta.cdf(.3, 2, 5)', () => betaCdf(0.3, 2, 5), 0.579825],
  ['beta.cdf(.19, 8500, 36200)', () => betaCdf(0.19, 8500, 36200), 0.4673641299337563],
  ['beta.ppf(.025, 3, 7)', () => betaQuantile(0.025, 3, 7), 0.07485463141969183],
  ['beta.ppf(.975, 120, 880)', () => betaQuantile(0.975, 120, 880), 0.14083660900075176],
  ['beta.ppf(.5, .4, 2)', () => betaQuantile(0.5, 0.4, 2), 0.08081036369854586],
];

test.each(CASES)('%s as scipy has it', (_, ours, scipy) => {
  expect(Math.abs(ours() / scipy - 1)).toBeLessThan(1e-9);
});
