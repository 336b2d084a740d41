/** What a change of rankers and placements would do, before it is saved: for a team's CI, which has no data directory. */
import type { Placement, RankerTrialRequest } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import type { ChangeQuestion } from '../../delivery/answer-change.ts';
import { rankerCheckSchema, rankerTrialRequestSchema, rankerTrialSchema } from '../../wire/ranker-trial-schema.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import type { ServerContext } from '../server-context.ts';

const HOURS = 24;
const PAGES = 2_000;

const common = { tags: ['market'], security: [{ apiKey: [] }], body: rankerTrialRequestSchema };

export function rankerTrialRoutes(app: FastifyInstance, { engine }: ServerContext): void {
  const check = {
    ...common,
    summary: 'What is wrong with a change of rankers and placements; saves nothing',
    response: { 200: rankerCheckSchema, default: errorAnswerSchema },
  };
  app.post<{ Body: RankerTrialRequest }>('/v1/rankers/check', { schema: check }, ({ body }) =>
    engine.tryChange({ kind: 'check', ...questionOf(body) }),
  );
  const diff = {
    ...common,
    summary:
      'What a change of rankers and placements would have changed, by deciding logged pages again; saves nothing',
    response: { 200: rankerTrialSchema, default: errorAnswerSchema },
  };
  app.post<{ Body: RankerTrialRequest }>('/v1/rankers/diff', { schema: diff }, ({ body }) =>
    engine.tryChange({ kind: 'diff', ...questionOf(body) }),
  );
}

function questionOf({
  rankers = [],
  placements = [],
  hours = HOURS,
  pages = PAGES,
}: RankerTrialRequest): Omit<ChangeQuestion, 'kind'> {
  return {
    change: { rankers, placements: placements as readonly (Partial<Placement> & { id: string })[] },
    hours,
    pages,
  };
}
