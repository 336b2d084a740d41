import { describe, expect, it } from 'vitest';
import { Rng } from '../base/rng.ts';
import { type ReviewText, usefulReviews } from './useful-reviews.ts';

const review = (id: string, words: string, rest: Partial<ReviewText> = {}): ReviewText => ({
  id,
  rating: 5,
  words: words.split(' ').filter((word) => word !== ''),
  ageMs: 0,
  helpful: 0,
  inLanguage: true,
  own: false,
  ...rest,
});
const order = (reviews: readonly ReviewText[], limit = 10): string[] =>
  usefulReviews(reviews, limit)
    .filter(({ dropped }) => dropped === undefined)
    .map(({ id }) => id);
/** `n` different words. */
const prose = (seed: string, n: number): string => Array.from({ length: n }, (_, i) => `${seed}${i}`).join(' ');

describe('what is useful', () => {
  it.each([
    ['longer', { words: prose('b', 60).split(' ') }, {}],
    ['newer', {}, { ageMs: 900 * 86_400_000 }],
    ['found helpful', { helpful: 9 }, {}],
    ['in the buyer’s language', {}, { inLanguage: false }],
  ])('is %s', (_, better, worse) => {
    const reviews = [review('worse', prose('a', 12), worse), review('better', prose('b', 12), better)];
    expect(order(reviews)).toEqual(['better', 'worse']);
    expect(order(reviews.toReversed())).toEqual(['better', 'worse']);
  });

  it('is not what has no words or is one’s own', () => {
    const ranked = usefulReviews([review('silent', ''), review('mine', 'good cup', { own: true })], 3);
    expect(ranked.map(({ id, dropped }) => [id, dropped])).toEqual([
      ['silent', 'no-text'],
      ['mine', 'own-review'],
    ]);
    expect(usefulReviews([], 3)).toEqual([]);
  });
});

describe('the first say different things', () => {
  it('of three themes, however many speak of the first (seeds 1 to 20)', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const rng = new Rng(seed);
      const themes = ['size', 'smell', 'cloth'];
      const reviews = Array.from({ length: 40 }, (_, i) => {
        const theme = i < 2 ? themes[1 + i]! : themes[0]!;
        const said = Array.from(
          { length: 8 + Math.floor(8 * rng.unit()) },
          () => `${theme}${Math.floor(14 * rng.unit())}`,
        );
        const filler = Array.from({ length: 4 }, () => `w${Math.floor(40 * rng.unit())}`);
        return review(`${theme} ${i}`, [...said, ...filler].join(' '));
      });
      const first = order(reviews, 3).map((id) => id.split(' ')[0]!);
      expect(new Set(first).size, `seed ${seed}`).toBe(3);
    }
  });

  it('leaves out what was said word by word, and names it as evidence', () => {
    const ranked = usefulReviews(
      [
        review('a', 'fine blue cup handle'),
        review('copy', 'handle cup blue fine'),
        review('b', 'broke on monday again'),
      ],
      3,
    );
    expect(ranked.map(({ id, dropped }) => [id, dropped])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['copy', 'says-the-same'],
    ]);
    expect(ranked[0]!.evidence).toEqual(['copy']);
    expect(ranked[1]!.evidence).toEqual([]);
  });

  it('lets the few who complain be heard among many who praise', () => {
    const reviews = Array.from({ length: 20 }, (_, i) =>
      review(`r${i}`, prose(`x${i}y`, 30), { rating: i % 4 === 3 ? 1 : 5, helpful: i % 4 === 3 ? 0 : 2 }),
    );
    const bad = order(reviews)
      .slice(0, 4)
      .filter((id) => Number(id.slice(1)) % 4 === 3);
    expect(bad).toHaveLength(1);
  });
});

it('takes the next by the formula (brute force, seed 9)', () => {
  const rng = new Rng(9);
  const reviews = Array.from({ length: 25 }, (_, i) =>
    review(
      `r${i}`,
      Array.from({ length: 3 + Math.floor(12 * rng.unit()) }, () => `w${Math.floor(30 * rng.unit())}`).join(' '),
      {
        rating: 1 + Math.floor(5 * rng.unit()),
        helpful: Math.floor(4 * rng.unit()),
        ageMs: 1e11 * rng.unit(),
      },
    ),
  );
  const ranked = usefulReviews(reviews, 3);
  const vector = ({ words }: ReviewText) =>
    new Map(
      [...new Set(words)].map((word) => [
        word,
        Math.log(1 + 25 / reviews.filter((r) => r.words.includes(word)).length),
      ]),
    );
  const cosine = (a: ReviewText, b: ReviewText): number => {
    const [x, y] = [vector(a), vector(b)];
    const norm = (v: ReadonlyMap<string, number>) => Math.sqrt([...v.values()].reduce((sum, w) => sum + w * w, 0));
    return [...x].reduce((sum, [word, w]) => sum + w * (y.get(word) ?? 0), 0) / norm(x) / norm(y);
  };
  const stars = ({ rating }: ReviewText) => (rating >= 4 ? 'good' : rating >= 3 ? 'middling' : 'bad');
  const taken: ReviewText[] = [];
  for (let k = 0; k < 3; k++) {
    const scores = reviews.map((r) => {
      const n = r.words.length;
      const useful =
        (n / (n + 20)) * (0.5 + 0.5 * 2 ** (-r.ageMs / 86_400_000 / 365)) * ((r.helpful + 2) / (r.helpful + 4));
      const share = reviews.filter((other) => stars(other) === stars(r)).length / 25;
      const same = taken.filter((other) => stars(other) === stars(r)).length;
      const like = Math.max(0, ...taken.map((other) => cosine(r, other)));
      return taken.includes(r) ? -1 : useful * (1 - like) * Math.sqrt((share * (k + 1) + 0.5) / (same + 0.5));
    });
    const best = scores.indexOf(Math.max(...scores));
    expect(ranked[k]!.id).toBe(reviews[best]!.id);
    expect(ranked[k]!.score).toBeCloseTo(scores[best]!, 10);
    taken.push(reviews[best]!);
  }
});
