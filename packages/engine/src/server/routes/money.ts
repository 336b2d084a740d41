/** Payments of shops, their balances and statements, and refunds. */
import type { RefundRequest, StatementRow } from '@rialto/sdk';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { RialtoError } from '../../base/errors.ts';
import { id } from '../../wire/field.ts';
import {
  balanceSchema,
  day,
  paymentSchema,
  refundRequestSchema,
  refundResultSchema,
  statementRowSchema,
} from '../../wire/money-schema.ts';
import { validate } from '../../wire/validate.ts';
import { errorAnswerSchema } from '../error-answer.ts';
import { savedSchema } from '../save-one.ts';
import type { ServerContext } from '../server-context.ts';
import { validatorOfAllButBody } from '../validator.ts';

const common = { tags: ['money'], security: [{ apiKey: [] }] };
const shopParams = z.strictObject({ id: id() });
const paymentParams = z.strictObject({ id: id(), payment: id() });
const statementQuery = z.strictObject({ from: day(), to: day() });

/** The body with what the path says, which it may leave out but not contradict. */
function withPath(body: unknown, path: Readonly<Record<string, string>>): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  for (const [name, value] of Object.entries(path)) {
    const said = (body as Record<string, unknown>)[name];
    if (said !== undefined && said !== value) {
      const message = `${name}: the body says ${JSON.stringify(said).slice(0, 200)} and the path says ${JSON.stringify(value)}`;
      throw new RialtoError('bad-request', message, { path: name });
    }
  }
  return { ...body, ...path };
}

export function moneyRoutes(app: FastifyInstance, context: ServerContext): void {
  paymentRoutes(app, context);
  refundRoute(app, context);
  balanceRoute(app, context);
  statementRoute(app, context);
}

function paymentRoutes(app: FastifyInstance, { engine, readiness }: ServerContext): void {
  const pay = async (body: unknown, path: Readonly<Record<string, string>>, by: string) => {
    const answer = await engine.pay(validate(paymentSchema, withPath(body, path)), by);
    if (answer.saved > 0) readiness.wrote();
    return answer;
  };
  const answers = { body: paymentSchema, response: { 200: savedSchema, default: errorAnswerSchema } };
  const put = { ...common, ...answers, summary: 'Record a payment of a shop', params: paymentParams };
  app.put<{ Params: { id: string; payment: string } }>(
    '/v1/shops/:id/payments/:payment',
    { schema: put, validatorCompiler: validatorOfAllButBody },
    ({ body, params, keyName }) => pay(body, { shop: params.id, id: params.payment }, keyName),
  );
  const post = { ...common, ...answers, summary: 'Record a payment of a shop, its id in the body', params: shopParams };
  app.post<{ Params: { id: string } }>(
    '/v1/shops/:id/payments',
    { schema: post, validatorCompiler: validatorOfAllButBody },
    ({ body, params, keyName }) => pay(body, { shop: params.id }, keyName),
  );
}

function refundRoute(app: FastifyInstance, { engine, readiness }: ServerContext): void {
  const schema = {
    ...common,
    summary: "Give back what ads were charged: of a campaign's day, of a decision, or of one item of it",
    body: refundRequestSchema,
    response: { 200: refundResultSchema, default: errorAnswerSchema },
  };
  app.post<{ Body: RefundRequest }>('/v1/refunds', { schema }, async ({ body, keyName }) => {
    const answer = await engine.refund(body, keyName);
    readiness.wrote();
    return answer;
  });
}

function balanceRoute(app: FastifyInstance, { engine }: ServerContext): void {
  const schema = {
    ...common,
    summary: 'What a shop owes and has paid',
    params: shopParams,
    response: { 200: balanceSchema, default: errorAnswerSchema },
  };
  app.get<{ Params: { id: string } }>('/v1/shops/:id/balance', { schema }, ({ params }) => engine.balance(params.id));
}

function statementRoute(app: FastifyInstance, { engine, statements }: ServerContext): void {
  const schema = {
    ...common,
    summary: "A shop's statement: what its campaigns did and cost day by day, refunds, payments and balances",
    params: shopParams,
    querystring: statementQuery,
    response: { 200: z.strictObject({ rows: z.array(statementRowSchema) }), default: errorAnswerSchema },
  };
  app.get<{ Params: { id: string }; Querystring: { from: string; to: string } }>(
    '/v1/shops/:id/statements',
    { schema },
    async ({ params, query }): Promise<{ rows: readonly StatementRow[] }> => {
      engine.balance(params.id); // of a shop that exists
      if (statements === undefined)
        throw new RialtoError('no-data', 'this server was started without a data directory to read statements from');
      return { rows: await statements({ shop: params.id, ...query }) };
    },
  );
}
