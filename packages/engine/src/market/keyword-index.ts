/**
 * Keywords of campaigns, found by the words of a query: which keywords does it match, which campaigns have them, at which bid.
 *
 * All keywords lie in one trie of words. A node is a sequence of words; `exact` and `phrase` keywords are at the node of their
 * words as they stand, `broad` ones at the node of their distinct words in the order of the words' numbers. So a query of n
 * words finds exact and phrase keywords by walking down from each of its words, and broad ones by trying which subsets of
 * its sorted words the trie has: only paths that some keyword takes are followed, at most WALKS_MAX of them, and at most HITS_MAX keywords are taken. (All
 * subsets of nine words are fewer: only a longer query that hundreds of different keywords fit can miss some.)
 *
 * Words come in as data, analysed by whoever puts the campaign; a query must be analysed the same way.
 */
import { int32Column, uint8Column } from '../base/column.ts';
import { IntLists } from '../base/int-lists.ts';
import { Interner } from '../base/interner.ts';
import { PairIndex } from '../base/pair-index.ts';
import type { Part, SnapshotReader, SnapshotWriter } from '../base/snapshot.ts';

export const KEYWORD_MATCHES = ['exact', 'phrase', 'broad'] as const;
type Match = (typeof KEYWORD_MATCHES)[number];

export interface KeywordWords {
  readonly words: readonly string[];
  readonly match: Match;
  /** The campaign's own bid where absent. */
  readonly bidMicros?: number;
}

/** A keyword's number is MATCHES × its node + its match. */
const MATCHES = KEYWORD_MATCHES.length;
const EXACT = 0;
const PHRASE = 1;
const BROAD = 2;
/** Keyword, and the two halves of its bid; the upper one is -1 where it has none. */
const CELLS = 3;
const HALF = 2 ** 26;
const WALKS_MAX = 4_096;
const HITS_MAX = 512;

/** The keywords that a query matches, the most specific first: exact, phrase, broad, and of these the longer first. */
export class KeywordHits {
  readonly keywords = new Int32Array(HITS_MAX);
  /** Equal for keywords that are equally specific. */
  readonly ranks = new Int32Array(HITS_MAX);
  size = 0;
}

export class KeywordIndex implements Part {
  readonly #words = new Interner('keywords.words');
  /** (node, word) → the node behind it. Node 0 is the empty sequence. */
  readonly #edges = new PairIndex();
  readonly #depth = uint8Column();
  /** [keywords]: campaigns that have it, as a keyword or a negative one. */
  readonly #uses = int32Column();
  /** [keywords]: campaigns that have it as a keyword, ascending. */
  readonly #campaigns = new IntLists();
  /** [campaigns]: cells by keyword, ascending. */
  readonly #keywords = new IntLists();
  /** [campaigns]: keywords, ascending. */
  readonly #negatives = new IntLists();
  // Scratch.
  #sorted = new Int32Array(64);
  #walks = 0;

  constructor() {
    this.#newNode(0);
  }

  /** Replaces the keywords of a campaign. Of two with the same words and match the higher bid counts. */
  put(campaign: number, keywords: readonly KeywordWords[], negatives: readonly KeywordWords[]): void {
    this.#clear(campaign);
    const bids = new Map<number, number>();
    for (const keyword of keywords) {
      if (keyword.words.length === 0) continue;
      const id = this.#intern(keyword);
      bids.set(id, Math.max(bids.get(id) ?? -1, keyword.bidMicros ?? -1));
    }
    const sorted = [...bids.keys()].sort((a, b) => a - b);
    const cells = Int32Array.from(sorted.flatMap((id) => cellsOf(id, bids.get(id)!)));
    this.#keywords.set(campaign, cells, cells.length);
    for (const id of sorted) {
      this.#uses.data[id]!++;
      this.#campaigns.insert(id, campaign);
    }
    const ruledOut = new Set(negatives.filter(({ words }) => words.length > 0).map((keyword) => this.#intern(keyword)));
    const ids = Int32Array.from([...ruledOut].sort((a, b) => a - b));
    this.#negatives.set(campaign, ids, ids.length);
    for (const id of ids) this.#uses.data[id]!++;
  }

  #clear(campaign: number): void {
    if (campaign >= this.#keywords.rows) {
      this.#keywords.reserve(campaign + 1);
      this.#negatives.reserve(campaign + 1);
      return;
    }
    const before = this.#keywords.view(campaign);
    for (let i = 0; i < before.length; i += CELLS) {
      this.#uses.data[before[i]!]!--;
      this.#campaigns.remove(before[i]!, campaign);
    }
    for (const id of this.#negatives.view(campaign)) this.#uses.data[id]!--;
  }

  #intern({ words, match }: KeywordWords): number {
    let ids = words.map((word) => this.#words.intern(word));
    if (match === 'broad') ids = [...new Set(ids)].sort((a, b) => a - b);
    let node = 0;
    for (const word of ids) {
      const next = this.#edges.find(node, word);
      if (next >= 0) {
        node = next;
        continue;
      }
      const made = this.#newNode(Math.min(255, this.#depth.data[node]! + 1));
      this.#edges.add(node, word, made);
      node = made;
    }
    return MATCHES * node + KEYWORD_MATCHES.indexOf(match);
  }

  #newNode(depth: number): number {
    const node = this.#depth.push(depth);
    this.#uses.resize(MATCHES * (node + 1));
    this.#campaigns.reserve(MATCHES * (node + 1));
    return node;
  }

  /** Whether no campaign ever had a keyword: then queries need not be analysed. */
  get empty(): boolean {
    return this.#depth.length === 1;
  }

  /** Fills `hits` with the keywords that some campaign has, as one or as a negative one, and that the words match. */
  match(words: readonly string[], hits: KeywordHits): void {
    hits.size = 0;
    if (words.length === 0 || this.empty) return;
    const ids = words.map((word) => this.#words.find(word));
    for (let from = 0; from < ids.length; from++) this.#walkPhrases(ids, from, hits);
    this.#sorted = Int32Array.from(new Set(ids.filter((id) => id >= 0))).sort();
    this.#walks = 0;
    this.#walkSubsets(0, 0, hits);
    sortByRank(hits);
  }

  #walkPhrases(ids: readonly number[], from: number, hits: KeywordHits): void {
    let node = 0;
    for (let to = from; to < ids.length && ids[to]! >= 0; to++) {
      node = this.#edges.find(node, ids[to]!);
      if (node < 0) return;
      this.#hit(node, PHRASE, hits);
      if (from === 0 && to === ids.length - 1) this.#hit(node, EXACT, hits);
    }
  }

  #walkSubsets(node: number, from: number, hits: KeywordHits): void {
    for (let i = from; i < this.#sorted.length && this.#walks < WALKS_MAX; i++) {
      this.#walks++;
      const next = this.#edges.find(node, this.#sorted[i]!);
      if (next < 0) continue;
      this.#hit(next, BROAD, hits);
      this.#walkSubsets(next, i + 1, hits);
    }
  }

  #hit(node: number, match: number, hits: KeywordHits): void {
    const keyword = MATCHES * node + match;
    if (this.#uses.data[keyword] === 0 || hits.size === HITS_MAX) return;
    // A phrase that a query repeats is met twice.
    for (let i = 0; match === PHRASE && i < hits.size; i++) if (hits.keywords[i] === keyword) return;
    hits.keywords[hits.size] = keyword;
    hits.ranks[hits.size++] = 256 * match + 255 - this.#depth.data[node]!;
  }

  /** The place in `hits` of the campaign's most specific keyword, of equals that with the highest bid; -1 for none. */
  bestHit(campaign: number, hits: KeywordHits, bidMicros: number): number {
    let best = -1;
    let bestBid = 0;
    for (let i = 0; i < hits.size; i++) {
      if (best >= 0 && hits.ranks[i] !== hits.ranks[best]) return best;
      const at = this.#find(campaign, hits.keywords[i]!);
      if (at < 0) continue;
      const bid = this.#bidAt(at) ?? bidMicros;
      if (best >= 0 && bid <= bestBid) continue;
      best = i;
      bestBid = bid;
    }
    return best;
  }

  /** What the campaign bids on a keyword that it has: the keyword's bid, or else `bidMicros`. */
  bidMicros(campaign: number, keyword: number, bidMicros: number): number {
    const at = this.#find(campaign, keyword);
    return at < 0 ? bidMicros : (this.#bidAt(at) ?? bidMicros);
  }

  /** Whether a negative keyword of the campaign is among the hits. */
  rulesOut(campaign: number, hits: KeywordHits): boolean {
    if (campaign >= this.#negatives.rows || this.#negatives.lengths[campaign] === 0) return false;
    const { cells, starts, lengths } = this.#negatives;
    const end = starts[campaign]! + lengths[campaign]!;
    for (let i = 0; i < hits.size; i++) {
      const at = starts[campaign]! + this.#negatives.lowerBound(campaign, hits.keywords[i]!);
      if (at < end && cells[at] === hits.keywords[i]) return true;
    }
    return false;
  }

  /** Campaigns that have the keyword, ascending; a view that the next change makes invalid. */
  campaignsOf(keyword: number): Int32Array {
    return this.#campaigns.view(keyword);
  }

  /** Where the cells of a campaign's keyword are, or -1. */
  #find(campaign: number, keyword: number): number {
    if (campaign >= this.#keywords.rows) return -1;
    const { cells, starts, lengths } = this.#keywords;
    const start = starts[campaign]!;
    let low = 0;
    for (let high = lengths[campaign]! / CELLS; low < high; ) {
      const middle = (low + high) >> 1;
      if (cells[start + CELLS * middle]! < keyword) low = middle + 1;
      else high = middle;
    }
    const at = start + CELLS * low;
    return CELLS * low < lengths[campaign]! && cells[at] === keyword ? at : -1;
  }

  #bidAt(at: number): number | undefined {
    const { cells } = this.#keywords;
    return cells[at + 1]! < 0 ? undefined : cells[at + 1]! * HALF + cells[at + 2]!;
  }

  save(out: SnapshotWriter): void {
    this.#words.save(out);
    this.#edges.save(out, 'keywords.edges');
    this.#depth.save(out, 'keywords.depth');
    this.#uses.save(out, 'keywords.uses');
    this.#campaigns.save(out, 'keywords.campaigns');
    this.#keywords.save(out, 'keywords.of-campaign');
    this.#negatives.save(out, 'keywords.negatives');
  }

  load(from: SnapshotReader): void {
    this.#words.load(from);
    this.#edges.load(from, 'keywords.edges');
    this.#depth.load(from, 'keywords.depth');
    this.#uses.load(from, 'keywords.uses');
    this.#campaigns.load(from, 'keywords.campaigns');
    this.#keywords.load(from, 'keywords.of-campaign');
    this.#negatives.load(from, 'keywords.negatives');
  }
}

function cellsOf(keyword: number, bidMicros: number): [number, number, number] {
  return bidMicros < 0 ? [keyword, -1, 0] : [keyword, Math.floor(bidMicros / HALF), bidMicros % HALF];
}

/** Insertion sort: hits are few. Of equal ranks the first met stays first. */
function sortByRank({ keywords, ranks, size }: KeywordHits): void {
  for (let i = 1; i < size; i++) {
    const keyword = keywords[i]!;
    const rank = ranks[i]!;
    let at = i;
    for (; at > 0 && ranks[at - 1]! > rank; at--) {
      keywords[at] = keywords[at - 1]!;
      ranks[at] = ranks[at - 1]!;
    }
    keywords[at] = keyword;
    ranks[at] = rank;
  }
}
