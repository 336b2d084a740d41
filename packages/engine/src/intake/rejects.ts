/** The rows that were not taken in: counted by reason, and written as JSON lines that say line, reason, message and row. */
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Refusal } from './refusal.ts';
import type { Row } from './row.ts';

const BUFFER_CHARACTERS = 64 * 1024;

export class Rejects {
  readonly path: string;
  readonly byReason = new Map<string, number>();
  #total = 0;
  #file: number | undefined;
  #buffer = '';

  /** A rejects file of an earlier run at `path` goes: the new run writes its own, or none. */
  constructor(path: string) {
    this.path = path;
    rmSync(path, { force: true });
  }

  get total(): number {
    return this.#total;
  }

  add(row: Pick<Row, 'line' | 'cells' | 'raw'>, refusal: Refusal): undefined {
    this.#total++;
    this.byReason.set(refusal.reason, (this.byReason.get(refusal.reason) ?? 0) + 1);
    const entry = { line: row.line, reason: refusal.reason, message: refusal.message, row: row.raw ?? row.cells };
    this.#buffer += `${JSON.stringify(entry)}\n`;
    if (this.#buffer.length > BUFFER_CHARACTERS) this.#flush();
  }

  close(): void {
    if (this.#buffer !== '') this.#flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #flush(): void {
    if (this.#file === undefined) {
      mkdirSync(dirname(this.path), { recursive: true });
      this.#file = openSync(this.path, 'w');
    }
    writeSync(this.#file, this.#buffer);
    this.#buffer = '';
  }
}
