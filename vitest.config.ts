import { statfsSync } from 'node:fs';
import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const TESTS = ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'examples/**/*.test.ts'];

/** What a crash, a full disk or an attack leaves behind: on the disk that other programs have. */
const ON_DISK = [
  'packages/engine/src/log/*.test.ts',
  'packages/engine/test/{attack,checkpoint-recovery,full-disk,kill,model-kill}.test.ts',
];

/** The longest, in order: they begin first, so that the others fill up what time they leave. */
const LONGEST = [
  'kill.test.ts',
  'bench.test.ts',
  'decisions-again.test.ts',
  'online-retail.test.ts',
  'checkpoint-recovery.test.ts',
  'attack.test.ts',
  'money-promises.test.ts',
  'market-run.test.ts',
  'simulation.test.ts',
  'budget-split-live.test.ts',
  'outcome-check.test.ts',
  'command-line.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.indexOf(basename(moduleId));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

const MEMORY = '/dev/shm';
const MEMORY_BYTES_MIN = 2 ** 31;

/** Most tests write logs that nobody looks for after a crash, and would wait for the disk at each tick of a simulation. */
function inMemory(): { env?: { TMPDIR: string } } {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize < MEMORY_BYTES_MIN ? {} : { env: { TMPDIR: MEMORY } };
  } catch {
    return {};
  }
}

export default defineConfig({
  test: {
    // Against what hangs, not what is slow: a busy machine takes ten times as long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: 'disk', include: ON_DISK } },
      { extends: true, test: { name: 'others', include: TESTS, exclude: ON_DISK, ...inMemory() } },
    ],
  },
});
