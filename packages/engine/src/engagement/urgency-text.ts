/**
 * A claim in the buyer's language: plural forms and prices by Intl (CLDR), words of our own. Made at the border when the answer is
 * written: the log keeps the claim, not its words.
 */
import type { UrgencyClaim } from '@rialto/sdk';

/** By CLDR plural category; `other` always. `{n}` is the count. */
interface Counted {
  readonly one?: string;
  readonly other: string;
}

interface Words {
  readonly 'in-carts': Counted;
  readonly 'only-left': Counted;
  readonly 'sold-this-week': Counted;
  /** `{former}` and `{price}` are prices. */
  readonly 'price-dropped': string;
}

const WORDS: Readonly<Record<string, Words>> = {
  en: {
    'in-carts': { one: 'In {n} cart now', other: 'In {n} carts now' },
    'only-left': { other: 'Only {n} left' },
    'sold-this-week': { one: 'Sold {n} time in the last 7 days', other: 'Sold {n} times in the last 7 days' },
    'price-dropped': 'Price dropped: {price}, lowest of the 30 days before: {former}',
  },
  de: {
    'in-carts': { one: 'Jetzt in {n} Warenkorb', other: 'Jetzt in {n} Warenkörben' },
    'only-left': { other: 'Nur noch {n} verfügbar' },
    'sold-this-week': { other: '{n}-mal verkauft in den letzten 7 Tagen' },
    'price-dropped': 'Preis gesenkt: {price}, niedrigster Preis der 30 Tage davor: {former}',
  },
  fr: {
    'in-carts': { one: 'Dans {n} panier en ce moment', other: 'Dans {n} paniers en ce moment' },
    'only-left': { one: 'Plus que {n} disponible', other: 'Plus que {n} disponibles' },
    'sold-this-week': { other: 'Vendu {n} fois ces 7 derniers jours' },
    'price-dropped': 'Prix en baisse : {price}, prix le plus bas des 30 jours précédents : {former}',
  },
  es: {
    'in-carts': { one: 'En {n} carrito ahora', other: 'En {n} carritos ahora' },
    'only-left': { one: 'Solo queda {n}', other: 'Solo quedan {n}' },
    'sold-this-week': {
      one: 'Vendido {n} vez en los últimos 7 días',
      other: 'Vendido {n} veces en los últimos 7 días',
    },
    'price-dropped': 'Bajada de precio: {price}, el más bajo de los 30 días anteriores: {former}',
  },
  it: {
    'in-carts': { one: 'In {n} carrello ora', other: 'In {n} carrelli ora' },
    'only-left': { one: 'Ne resta solo {n}', other: 'Ne restano solo {n}' },
    'sold-this-week': {
      one: 'Venduto {n} volta negli ultimi 7 giorni',
      other: 'Venduto {n} volte negli ultimi 7 giorni',
    },
    'price-dropped': 'Prezzo ribassato: {price}, il più basso dei 30 giorni precedenti: {former}',
  },
  pt: {
    'in-carts': { one: 'Em {n} carrinho agora', other: 'Em {n} carrinhos agora' },
    'only-left': { one: 'Só resta {n}', other: 'Só restam {n}' },
    'sold-this-week': { one: 'Vendido {n} vez nos últimos 7 dias', other: 'Vendido {n} vezes nos últimos 7 dias' },
    'price-dropped': 'Preço reduzido: {price}, o mais baixo dos 30 dias anteriores: {former}',
  },
  nl: {
    'in-carts': { one: 'Nu in {n} winkelwagen', other: 'Nu in {n} winkelwagens' },
    'only-left': { other: 'Nog maar {n} beschikbaar' },
    'sold-this-week': { other: '{n} keer verkocht in de afgelopen 7 dagen' },
    'price-dropped': 'Prijs verlaagd: {price}, laagste prijs van de 30 dagen ervoor: {former}',
  },
  ja: {
    'in-carts': { other: '現在{n}人のカートに入っています' },
    'only-left': { other: '残り{n}点' },
    'sold-this-week': { other: '過去7日間に{n}回購入されました' },
    'price-dropped': '値下げ：{price}（値下げ前30日間の最安値 {former}）',
  },
};

export const URGENCY_LANGUAGES: readonly string[] = Object.keys(WORDS);

interface Voice {
  readonly words: Words;
  readonly plural: Intl.PluralRules;
  readonly number: Intl.NumberFormat;
  readonly money: Intl.NumberFormat;
}

/** By language tag and currency. */
const voices = new Map<string, Voice>();
const VOICES_MAX = 256;

/** English where the language has no words here. */
function voiceOf(language: string, currency: string): Voice {
  const key = `${language} ${currency}`;
  const known = voices.get(key);
  if (known) return known;
  const base = language.split('-')[0]!.toLowerCase();
  const locale = Object.hasOwn(WORDS, base) ? wellFormed(language, base) : 'en';
  const voice = {
    words: WORDS[Object.hasOwn(WORDS, base) ? base : 'en']!,
    plural: new Intl.PluralRules(locale),
    number: new Intl.NumberFormat(locale),
    money: new Intl.NumberFormat(locale, { style: 'currency', currency }),
  };
  if (voices.size >= VOICES_MAX) voices.clear();
  voices.set(key, voice);
  return voice;
}

/** Tags come from requests: one that Intl cannot read leaves its language. */
function wellFormed(language: string, base: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? base;
  } catch {
    return base;
  }
}

export interface Tongue {
  /** BCP 47. */
  readonly language: string;
  /** ISO 4217. */
  readonly currency: string;
}

const MICROS = 1_000_000;

export function urgencyText(claim: UrgencyClaim, { language, currency }: Tongue): string {
  const { words, plural, number, money } = voiceOf(language, currency);
  if (claim.signal === 'price-dropped')
    return words['price-dropped']
      .replace('{price}', () => money.format(claim.value / MICROS))
      .replace('{former}', () => money.format((claim.formerMicros ?? 0) / MICROS));
  const forms: Counted = words[claim.signal];
  const form = plural.select(claim.value) === 'one' ? (forms.one ?? forms.other) : forms.other;
  return form.replace('{n}', () => number.format(claim.value));
}
