/**
 * What a generated listing is called. Each language has a form that needs no agreement of gender or case, so that titles read
 * like ones that sellers write: "Hand-thrown stoneware mug, blue", "Becher aus Steinzeug, blau", "Taza de gres, azul".
 */
import type { Rng } from '../base/rng.ts';
import type { Category } from './categories.ts';
import { type Language, wordIn } from './vocabulary.ts';

export interface Naming {
  readonly title: string;
  readonly material: string;
  readonly variant: string;
}

export const pick = <T>(from: readonly T[], rng: Rng): T => from[rng.below(from.length)];

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function nameListing(category: Category, language: Language, rng: Rng): Naming {
  const { making, name } = pick(category.materials, rng);
  const noun = wordIn(pick(category.nouns, rng), language);
  const material = wordIn(name, language);
  const variant = wordIn(pick(category.variants, rng), language);
  const how = pick(making, rng);
  const titles: Record<Language, string> = {
    en: `${how} ${material} ${noun}, ${variant}`,
    de: `${noun} aus ${material}, ${variant}`,
    fr: `${capitalised(noun)} en ${material}, ${variant}`,
    es: `${capitalised(noun)} de ${material}, ${variant}`,
  };
  return { title: titles[language], material, variant };
}
