/** What matches the query by its words. The match is kept as evidence: 1 is every word in a short title, 0.5 some words. */
import { addAll, type CandidateSource } from './candidate-source.ts';
import { wordsOf } from './text-tokens.ts';

const LIMIT_MAX = 512;
/** The index scores a listing that matches all words between 1 and 2. */
const SCORE_MAX = 2;
const scores = new Float32Array(LIMIT_MAX);

export const fromSearch: CandidateSource = ({ moment, texts, candidates, evidence, scratch }, limit) => {
  if (moment.query === undefined) return;
  const found = texts.search(
    wordsOf(moment.query, moment.language),
    Math.min(limit, LIMIT_MAX, scratch.length),
    scratch,
    scores,
  );
  // Another placement of the page may have searched for the same.
  for (let i = 0; i < found; i++)
    if (evidence.search.get(scratch[i]!) === 0) evidence.search.add(scratch[i]!, scores[i]! / SCORE_MAX);
  addAll(candidates, scratch, found, limit, 'search');
};
