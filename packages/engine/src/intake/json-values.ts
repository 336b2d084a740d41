/**
 * JSON objects one after the other, streamed, wherever their lines break: those of an array, or pretty-printed ones. What stands
 * between them may be commas and the array's brackets.
 */
import { RialtoError } from '../base/errors.ts';

export interface JsonText {
  readonly text: string;
  /** Where it begins. */
  readonly line: number;
}

const LENGTH_MAX = 1 << 20;

/** Throws `bad-file` at what is no object, at one that is longer than 1 MiB, and where an object or the array is cut off. */
export async function* jsonObjects(bytes: AsyncIterable<Buffer>, path: string): AsyncGenerator<readonly JsonText[]> {
  const decoder = new TextDecoder();
  const scanner = new ObjectScanner(path);
  for await (const chunk of bytes) yield scanner.take(decoder.decode(chunk, { stream: true }));
  yield scanner.take(decoder.decode());
  scanner.end();
}

class ObjectScanner {
  readonly #path: string;
  #line = 1;
  #begin = 1;
  #depth = 0;
  /** Arrays around the objects that are still open. */
  #arrays = 0;
  #inString = false;
  #escaped = false;
  #before = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** The objects that end in this piece of text. */
  take(text: string): JsonText[] {
    const found: JsonText[] = [];
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === LF) this.#line++;
      if (this.#inString) this.#passString(code);
      else if (this.#depth === 0) {
        if (code === OPEN) from = this.#open(at);
        else if (code === ARRAY_OPEN) this.#arrays++;
        else if (code === ARRAY_CLOSE && this.#arrays > 0) this.#arrays--;
        else if (!BETWEEN.includes(text[at]!)) this.#refuse(`${JSON.stringify(text.slice(at, at + 20))} is no object`);
      } else if (code === QUOTE) this.#inString = true;
      else if (code === OPEN) this.#depth++;
      else if (code === CLOSE && --this.#depth === 0) {
        found.push({ text: this.#before + text.slice(from, at + 1), line: this.#begin });
        this.#before = '';
      }
    }
    if (this.#depth > 0) this.#before += text.slice(from);
    if (this.#before.length > LENGTH_MAX) this.#refuse(`the object of line ${this.#begin} is longer than 1 MiB`);
    return found;
  }

  end(): void {
    if (this.#depth > 0) this.#refuse(`the file ends within the object of line ${this.#begin}`);
    if (this.#arrays > 0) this.#refuse('the file ends before its array does: it may have been cut off');
  }

  #open(at: number): number {
    this.#depth = 1;
    this.#begin = this.#line;
    return at;
  }

  #passString(code: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (code === BACKSLASH) this.#escaped = true;
    else if (code === QUOTE) this.#inString = false;
  }

  #refuse(what: string): never {
    throw new RialtoError('bad-file', `${this.#path}, line ${this.#line}: ${what}`, {
      path: this.#path,
      line: this.#line,
    });
  }
}

const LF = 10;
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;
const ARRAY_OPEN = 91;
const ARRAY_CLOSE = 93;
const BETWEEN = ' \t\r\n,';
