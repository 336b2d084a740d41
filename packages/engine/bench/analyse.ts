/**
 * The analysis of a large experiment from Parquet: exposures with ten metrics and a covariate of each, by `rialto experiment analyse`
 * in a process of its own, whose time, processor time and peak of memory are measured. Once with a row for each unit, once with four.
 */
import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Bench, BenchOptions, Figures } from './bench.ts';
import { machineFacts, rounded } from './figures.ts';
import { withTemporaryDirectory } from './temporary.ts';

const METRICS = 10;
const EXPOSURES = 20_000_000;
const SMALL = 20_000;
const CLI = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const POLL_MS = 100;
/** Linux counts processor time in hundredths of a second. */
const TICKS = 100;

interface Usage {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakGiB: number;
  readonly result: AnalysedMetrics;
}

interface AnalysedMetrics {
  readonly srm: { readonly p: number };
  readonly metrics: readonly {
    readonly varianceCut: number;
    readonly effects: readonly { readonly relative: number; readonly p: number }[];
  }[];
}

export const analyseBench: Bench = async ({ small, say }: BenchOptions): Promise<Figures> => {
  const exposures = small ? SMALL : EXPOSURES;
  return withTemporaryDirectory(async (directory) => {
    const runs: Record<string, unknown> = {};
    for (const rowsAUnit of [1, 4]) {
      const path = join(directory, `exposures-${rowsAUnit}.parquet`);
      say(`writing ${exposures} exposures, ${rowsAUnit} a unit`);
      await writeExposures(path, exposures, rowsAUnit);
      say(`analysing ${rounded(statSync(path).size / 2 ** 30, 2)} GiB`);
      const { result, seconds, cpuSeconds, peakGiB } = await analyse(path);
      const effects = result.metrics.map(({ effects: [effect] }) => effect!);
      runs[rowsAUnit === 1 ? 'oneRowAUnit' : 'fourRowsAUnit'] = {
        units: exposures / rowsAUnit,
        seconds: rounded(seconds),
        cpuSeconds: rounded(cpuSeconds),
        peakGiB: rounded(peakGiB, 2),
        srmP: result.srm.p,
        varianceCut: rounded(result.metrics[0]!.varianceCut, 3),
        firstEffect: effects[0],
      };
    }
    return { exposures, metrics: METRICS, ...runs, machine: machineFacts() };
  });
};

/** A metric is its covariate times noise; the treatment multiplies the first by 1.01. The seed is fixed by the hashes. */
async function writeExposures(path: string, exposures: number, rowsAUnit: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '2GB' });
  const connection = await instance.connect();
  const unit = `(i // ${rowsAUnit})`;
  const noise = (salt: number, of: string): string => `(hash(${of} * 31 + ${salt}) / 18446744073709551616.0)`;
  const columns = Array.from({ length: METRICS }, (_, k) => {
    const before = `round(-10 * ln(1 - 0.999999 * ${noise(k, unit)}), 2)`;
    const lift = k === 0 ? `CASE WHEN ${noise(11, unit)} < 0.5 THEN 1.01 ELSE 1 END` : '1';
    return `${before} AS before_${k}, round(${lift} * ${before} * (0.5 + ${noise(k + 100, 'i')}), 2) AS metric_${k}`;
  });
  await connection.run(
    `COPY (SELECT 'user-' || ${unit} AS user_id, CASE WHEN ${noise(11, unit)} < 0.5 THEN 'treatment' ELSE 'control' END AS variant, ${columns.join(', ')} FROM range(${exposures}) AS rows(i)) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
}

async function analyse(path: string): Promise<Usage> {
  const metrics = Array.from({ length: METRICS }, (_, k) => [
    '--metric',
    `metric ${k}:kind=mean,num=metric_${k},covariate=before_${k}`,
  ]).flat();
  const args = ['experiment', 'analyse', '--data', path, '--unit', 'user_id', '--variant', 'variant'];
  const startedAt = performance.now();
  const child = spawn(process.execPath, [CLI, ...args, '--control', 'control', ...metrics, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += String(chunk)));
  let [peakKiB, ticks] = [0, 0];
  const poll = setInterval(() => {
    peakKiB = Math.max(peakKiB, peakOf(child.pid!) ?? 0);
    ticks = Math.max(ticks, ticksOf(child.pid!) ?? 0);
  }, POLL_MS);
  const code = await new Promise<number | null>((done) => child.on('close', done));
  clearInterval(poll);
  if (code !== 0) throw new Error(`the analysis ended with ${code}`);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { seconds, cpuSeconds: ticks / TICKS, peakGiB: peakKiB / 2 ** 20, result: JSON.parse(printed) };
}

/** Peak of resident memory in KiB; undefined where the system does not tell. */
function peakOf(pid: number): number | undefined {
  const found = /VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`));
  return found === null ? undefined : Number(found[1]);
}

/** Of user and system time, of all threads. */
function ticksOf(pid: number): number | undefined {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /, '')
    .split(' ');
  return fields.length > 12 ? Number(fields[11]) + Number(fields[12]) : undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has ended, or this is no Linux
  }
}
