/**
 * Items of a product feed in XML, streamed: RSS 2.0 (`item`) and Atom (`entry`), elements of Google's namespace or of none;
 * `g:` is Google's where the feed forgets to say so.
 * An attribute that comes several times counts once, the first; one with elements inside (shipping, tax) is left out.
 */
import { SaxesParser } from 'saxes';
import { RialtoError } from '../base/errors.ts';
import type { Row, RowBatches } from './row.ts';

const GOOGLE = 'http://base.google.com/ns/1.0';
const ITEM_CHARACTERS_MAX = 1 << 20;

/** `bytes` are UTF-8. */
export async function* merchantXmlRows(bytes: AsyncIterable<Buffer>, path: string): RowBatches {
  const reader = new FeedReader(path);
  const decoder = new TextDecoder();
  for await (const chunk of bytes) {
    reader.write(decoder.decode(chunk, { stream: true }));
    yield reader.take();
  }
  reader.close();
  yield reader.take();
}

class FeedReader {
  readonly #path: string;
  readonly #parser = new SaxesParser({ xmlns: true, additionalNamespaces: { g: GOOGLE } });
  #ready: Row[] = [];
  #root = '';
  #items = 0;
  /** How deep inside an item: 0 outside, 1 in the item, 2 in one of its attributes. */
  #depth = 0;
  #line = 0;
  #cells: Record<string, string> = {};
  #fromGoogle = new Set<string>();
  #name = '';
  #text = '';
  #nested = false;
  #characters = 0;

  constructor(path: string) {
    this.#path = path;
    const parser = this.#parser;
    parser.on('opentag', (tag) => {
      this.#open(tag.local, tag.attributes['href']?.value, tag.attributes['rel']?.value);
    });
    parser.on('closetag', (tag) => this.#closeTag(tag.uri));
    parser.on('text', (text) => this.#add(text));
    parser.on('cdata', (text) => this.#add(text));
    parser.on('error', (error) => {
      throw new RialtoError('bad-file', `${path} is not well-formed XML: ${error.message}`, { path });
    });
  }

  write(text: string): void {
    this.#parser.write(text);
  }

  take(): readonly Row[] {
    const rows = this.#ready;
    this.#ready = [];
    return rows;
  }

  close(): void {
    this.#parser.close();
    if (this.#items > 0 || this.#root === 'rss' || this.#root === 'feed') return;
    const message = `${this.#path} is XML, but not a product feed: its root is <${this.#root}>, and no <item> or <entry> is in it`;
    throw new RialtoError('bad-file', message, { path: this.#path });
  }

  #open(local: string, href: string | undefined, rel: string | undefined): void {
    if (this.#root === '') this.#root = local;
    if (this.#depth > 0) {
      this.#depth++;
      if (this.#depth > 2) this.#nested = true;
      if (this.#depth !== 2) return;
      this.#name = local;
      this.#nested = false;
      // Atom's links carry their address as an attribute; only the plain one leads to the product.
      this.#text = local === 'link' && (rel === undefined || rel === 'alternate') ? (href ?? '') : '';
      return;
    }
    if (local !== 'item' && local !== 'entry') return;
    this.#depth = 1;
    this.#line = this.#parser.line;
    this.#cells = {};
    this.#fromGoogle.clear();
    this.#characters = 0;
  }

  #add(text: string): void {
    if (this.#depth === 0) return;
    this.#characters += text.length;
    if (this.#characters > ITEM_CHARACTERS_MAX) {
      throw new RialtoError('bad-file', `${this.#path}: the item at line ${this.#line} is longer than 1 MiB`, {
        path: this.#path,
      });
    }
    if (this.#depth === 2) this.#text += text;
  }

  #closeTag(uri: string): void {
    if (this.#depth === 0) return;
    if (this.#depth === 1) {
      this.#items++;
      this.#ready.push({ line: this.#line, cells: this.#cells });
    } else if (this.#depth === 2 && !this.#nested) this.#keep(uri === GOOGLE);
    this.#depth--;
  }

  /** Google's own element wins over one of the same name from RSS or Atom. */
  #keep(google: boolean): void {
    const text = this.#text.trim();
    const name = this.#name;
    if (text === '' || name === '__proto__') return;
    if (this.#cells[name] !== undefined && (!google || this.#fromGoogle.has(name))) return;
    this.#cells[name] = text;
    if (google) this.#fromGoogle.add(name);
  }
}
