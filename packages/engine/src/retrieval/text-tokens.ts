/**
 * Text as words to search by. A word has a surface (lower-case, without diacritics: "Häuser" → "hauser") and a stem by the
 * text's own language ("haus"). Listings are indexed by stem; `text-dictionary.ts` remembers which surfaces led to which
 * stems, so that a query in another language still finds them.
 *
 * Steps: NFKC and lower case; split into runs of letters and digits; runs in scripts that do not put spaces between words
 * (Chinese, Japanese, Thai, …) go through ICU's word segmenter; elided articles ("l'amour") and possessives ("women's")
 * lose their short half; short stop words go unless nothing else is left. A word with a digit in it is a code or a size: never stemmed.
 *
 * The output depends on nothing but the arguments. The segmenter's dictionaries are those of the Node that runs.
 */
import { languageCode, textLanguage } from './text-languages.ts';

export interface Word {
  readonly surface: string;
  readonly stem: string;
}

/** What a text has beyond these is not searched: titles are far below, and a longer text would only cost. */
const TEXT_LENGTH_MAX = 8192;
const WORDS_MAX = 256;
const WORD_LENGTH_MAX = 64;

const ASCII_RUN = /\d+(?:\.\d+)+[a-z]*|[a-z0-9]+(?:'[a-z]+)?/g;
const RUN = /\p{Nd}+(?:\.\p{Nd}+)+\p{L}*|[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:'[\p{L}\p{M}]+)?/gu;
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** The segmenter's dictionary has compounds ("東京タワー"); a change into or out of Katakana ends a word all the same. */
const KATAKANA_OR_NOT = /[\p{Script=Katakana}ー]+|[^\p{Script=Katakana}ー]+/gu;
const INVISIBLE = /\u00ad|\u200c|\u200d|\u2060|\ufeff/g;
const APOSTROPHES = /[\u2019\u02bc\u02b9\u00b4]/g;
const NOT_ASCII = /\P{ASCII}/u;

/** Marks that a buyer may leave out: accents, Hebrew points, Arabic vowels. Those that make another letter (Japanese, Indic) stay. */
const OPTIONAL_MARKS =
  /(?:[\u0300-\u036f]|[\u0483-\u0487]|[\u0591-\u05c7]|[\u0610-\u061a]|\u0640|[\u064b-\u065f]|\u0670|[\u06d6-\u06ed]|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\u20d0-\u20ff]|[\ufe00-\ufe0f])+/g;
const LETTERS = new Map(
  Object.entries({ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ł: 'l', þ: 'th', ð: 'd', ı: 'i', ς: 'σ' }),
);
const LETTER = /[ßæœøđłþðıς]/g;

const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

function fold(word: string): string {
  const plain = word.normalize('NFD').replace(OPTIONAL_MARKS, '').normalize('NFC');
  return plain.replace(LETTER, (letter) => LETTERS.get(letter)!);
}

/** "l'amour" → "amour", "women's" → "women", "м'яч" → "мяч". */
function withoutApostrophe(run: string, stopWords: ReadonlySet<string>): string {
  const at = run.indexOf("'");
  if (at < 0) return run;
  const before = run.slice(0, at);
  const after = run.slice(at + 1);
  if (after.length <= 2) return /^[a-z]/.test(before) ? before : before + after;
  if (/^[a-z]/.test(before) && (before.length <= 2 || stopWords.has(before))) return after;
  return before + after;
}

/** Kept apart from a `Word`, since a text of stop words alone is searched by them. */
interface Analysed {
  readonly word: Word;
  readonly stop: boolean;
}

function analyse(run: string, code: string): Analysed {
  const { stopWords, stemmer } = textLanguage(code);
  const bare = withoutApostrophe(run, stopWords).normalize('NFC');
  const surface = fold(bare);
  const stop = surface === '' || stopWords.has(run) || stopWords.has(bare);
  const stemmed = stemmer !== undefined && surface.length >= 3 && !/\d/.test(surface);
  const stem = stemmed ? fold(stemmer.stem(bare)) : surface;
  return { word: { surface, stem: stem === '' ? surface : stem }, stop };
}

/**
 * Analysed runs of one language. Two generations: when the young one is full it becomes the old one and the old one goes,
 * so that words in use stay and memory is bounded. What it returns does not depend on what it holds.
 */
class AnalysisCache {
  static readonly #generationSize = 65_536;
  readonly #code: string;
  #young = new Map<string, Analysed>();
  #old = new Map<string, Analysed>();

  constructor(code: string) {
    this.#code = code;
  }

  get(run: string): Analysed {
    const young = this.#young.get(run);
    if (young !== undefined) return young;
    const analysed = this.#old.get(run) ?? analyse(run, this.#code);
    if (this.#young.size >= AnalysisCache.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(run, analysed);
    return analysed;
  }
}

const caches = new Map<string, AnalysisCache>(); // one a known language, of which there are about seventy

function cacheOf(language: string): AnalysisCache {
  const code = languageCode(language);
  let cache = caches.get(code);
  if (cache === undefined) {
    cache = new AnalysisCache(code);
    caches.set(code, cache);
  }
  return cache;
}

function cut(run: string): string {
  if (run.length <= WORD_LENGTH_MAX) return run;
  const whole = run.charCodeAt(WORD_LENGTH_MAX - 1) >> 10 !== 0x36; // not the first half of a surrogate pair
  return run.slice(0, whole ? WORD_LENGTH_MAX : WORD_LENGTH_MAX - 1);
}

function runsOfAnyScript(text: string): string[] {
  const plain = text.normalize('NFKC').toLowerCase().replace(INVISIBLE, '').replace(APOSTROPHES, "'");
  const runs: string[] = [];
  for (const run of plain.match(RUN) ?? []) {
    if (runs.length >= WORDS_MAX) break;
    if (!UNSPACED.test(run)) {
      runs.push(run);
      continue;
    }
    for (const { segment, isWordLike } of segmenter.segment(run)) {
      if (isWordLike) runs.push(...segment.match(KATAKANA_OR_NOT)!);
    }
  }
  return runs;
}

/** The words of a text in a BCP 47 language, in order, repeated as in the text; an unknown language stems nothing. */
export function wordsOf(text: string, language: string): Word[] {
  const head = text.length > TEXT_LENGTH_MAX ? text.slice(0, TEXT_LENGTH_MAX) : text;
  const runs = NOT_ASCII.test(head) ? runsOfAnyScript(head) : (head.toLowerCase().match(ASCII_RUN) ?? []);
  const cache = cacheOf(language);
  const words: Word[] = [];
  const stops: Word[] = [];
  const count = Math.min(runs.length, WORDS_MAX);
  for (let i = 0; i < count; i++) {
    const { word, stop } = cache.get(cut(runs[i]!));
    if (!stop) words.push(word);
    else if (words.length === 0 && word.surface !== '') stops.push(word);
  }
  return words.length > 0 ? words : stops;
}

/** The stems alone: for comparing texts of one language with each other. */
export function tokenize(text: string, language: string): string[] {
  return wordsOf(text, language).map((word) => word.stem);
}
