/** Whatever an answer holds, its text is what `JSON.stringify` says. */
import type { AssignedExperiment, DecidedItem, DecidedPlacement, DecidedSignal, DecideResponse } from '@rialto/sdk';
import { describe, expect, test } from 'vitest';
import { answerText } from './answer-text.ts';
import { openTestEngine } from './engine.fixture.ts';

const TOKEN = 'AQAiYm55aC1zVlpSQ0dVYkJlNjcMODUxMjNBCGhvbW-_';
const IDS = [
  'cup',
  '',
  'a "quoted" one',
  'back\\slash',
  'line\nbreak',
  'del\u007f',
  'é',
  '日本',
  '😀',
  'lone \ud800',
  '~ !#[]',
];

const listing = (id: string, position = 0): DecidedItem => ({ kind: 'listing', id, position, token: TOKEN });
const ad = (id: string, position = 0): DecidedItem => ({ ...listing(id, position), kind: 'ad', campaign: id });
const query = (id: string, position = 0): DecidedItem => ({ ...listing(id, position), kind: 'query' });
// Every field there is: one that is added does not compile here until it is thought of.
const review: Required<Omit<DecidedItem, 'campaign'>> = { ...listing('r'), kind: 'review', evidence: IDS };
const signal: DecidedSignal = {
  listing: 'cup',
  signal: 'only-left',
  value: 2,
  strength: 0.5,
  since: 1,
  expiresAt: 2,
  text: 'Only "2" left',
};
const full: Required<DecidedPlacement> = { placement: 'page', items: [listing('cup')], signals: [signal] };

const assigned: AssignedExperiment = { experiment: 'x "1"', variant: 'é', version: 1, unit: 'b', value: { a: [1] } };

const answerOf = (...placements: readonly DecidedPlacement[]): DecideResponse => ({ decisionId: '1-n0', placements });

const ANSWERS: Readonly<Record<string, DecideResponse>> = {
  'no placement': answerOf(),
  'no item': answerOf({ placement: 'home', items: [] }),
  'listings and ads': answerOf({
    placement: 'home',
    items: [ad('a', 0), listing('b', 1), ad('c', 2), listing('d', 3)],
  }),
  'several placements': answerOf(
    { placement: 'home', items: [listing('a')] },
    { placement: 'searches', items: [query('mug'), query('cup', 1)] },
    { placement: 'shelf', items: [ad('b')] },
  ),
  'a position beyond all slots': answerOf({ placement: 'home', items: [listing('a', 99), listing('b', 100)] }),
  'texts for what is no listing': answerOf({ placement: 'reviews', items: [review] }),
  signals: answerOf(full, { placement: 'urgent', items: [], signals: full.signals }),
  experiments: {
    ...answerOf(full),
    experiments: [assigned],
  },
};

/** With the fields where an engine puts them. */
const inOrder = ({ decisionId, experiments, placements }: DecideResponse): DecideResponse =>
  experiments === undefined ? { decisionId, placements } : { decisionId, experiments, placements };

describe('an answer', () => {
  test.each(Object.entries(ANSWERS))('%s', (_name, answer) => {
    expect(answerText(answer)).toBe(JSON.stringify(inOrder(answer)));
  });

  test.each(IDS)('of ids such as %j', (id) => {
    const answer = { decisionId: id, placements: [{ placement: id, items: [listing(id), ad(id, 1)] }] };
    expect(answerText(answer)).toBe(JSON.stringify(answer));
  });

  test('of an engine', async () => {
    const engine = await openTestEngine();
    const answer = engine.decide({ placements: ['home', 'listing', 'search'], context: { listing: 'cup' } });
    expect(answer.placements[0]!.items.length).toBeGreaterThan(0);
    expect(answerText(answer)).toBe(JSON.stringify(answer));
    await engine.close();
  });
});
