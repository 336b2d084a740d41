/**
 * A query's words looked up in the dictionary: each word becomes a group of alternative terms, any of which matches it.
 * A word that no listing has is tried as a prefix if it is the last one (the buyer is still typing), then with one edit.
 * Groups are ordered from the rarest to the most frequent. One object is used again for every query.
 *
 * Weight of a group: BM25's idf, ln(1 + (N − df + ½) / (df + ½)), less for a guess; a word that stays unknown has df 0.
 */
import type { TextDictionary } from './text-dictionary.ts';
import type { Word } from './text-tokens.ts';

export const GROUPS_MAX = 12;
const TERMS_MAX = 96;
const GUESSES_MAX = 4;
const PREFIX_WEIGHT = 0.8;
const TYPO_WEIGHT = 0.6;
const TYPO_LENGTH_MIN = 5;
const TYPO_LENGTH_MAX = 32;

/** How many listings have a term now. */
export type CountOf = (term: number) => number;

export class TextQuery {
  readonly terms = new Int32Array(TERMS_MAX); // [terms]
  readonly groupOf = new Uint8Array(TERMS_MAX); // [terms]
  termCount = 0;
  /** Distinct words of the query. */
  groupCount = 0;
  readonly frequencies = new Float64Array(GROUPS_MAX); // [groups]
  readonly weights = new Float64Array(GROUPS_MAX); // [groups]
  /** Groups from the rarest to the most frequent; those that no listing matches are left out. */
  readonly order = new Uint8Array(GROUPS_MAX); // [known]
  knownCount = 0;
  /** What a listing that matches every group as well as can be sums up to. */
  bestSum = 0;

  readonly #guesses = new Int32Array(GUESSES_MAX);
  readonly #guessCounts = new Int32Array(GUESSES_MAX);
  #guessCount = 0;

  /** `total` is the number of listings that have any term, `bestShare` what the best match of a word gets of its weight. */
  resolve(
    words: readonly Word[],
    dictionary: TextDictionary,
    countOf: CountOf,
    total: number,
    bestShare: number,
  ): void {
    this.termCount = 0;
    this.groupCount = 0;
    this.knownCount = 0;
    const last = words.length - 1;
    for (let i = 0; i <= last && this.groupCount < GROUPS_MAX; i++) {
      if (this.#isRepeated(words, i)) continue;
      this.#addGroup(words[i]!, i === last, dictionary, countOf, total);
    }
    this.#sort();
    this.bestSum = 0;
    for (let group = 0; group < this.groupCount; group++) this.bestSum += this.weights[group]! * bestShare;
  }

  #isRepeated(words: readonly Word[], at: number): boolean {
    for (let i = 0; i < at; i++) if (words[i]!.stem === words[at]!.stem) return true;
    return false;
  }

  #addGroup(word: Word, isLast: boolean, dictionary: TextDictionary, countOf: CountOf, total: number): void {
    const group = this.groupCount++;
    this.frequencies[group] = 0;
    const add = (term: number): void => this.#addTerm(group, term, countOf(term));
    let trust = 1;
    dictionary.visitStems(word, add);
    if (isLast && this.frequencies[group] === 0) {
      trust = PREFIX_WEIGHT;
      this.#guess(dictionary, countOf, add, (visit) => dictionary.visitPrefixed(word.surface, visit));
    }
    const { length } = word.surface;
    if (
      this.frequencies[group] === 0 &&
      length >= TYPO_LENGTH_MIN &&
      length <= TYPO_LENGTH_MAX &&
      !/\d/.test(word.surface)
    ) {
      trust = TYPO_WEIGHT;
      this.#guess(dictionary, countOf, add, (visit) => dictionary.visitOneEdit(word.surface, visit));
    }
    const frequency = Math.min(this.frequencies[group]!, total);
    if (frequency === 0) trust = 1;
    this.weights[group] = trust * Math.log(1 + (total - frequency + 0.5) / (frequency + 0.5));
    if (frequency > 0) this.order[this.knownCount++] = group;
  }

  #addTerm(group: number, term: number, count: number): void {
    if (count === 0 || this.termCount >= TERMS_MAX) return;
    for (let i = 0; i < this.termCount; i++) if (this.terms[i] === term && this.groupOf[i] === group) return;
    this.terms[this.termCount] = term;
    this.groupOf[this.termCount] = group;
    this.termCount++;
    this.frequencies[group]! += count;
  }

  /** Takes the surfaces that the most listings have by their stems; of equals those met first. */
  #guess(
    dictionary: TextDictionary,
    countOf: CountOf,
    add: (term: number) => void,
    visitSurfaces: (visit: (surface: number) => void) => void,
  ): void {
    this.#guessCount = 0;
    visitSurfaces((surface) => {
      let count = 0;
      dictionary.visitStemsOf(surface, (stem) => {
        count += countOf(stem);
      });
      if (count > 0) this.#insertGuess(surface, count);
    });
    for (let i = 0; i < this.#guessCount; i++) dictionary.visitStemsOf(this.#guesses[i]!, add);
  }

  #insertGuess(surface: number, count: number): void {
    for (let i = 0; i < this.#guessCount; i++) if (this.#guesses[i] === surface) return;
    let at = this.#guessCount;
    while (at > 0 && this.#guessCounts[at - 1]! < count) at--;
    if (at >= GUESSES_MAX) return;
    this.#guesses.copyWithin(at + 1, at, GUESSES_MAX - 1);
    this.#guessCounts.copyWithin(at + 1, at, GUESSES_MAX - 1);
    this.#guesses[at] = surface;
    this.#guessCounts[at] = count;
    this.#guessCount = Math.min(this.#guessCount + 1, GUESSES_MAX);
  }

  #sort(): void {
    for (let i = 1; i < this.knownCount; i++) {
      const group = this.order[i]!;
      let at = i;
      for (; at > 0 && this.frequencies[this.order[at - 1]!]! > this.frequencies[group]!; at--) {
        this.order[at] = this.order[at - 1]!;
      }
      this.order[at] = group;
    }
  }
}
