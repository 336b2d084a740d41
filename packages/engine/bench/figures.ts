/** Small arithmetic of benchmarks: medians, rounding, processor time, and the machine that it all was measured on. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** Processor time of this process so far, all threads, in microseconds. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** By a clock that all processes of the machine share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Taken before anything is kept on a core, which would hide the others. */
const CORES = availableParallelism();

/** What is measured depends on it, so each report carries it. */
export function machineFacts() {
  return {
    cores: CORES,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: rounded(totalmem() / 2 ** 30),
    node: process.version,
    /** Of the last minute: above the number of busy benchmark processes, somebody else was at work. */
    loadAverage: rounded(loadavg()[0], 2),
  };
}
