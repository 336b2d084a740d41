import type { CandidateFeature } from './feature.ts';
import { clamp } from './scales.ts';

/** Cosine of the listing's vector with the buyer's mean vector, mapped from [-0.4, 1] to [0, 1]; 0.3 where the listing's is unknown. */
export const taste: CandidateFeature = {
  scope: 'candidate',
  name: 'taste',
  words: "to the buyer's taste",
  prior: 1,
  fill({ candidates: { listing, size }, signals: { embedding }, evidence }, out) {
    const { dimensions, vectors } = embedding;
    const known = embedding.size;
    const mean = evidence.taste;
    if (!evidence.hasTaste) return false;
    for (let i = 0; i < size; i++) {
      const start = listing[i]! * dimensions;
      let dot = 0;
      if (listing[i]! < known) for (let d = 0; d < dimensions; d++) dot += mean[d]! * vectors[start + d]!;
      out[i] = clamp(0.3 + 0.7 * dot);
    }
    return true;
  },
};
