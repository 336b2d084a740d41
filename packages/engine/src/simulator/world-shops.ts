/** Shops of a generated marketplace: a name and a country each. */
import type { Shop } from '@rialto/sdk';
import type { Rng } from '../base/rng.ts';
import { WeightedChoice } from './draw.ts';
import { COUNTRIES, SHOP_WORDS } from './vocabulary.ts';

export function generateShops(count: number, rng: Rng): Shop[] {
  const countries = new WeightedChoice(COUNTRIES.map(({ share }) => share));
  const { first, last } = SHOP_WORDS;
  const start = rng.below(first.length * last.length);
  return Array.from({ length: count }, (_, i) => {
    // A step that shares no divisor with the number of names visits each once before any comes again.
    const name = (start + i * 11) % (first.length * last.length);
    const again = Math.floor(i / (first.length * last.length));
    const words = `${first[name % first.length]} ${last[Math.floor(name / first.length)]}`;
    return {
      id: `shop-${i}`,
      name: again === 0 ? words : `${words} ${again + 1}`,
      country: COUNTRIES[countries.draw(rng)].code,
    };
  });
}
