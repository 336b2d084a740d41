/**
 * How alike two listings are, 0 to 1: the mean of what is known of cosine of their embeddings (below 0 counts as 0), the same category, the
 * same shop.
 */
import type { Likeness } from '@rialto/sdk';
import type { Embedding } from '../features/embedding.ts';
import type { Market } from '../market/market.ts';

const DEFAULT: readonly Likeness[] = ['embedding', 'category'];

export function likenessOf(
  by: readonly Likeness[] = DEFAULT,
  { market: { listings }, embedding }: { readonly market: Market; readonly embedding: Embedding },
): (a: number, b: number) => number {
  const byEmbedding = by.includes('embedding');
  const columns = [
    ...(by.includes('category') ? [listings.category.data] : []),
    ...(by.includes('shop') ? [listings.shop.data] : []),
  ];
  return (a, b) => {
    let sum = 0;
    let known = 0;
    if (byEmbedding && Math.max(a, b) < embedding.size) {
      sum += Math.max(0, cosine(embedding, a, b));
      known++;
    }
    for (const column of columns) {
      if (column[a]! < 0 || column[b]! < 0) continue;
      sum += column[a] === column[b] ? 1 : 0;
      known++;
    }
    return known === 0 ? 0 : sum / known;
  };
}

/** Vectors are of length 1. */
function cosine({ vectors, dimensions }: Embedding, a: number, b: number): number {
  let sum = 0;
  for (let i = 0; i < dimensions; i++) sum += vectors[a * dimensions + i]! * vectors[b * dimensions + i]!;
  return sum;
}
