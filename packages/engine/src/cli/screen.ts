/**
 * A view drawn in place. It is written in one piece, from the top corner, each line cleared from its end and the screen from
 * the last line, so nothing flickers; on the terminal's other screen, so that what was there before comes back at the end.
 */
import { stripVTControlCharacters } from 'node:util';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[?25h\x1b[?1049l';
/** Terminals that know the first and last of these show all that is between at once; the others ignore them. */
const FRAME_START = '\x1b[?2026h\x1b[H';
const FRAME_END = '\x1b[J\x1b[?2026l';

const ESCAPE = '\x1b';
const COLOUR = new RegExp(`(${ESCAPE}\\[[0-9;]*m)`);

/** One frame as it is written. Lines are cut to what the terminal holds. */
export function frame(lines: readonly string[], columns: number, rows: number): string {
  const shown = lines.slice(0, rows).map((line) => `${fitted(line, columns)}\x1b[K`);
  return `${FRAME_START}${shown.join('\r\n')}${FRAME_END}`;
}

/** Cuts a line at `columns` characters on screen; its colours take no room and are ended. */
export function fitted(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line;
  let left = Math.max(0, columns - 1);
  let out = '';
  for (const part of line.split(COLOUR)) {
    if (part.startsWith(ESCAPE)) out += part;
    else {
      out += part.slice(0, left);
      left -= Math.min(left, part.length);
    }
  }
  return `${out}…`;
}

export class Screen {
  readonly #out: NodeJS.WriteStream;
  #open = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  get columns(): number {
    return this.#out.columns || 80;
  }

  get rows(): number {
    return this.#out.rows || 24;
  }

  draw(lines: readonly string[]): void {
    // A terminal that is slower than the view gets fewer frames, not older ones.
    if (this.#out.writableNeedDrain) return;
    const start = this.#open ? '' : ENTER;
    this.#open = true;
    this.#out.write(start + frame(lines, this.columns, this.rows));
  }

  close(): void {
    if (this.#open) this.#out.write(LEAVE);
    this.#open = false;
  }
}
