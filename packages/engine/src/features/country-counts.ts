/**
 * How often each listing was bought from each country. A country's counts lie in pages of 16 listings, 64 bytes, made when the
 * first of them is bought from there: a decision, which asks about hundreds of listings and one country, finds a count without
 * a search, and what is never bought in a country takes next to no memory there.
 */
import { type Column, int32Column } from '../base/column.ts';
import type { SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

const PAGE_BITS = 4;
const PAGE = 1 << PAGE_BITS;

export class CountryCounts {
  /** Where the country's page of listings `PAGE · i` to `PAGE · (i + 1) − 1` starts in the pool, or -1. [countries][i] */
  readonly #pages: Column<Int32Array>[] = [];
  readonly #pool = int32Column();

  add(country: number, listing: number): void {
    while (this.#pages.length <= country) this.#pages.push(int32Column(-1));
    const pages = this.#pages[country]!;
    const page = listing >> PAGE_BITS;
    pages.resize(page + 1);
    if (pages.data[page]! < 0) pages.data[page] = this.#pool.extend(PAGE);
    this.#pool.data[pages.data[page]! + (listing & (PAGE - 1))]!++;
  }

  /** Forgets a listing in all countries. */
  clear(listing: number): void {
    const page = listing >> PAGE_BITS;
    for (const pages of this.#pages) {
      const start = page < pages.length ? pages.data[page]! : -1;
      if (start >= 0) this.#pool.data[start + (listing & (PAGE - 1))] = 0;
    }
  }

  /**
   * The counts of `listings[0..n)` into `out`. In two walks, the first for where they lie: neither has to wait for one listing's
   * memory before it asks for the next one's.
   */
  gather(country: number, listings: Int32Array, n: number, out: Int32Array): void {
    const pages = this.#pages[country];
    if (pages === undefined) return void out.fill(0, 0, n);
    const { data, length } = pages;
    for (let i = 0; i < n; i++) {
      const page = listings[i]! >> PAGE_BITS;
      out[i] = page < length ? data[page]! : -1;
    }
    const pool = this.#pool.data;
    for (let i = 0; i < n; i++) {
      const start = out[i]!;
      out[i] = start < 0 ? 0 : pool[start + (listings[i]! & (PAGE - 1))]!;
    }
  }

  save(out: SnapshotWriter, name: string): void {
    out.json(`${name}.countries`, this.#pages.length);
    this.#pages.forEach((pages, country) => {
      pages.save(out, `${name}.pages-${country}`);
    });
    this.#pool.save(out, `${name}.pool`);
  }

  load(from: SnapshotReader, name: string): void {
    const countries = from.json<number>(`${name}.countries`);
    for (let country = 0; country < countries; country++) {
      const pages = int32Column(-1);
      pages.load(from, `${name}.pages-${country}`);
      this.#pages.push(pages);
    }
    this.#pool.load(from, `${name}.pool`);
  }
}
