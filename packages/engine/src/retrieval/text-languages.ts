/**
 * What is known of each language's words: a Snowball stemmer (Porter's family of suffix-stripping algorithms) and a list
 * of stop words (stopwords-iso). A language without a stemmer, Polish for example, is matched by surface forms. German is read with
 * umlauts spelt out ("Tuer"), Japanese with its loan words as they vary ("コンピューター", "コンピュータ"; "ヴァイオリン", "バイオリン").
 *
 * The lists are gathered from many corpora and hold words that name goods or their qualities ("mug", "ring", "Uhr", "книга"):
 * in a shop those are what buyers ask for. So only words of at most `STOP_WORD_LENGTH_MAX` letters are taken from them, and not
 * those of `NAMES_GOODS`. Longer function words are searched like any other; being frequent, they weigh little.
 */
import { createRequire } from 'node:module';

interface Stemmer {
  stem(word: string): string;
}

const require = createRequire(import.meta.url);
const { newStemmer } = require('snowball-stemmers') as { newStemmer(algorithm: string): Stemmer };
const stopWordLists = require('stopwords-iso') as Readonly<Record<string, readonly string[]>>;

/** ISO 639 code → Snowball algorithm. */
const ALGORITHMS = new Map(
  Object.entries({
    ar: 'arabic',
    ca: 'catalan',
    cs: 'czech',
    da: 'danish',
    de: 'german',
    en: 'english',
    es: 'spanish',
    eu: 'basque',
    fi: 'finnish',
    fr: 'french',
    ga: 'irish',
    hu: 'hungarian',
    hy: 'armenian',
    it: 'italian',
    nl: 'dutch',
    no: 'norwegian',
    pt: 'portuguese',
    ro: 'romanian',
    ru: 'russian',
    sl: 'slovene',
    sv: 'swedish',
    ta: 'tamil',
    tr: 'turkish',
  }),
);

const german = newStemmer('german');

/** Not of languages that Snowball knows, or knows only as they are written with care. */
const OWN_STEMMERS = new Map<string, Stemmer>([
  [
    'de',
    {
      // "neue", "Frauen" and "Quelle" have no umlaut.
      stem: (word) =>
        german.stem(
          word
            .replace(/(?<![aeq])ue/g, 'ü')
            .replace(/ae/g, 'ä')
            .replace(/oe/g, 'ö'),
        ),
    },
  ],
  [
    'ja',
    {
      stem: (word) =>
        word
          .replace(/ヴ([ァィェォ]?)/g, (_, vowel: string) => V_SOUNDS.get(vowel)!)
          .replace(/^([\u30a1-\u30faー]{3,})ー$/, '$1'),
    },
  ],
]);

const V_SOUNDS = new Map(Object.entries({ ァ: 'バ', ィ: 'ビ', ェ: 'ベ', ォ: 'ボ', '': 'ブ' }));

const ALIASES = new Map(Object.entries({ nb: 'no', nn: 'no', iw: 'he', in: 'id', fil: 'tl' }));

const STOP_WORD_LENGTH_MAX = 4;

const NAMES_GOODS = new Map(
  Object.entries({
    en: `back best big bill call case cd copy date dear dry end ends face fact felt few fill fire five four full gold half hell
      high home html key keys kids kind last left line long look low man men mil mill mine moon move mug near net new next nine
      odd off old one open page part pc plus ran ring room run self she shed shes side site six stop tell ten test text thin
      three tip top turn tv two uk up us van vol vols web wed well wish word work year zero`,
    de: 'acht bad drei ende fünf gold gott groß gut gute hoch jahr kurz lang los mag mahn mal mann neu neue neun oben rund tag tage tat teil uhr vier weg weit zehn zeit zwei',
    fr: 'bas bat beau bois bon boum car cent chez cinq clic crac deux dix fait fi flac gens haut huit mien mine mot neuf onze or pan pif pur pure rare sein sept six soi son stop suis tac tic toc trois trop vif vifs vis été étés',
    es: 'algo bajo bien buen dia dos día días fin gran mal modo ocho país pais sal sol seis sola solo tres ver uno vez',
    it: 'anni anno bene cima cosa due fine lato male mesi mila modo nome nove oggi ora ore otto otto sei sera sette tre uomo vita',
    nl: 'deed drie een eens haar meer mijn nam niet paar rond tien twee vier vijf vol vrij wand weer week wier zes zij',
    pt: 'ano anos boa boas bom cima dez dia dois doze duas fim hora lado mais mal meio mil mês nome nova nove novo obra oito onze povo seis sete três zero área',
    sv: 'bra båda dag del fem fyra god goda gott hus lika lite lätt mitt nio noll ny rakt rätt sex sju små stor tack tar tio tolv tre två övre',
    pl: 'cali cała cały dom dwa dwie ile lat nasz nowe pan pani raz roku trzy xii',
    ru: 'вес вид вода год года глаз дело день дом дома друг жена жить лет лицо люди мать мир мира нога ночь окно отец пол путь пять рука ряд свет семь сила стол три час утро',
  }).map(([language, words]) => [language, new Set(words.split(/\s+/))] as const),
);

export interface TextLanguage {
  /** Lower-case, with their diacritics. */
  readonly stopWords: ReadonlySet<string>;
  readonly stemmer: Stemmer | undefined;
}

function makeLanguage(code: string): TextLanguage {
  const goods = NAMES_GOODS.get(code);
  const stopWords = (stopWordLists[code] ?? [])
    .map((word) => word.toLowerCase())
    .filter((word) => word.length <= STOP_WORD_LENGTH_MAX && !goods?.has(word));
  const algorithm = ALGORITHMS.get(code);
  const stemmer = algorithm === undefined ? undefined : newStemmer(algorithm);
  return { stopWords: new Set(stopWords), stemmer: OWN_STEMMERS.get(code) ?? stemmer };
}

/** The ISO 639 code that a BCP 47 tag begins with, or '' where nothing is known of that language. */
export function languageCode(tag: string): string {
  const end = tag.search(/[-_]/);
  const subtag = (end < 0 ? tag : tag.slice(0, end)).toLowerCase();
  const code = ALIASES.get(subtag) ?? subtag;
  return ALGORITHMS.has(code) || Object.hasOwn(stopWordLists, code) ? code : '';
}

const languages = new Map<string, TextLanguage>();

/** `code` is one that `languageCode` returned. */
export function textLanguage(code: string): TextLanguage {
  const known = languages.get(code);
  if (known !== undefined) return known;
  const language = makeLanguage(code);
  languages.set(code, language);
  return language;
}
