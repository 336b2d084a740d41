/** How a benchmark tells what it found: one JSON object, or lines for people. Progress goes to standard error. */
import { cpus, loadavg } from 'node:os';

export type Figures = Readonly<Record<string, number | string | boolean>>;

/** What the figures were measured on. */
export function machine(): Figures {
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    loadBefore: Number(loadavg()[0]!.toFixed(2)),
  };
}

export function print(name: string, figures: Figures, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    return;
  }
  process.stdout.write(
    `${name}\n${Object.entries(figures)
      .map(([key, value]) => `  ${key.padEnd(22)}${value}\n`)
      .join('')}`,
  );
}

export function progress(what: string, done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${what}: ${done} of ${all}`);
}

export const rounded = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** The value below which a share of `sorted` lies. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

export function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
