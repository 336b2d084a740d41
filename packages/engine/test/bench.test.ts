/**
 * The small sizes of the benchmarks: that each runs, that what it measured is right, and that nothing is slower than anybody could
 * bear. The figures themselves mean nothing at these sizes; docs/benchmarks.md has those.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { workerUrl } from '../src/base/worker-url.ts';

const MAIN = fileURLToPath(workerUrl(import.meta.url, '../bench/main.ts'));

async function bench(name: string): Promise<Record<string, never>> {
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, name, '--small', '--json']);
  return JSON.parse(stdout);
}

test('a benchmark that there is not is refused with those that there are', async () => {
  await expect(bench('decied')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Allowed choices are decide'),
  });
});

describe('small benchmarks', () => {
  test('decide: every answer is a decision', async () => {
    const figures = await bench('decide');
    expect(figures).toMatchObject({ bench: 'decide', listings: 2000, errors: 0 });
    expect(figures['candidates']).toBeGreaterThan(150);
    expect(figures['requests']).toBeGreaterThan(100);
    expect(figures['refused']).toBeLessThan(figures['requests'] / 2);
    expect(figures['cpuMicrosPerRequest']).toBeLessThan(20_000);
    expect(figures['p50Ms']).toBeLessThanOrEqual(figures['p99Ms']);
  });

  test('publish: models of every kind are taken in', async () => {
    const { sources, ranker, embedding } = await bench('publish');
    for (const kind of [sources, ranker, embedding]) expect(kind).toMatchObject({ stallMs: expect.any(Number) });
  });

  test('growth: the cost does not grow with the catalogue', async () => {
    const { sizes, ratio } = await bench('growth');
    expect(sizes).toMatchObject([{ listings: 500 }, { listings: 2000 }]);
    expect(ratio).toBeGreaterThan(0.1);
    expect(ratio).toBeLessThan(10);
  });

  test('assign: units go where the weights say, and take no memory', async () => {
    const { experiments } = await bench('assign');
    const [control, treatment] = experiments['plain-text']['shares'] as number[];
    expect(control + treatment).toBeCloseTo(1, 2);
    expect(control).toBeGreaterThan(0.4);
    expect(experiments['plain-number']['heapBytesPerAssignment']).toBeLessThan(20);
  });

  test('ingest: every acknowledged event is in the log, once', async () => {
    const figures = await bench('ingest');
    expect(figures).toMatchObject({ errors: 0, allInTheLog: true });
    expect(figures['acknowledged']).toBeGreaterThan(1000);
    expect(figures['inLogDistinct']).toBe(figures['acknowledged']);
  });

  test('recover: everything is folded, and a start from a checkpoint applies the rest', async () => {
    const { fold, start } = await bench('recover');
    expect(fold).toMatchObject({ folded: fold['records'] });
    expect(fold['recordsPerSecond']).toBeGreaterThan(1000);
    expect(start).toMatchObject({ listings: 1000, recordsAfterCheckpoint: 100, wholeLogApplied: true });
    expect(start['startSeconds']).toBeLessThan(60);
  });

  test('sessions: what months of them take is what the latest take', async () => {
    const { sessions, marks } = await bench('sessions');
    expect(sessions).toBe(3_000);
    const all: readonly { sessionsHeld: number; stateMiB: number }[] = marks!;
    const held = all.map(({ sessionsHeld }) => sessionsHeld);
    expect(Math.min(...held.slice(1))).toBeGreaterThan(29 * 25);
    expect(Math.max(...held)).toBeLessThan(40 * 25);
    expect(all.at(-1)!.stateMiB).toBeLessThan(1.2 * all[2]!.stateMiB);
  });

  test('analyse: both files give the effects of one experiment', async () => {
    const { oneRowAUnit, fourRowsAUnit } = await bench('analyse');
    expect(oneRowAUnit).toMatchObject({ units: 20_000 });
    expect(fourRowsAUnit).toMatchObject({ units: 5_000 });
    for (const { varianceCut, srmP } of [oneRowAUnit!, fourRowsAUnit!]) {
      expect(varianceCut).toBeGreaterThan(0.8);
      expect(srmP).toBeGreaterThan(0.01);
    }
  });

  test('off-policy: the doubly robust errs less than the model and than weights alone', async () => {
    const { results } = await bench('off-policy');
    const worlds = Object.values(results!) as Record<string, { relativeError: number }>[];
    expect(worlds).toHaveLength(3);
    for (const { dr, dm, ipw } of worlds) {
      expect(dr!.relativeError).toBeLessThan(dm!.relativeError);
      expect(dr!.relativeError).toBeLessThan(ipw!.relativeError);
    }
  });

  test('bandit: intervals of what Thompson sampling dealt cover', async () => {
    const { floors, contextual } = await bench('bandit');
    const dealt = Object.values(floors!) as { coverage: { lead: number } }[];
    expect(dealt).toHaveLength(2);
    for (const { coverage } of dealt) expect(coverage.lead).toBeGreaterThan(0.8);
    expect(contextual!['meanReward']).toBeGreaterThan(0.25);
  });

  test('experiment: no interval is far from its promise', async () => {
    const { falseAlarms, coverage } = await bench('experiment');
    for (const [name, { sequential, mixture, fixed }] of Object.entries<Record<string, number>>(falseAlarms!)) {
      expect(Math.max(sequential!, mixture!), name).toBeLessThan(0.15); // of 40
      expect(fixed, name).toBeGreaterThan(0.1);
    }
    for (const [name, found] of Object.entries<Record<string, number>>(coverage!)) {
      expect(found['coverage'], name).toBeGreaterThan(0.8);
      expect(found['widthToOracle'], name).toBeGreaterThan(0.7);
      expect(found['widthToOracle'], name).toBeLessThan(1.4);
    }
  });

  test('cuped: what the past explains is taken out', async () => {
    const { pageItemsSeen } = await bench('cuped');
    expect(pageItemsSeen!['varianceCut']).toBeGreaterThan(0);
    expect(pageItemsSeen!['coverage']).toBeGreaterThan(0.8);
  });

  test('auction: every slot is sold, in each format', async () => {
    const { microsPerAuction, won, paidMicros } = await bench('auction');
    expect(won).toBe(2 * 4 * 40 * 4);
    expect(paidMicros).toBeGreaterThan(0);
    for (const format of ['gsp', 'vcg', 'first-price']) expect(microsPerAuction[format], format).toBeLessThan(50_000);
  });

  test('learners: each ranker decides', async () => {
    const { candidates, cpuMicrosPerDecision } = await bench('learners');
    expect(candidates).toBeGreaterThan(50);
    expect(Object.keys(cpuMicrosPerDecision)).toEqual(['additive', 'deep', 'trees', 'valued', 'valuedShared']);
    for (const micros of Object.values(cpuMicrosPerDecision)) expect(micros).toBeGreaterThan(0);
  });

  test('decide-cpu: the stages are all there', async () => {
    const { microsPerDecision } = await bench('decide-cpu');
    const stages = microsPerDecision['this'];
    const names = [
      'gather',
      'retrieve',
      'filter',
      'features',
      'score',
      'auction',
      'arrange',
      'record',
      'decide',
      'engine',
      'in-brief',
    ];
    for (const name of names) expect(stages[name], name).toBeGreaterThan(0);
    expect(stages['engine']).toBeGreaterThan(stages['gather']);
  });

  test('train: any number of threads makes the same model, and it is better than the click rate', async () => {
    const { gapClosed, ece, examplesPerSecond, oneThread, twoThreads } = await bench('train');
    expect(gapClosed).toBeGreaterThan(0.1);
    expect(gapClosed).toBeLessThan(1);
    expect(oneThread['gapClosed']).toBe(gapClosed);
    expect(twoThreads['logLoss']).toBe(oneThread['logLoss']);
    expect(oneThread['logLoss']).toBeGreaterThan(oneThread['bayesLogLoss']);
    expect(ece).toBeLessThan(0.03);
    expect(examplesPerSecond).toBeGreaterThan(1000);
  });

  test('score: candidates apart score as whole examples do', async () => {
    const { medianMs, largestDifference } = await bench('score');
    expect(medianMs).toBeGreaterThan(0);
    expect(medianMs).toBeLessThan(50);
    expect(largestDifference).toBeLessThan(1e-4);
  });

  test('bias: correcting brings the model back to what all labels would have taught', async () => {
    const { position, delay, negatives } = await bench('bias');
    expect(position['ndcgTruth']).toBeGreaterThan(0.7);
    expect(delay['logLossCorrected']).toBeLessThan(1.04 * delay['logLossAllKnown']);
    expect(negatives['corrected']['meanPrediction']).toBeLessThan(2 * negatives['clickRate']);
    expect(negatives['notCorrected']['meanPrediction']).toBeGreaterThan(3 * negatives['clickRate']);
  });

  test('bias-growth: with more clicks all learn more, and most from the truth', async () => {
    const { ndcgOfRanker, simulator, harsh } = await bench('bias-growth');
    for (const sizes of [simulator, harsh]) {
      expect(sizes).toMatchObject([{ impressions: 20_000 }, { impressions: 40_000 }]);
      const [, { ndcgTruth, ndcgCorrected }] = sizes as unknown as Record<string, number>[];
      expect(ndcgCorrected).toBeGreaterThan(ndcgOfRanker!);
      expect(ndcgTruth).toBeGreaterThan(ndcgCorrected!);
    }
  });
});
