import { expect, it } from 'vitest';
import { Candidates } from '../features/candidates.ts';
import { Evidence } from '../features/evidence.ts';
import type { RetrievalInput } from './candidate-source.ts';
import { fromSearch } from './search-source.ts';
import { TextIndex } from './text-index.ts';
import { wordsOf } from './text-tokens.ts';

it('says once how well a listing matches, however many placements of a page search for the same', () => {
  const texts = new TextIndex();
  ['red mug', 'blue mug', 'red scarf'].forEach((title, row) => {
    texts.set(row, { title: wordsOf(title, 'en'), other: [] });
  });
  const evidence = new Evidence();
  evidence.shortlist.begin();
  const candidates = new Candidates(evidence.shortlist);
  const scratch = new Int32Array(8);
  const input = { moment: { query: 'red mug', language: 'en' }, texts, evidence, candidates, scratch };
  const matches = (): number[] => {
    candidates.begin();
    fromSearch(input as unknown as RetrievalInput, 8);
    return [0, 1, 2].map((row) => evidence.search.get(row));
  };
  const once = matches();
  expect(once[0]).toBeGreaterThan(once[1]!);
  expect(matches()).toEqual(once);
  expect(candidates.size).toBeGreaterThan(0);
});
