/** The languages of a generated marketplace, where its people live, what shops are called and what reviews say. */

export const LANGUAGES = ['en', 'de', 'fr', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The same word in each of `LANGUAGES`. */
export type Words = readonly [en: string, de: string, fr: string, es: string];

export const wordIn = (words: Words, language: Language): string => words[LANGUAGES.indexOf(language)]!;

export interface Country {
  readonly code: string;
  readonly language: Language;
  /** Of the buyers and shops. */
  readonly share: number;
  /** What its clocks are ahead of UTC, without summer time. */
  readonly offsetHours: number;
}

export const COUNTRIES: readonly Country[] = [
  { code: 'US', language: 'en', share: 0.32, offsetHours: -6 },
  { code: 'GB', language: 'en', share: 0.18, offsetHours: 0 },
  { code: 'DE', language: 'de', share: 0.2, offsetHours: 1 },
  { code: 'FR', language: 'fr', share: 0.12, offsetHours: 1 },
  { code: 'ES', language: 'es', share: 0.09, offsetHours: 1 },
  { code: 'AU', language: 'en', share: 0.05, offsetHours: 10 },
  { code: 'AT', language: 'de', share: 0.04, offsetHours: 1 },
];

export const SHOP_WORDS = {
  first:
    'Alder,Amber,Birch,Blue Door,Bramble,Cedar,Clover,Copper,Driftwood,Fern,Foxglove,Hazel,Heron,Honey,Indigo,Juniper,Lark,Linden,Marigold,Meadow,Moss,North,Olive,Otter,Pebble,Quill,Robin,Rowan,Saffron,Sparrow,Tansy,Thistle,Violet,Willow,Wren'.split(
      ',',
    ),
  last: 'Atelier,Works,Studio,& Co,Workshop,Goods,House,Makers,Manufaktur,Collective,Supply,Loft'.split(','),
} as const;

/** What reviews say, by how the buyer liked it: from bad to good. */
export const REVIEW_PHRASES: Readonly<Record<Language, readonly (readonly string[])[]>> = {
  en: [
    ['Broke within a week.', 'Not as pictured, and the seller did not answer.'],
    ['It is all right, but the colour is duller than in the photo.', 'Arrived late; the thing itself is fine.'],
    ['Lovely, and even better in real life.', 'Beautifully made and carefully packed. I will order again.'],
  ],
  de: [
    ['Nach einer Woche kaputt.', 'Sieht anders aus als auf dem Bild.'],
    ['Ganz in Ordnung, die Farbe ist etwas blasser als erwartet.', 'Kam spät an, ist aber gut.'],
    ['Wunderschön und sorgfältig verarbeitet.', 'Noch schöner als auf dem Foto, gerne wieder.'],
  ],
  fr: [
    ['Cassé au bout d’une semaine.', 'Ne ressemble pas à la photo.'],
    ['Correct, mais la couleur est plus terne que prévu.', 'Livraison tardive, le produit est bien.'],
    ['Magnifique, très bien fini.', 'Encore plus beau en vrai, je recommande.'],
  ],
  es: [
    ['Se rompió en una semana.', 'No es como en la foto.'],
    ['Está bien, aunque el color es más apagado.', 'Llegó tarde, pero es bonito.'],
    ['Precioso y muy bien hecho.', 'Aún mejor que en la foto, repetiré.'],
  ],
};
