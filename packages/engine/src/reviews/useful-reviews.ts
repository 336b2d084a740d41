/**
 * The most useful reviews of a listing, in an order in which none says what one before it has said.
 *
 *     useful(r) = length × age × votes × language
 *       length    w / (w + 20) for w words: a sentence tells less than a paragraph, ten paragraphs no more than three
 *       age       ½ + ½ · 2^(−days / 365)
 *       votes     (h + 2) / (h + 4) for h people who found it helpful, ½ where nobody said
 *       language  1 for the buyer's, 0.25 for another
 *
 * They are taken one by one, the next that with the most useful(r) × (1 − the greatest likeness to one taken) × spread: maximal
 * marginal relevance (Carbonell & Goldstein, SIGIR 1998) as a product. Likeness is the cosine of the words, weighed by how few of
 * the listing's reviews have them. Spread is √((share · (k + 1) + ½) / (taken + ½)) of the review's stars (good, middling, bad)
 * after k are taken: it keeps what is shown as mixed as what all of them say.
 */
import type { ThingDropReason } from '@rialto/sdk';

const WORDS_HALF = 20;
const YEAR_MS = 365 * 86_400_000;
const OTHER_LANGUAGE = 0.25;
/** As like as this is the same once more. */
export const SAME = 0.8;
/** As like as this backs it up. */
const AGREES = 0.3;
const EVIDENCE_MAX = 5;

export interface ReviewText {
  readonly id: string;
  /** 1 to 5. */
  readonly rating: number;
  /** Stems of title and text, stop words left out. */
  readonly words: readonly string[];
  /** Before the moment of the decision; 0 where nobody knows. */
  readonly ageMs: number;
  readonly helpful: number;
  /** In the buyer's language. */
  readonly inLanguage: boolean;
  /** Of the buyer who looks. */
  readonly own: boolean;
}

export interface UsefulReview {
  readonly id: string;
  readonly sources: readonly string[];
  readonly score: number;
  readonly factors: Readonly<Record<string, number>>;
  readonly dropped?: ThingDropReason;
  /** Reviews that say much the same, the likest first. */
  readonly evidence?: readonly string[];
}

export interface ReviewFacts {
  /** Factors of usefulness and the stars; those that may not be shown with the reason. */
  readonly judged: readonly Omit<UsefulReview, 'evidence'>[];
  /** Of two by their index, 0 to 1. */
  readonly likeness: (a: number, b: number) => number;
  /** Reviews that say much the same, the likest first. */
  readonly agreeing: (review: number) => readonly string[];
}

/** What is known of them, for whoever puts them in an order of their own. */
export function reviewFacts(reviews: readonly ReviewText[]): ReviewFacts {
  const vectors = new WordVectors(reviews);
  const judged = reviews.map((review) => {
    const { score, factors } = useful(review);
    const told = { id: review.id, sources: ['listing'], score, factors: { ...factors, rating: review.rating } };
    const reason = whyNot(review);
    return reason === undefined ? told : { ...told, score: 0, dropped: reason };
  });
  return { judged, likeness: (a, b) => vectors.likeness(a, b), agreeing: (review) => vectors.agreeing(review) };
}

function whyNot({ words, own }: ReviewText): 'no-text' | 'own-review' | undefined {
  if (words.length === 0) return 'no-text';
  return own ? 'own-review' : undefined;
}

/** The first `limit` in their order, then the others. */
export function usefulReviews(reviews: readonly ReviewText[], limit: number): UsefulReview[] {
  const vectors = new WordVectors(reviews);
  const open = new Set<number>();
  const dropped: UsefulReview[] = [];
  const usefulness = reviews.map(useful);
  reviews.forEach((review, i) => {
    const reason = whyNot(review);
    if (reason === undefined) open.add(i);
    else
      dropped.push({ id: review.id, sources: ['listing'], score: 0, factors: usefulness[i]!.factors, dropped: reason });
  });
  const taken: number[] = [];
  const placed: UsefulReview[] = [];
  const likeness = new Float64Array(reviews.length); // [reviews], the greatest to one taken
  const stars = new StarSpread(reviews);
  while (open.size > 0) {
    const wanted = taken.length < limit;
    let best = -1;
    let bestScore = -1;
    for (const i of open) {
      const score = usefulness[i]!.score * (1 - likeness[i]!) * stars.factor(reviews[i]!.rating, taken.length);
      if (score > bestScore) [best, bestScore] = [i, score];
    }
    open.delete(best);
    const factors = {
      ...usefulness[best]!.factors,
      likeness: likeness[best]!,
      spread: stars.factor(reviews[best]!.rating, taken.length),
    };
    const told = { id: reviews[best]!.id, sources: ['listing'], score: bestScore, factors };
    if (likeness[best]! >= SAME) placed.push({ ...told, dropped: 'says-the-same' });
    else placed.push(wanted ? { ...told, evidence: vectors.agreeing(best) } : told);
    if (likeness[best]! >= SAME || !wanted) continue;
    taken.push(best);
    stars.take(reviews[best]!.rating);
    for (const i of open) likeness[i] = Math.max(likeness[i]!, vectors.likeness(i, best));
  }
  return [...placed, ...dropped];
}

function useful({ words, ageMs, helpful, inLanguage }: ReviewText) {
  const length = words.length / (words.length + WORDS_HALF);
  const age = 0.5 + 0.5 * 2 ** (-Math.max(0, ageMs) / YEAR_MS);
  const votes = (helpful + 2) / (helpful + 4);
  const language = inLanguage ? 1 : OTHER_LANGUAGE;
  return { score: length * age * votes * language, factors: { length, age, votes, language } };
}

/** Good, middling, bad. */
const classOf = (rating: number): number => (rating > 3.5 ? 0 : rating > 2.5 ? 1 : 2);

class StarSpread {
  readonly #shares = [0, 0, 0];
  readonly #taken = [0, 0, 0];

  constructor(reviews: readonly ReviewText[]) {
    for (const { rating } of reviews) this.#shares[classOf(rating)]! += 1 / reviews.length;
  }

  take(rating: number): void {
    this.#taken[classOf(rating)]!++;
  }

  factor(rating: number, taken: number): number {
    const stars = classOf(rating);
    return Math.sqrt((this.#shares[stars]! * (taken + 1) + 0.5) / (this.#taken[stars]! + 0.5));
  }
}

/** Reviews as unit vectors over words, log(1 + n / df) for each word that is there. */
class WordVectors {
  readonly #reviews: readonly ReviewText[];
  readonly #vectors: readonly ReadonlyMap<string, number>[];

  constructor(reviews: readonly ReviewText[]) {
    this.#reviews = reviews;
    const frequency = new Map<string, number>();
    const sets = reviews.map(({ words }) => new Set(words));
    for (const words of sets) for (const word of words) frequency.set(word, (frequency.get(word) ?? 0) + 1);
    this.#vectors = sets.map((words) => {
      const weights = new Map<string, number>();
      let square = 0;
      for (const word of words) {
        const weight = Math.log(1 + reviews.length / frequency.get(word)!);
        weights.set(word, weight);
        square += weight * weight;
      }
      for (const [word, weight] of weights) weights.set(word, weight / Math.sqrt(square));
      return weights;
    });
  }

  likeness(a: number, b: number): number {
    const [shorter, longer] = [this.#vectors[a]!, this.#vectors[b]!].sort((x, y) => x.size - y.size) as [
      ReadonlyMap<string, number>,
      ReadonlyMap<string, number>,
    ];
    let dot = 0;
    for (const [word, weight] of shorter) dot += weight * (longer.get(word) ?? 0);
    return Math.min(1, dot);
  }

  agreeing(review: number): string[] {
    return this.#reviews
      .map(({ id }, i) => ({ id, likeness: i === review ? 0 : this.likeness(i, review) }))
      .filter(({ likeness }) => likeness >= AGREES)
      .sort((a, b) => b.likeness - a.likeness || (a.id < b.id ? -1 : 1))
      .slice(0, EVIDENCE_MAX)
      .map(({ id }) => id);
  }
}
