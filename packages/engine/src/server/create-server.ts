/**
 * The engine over HTTP, not yet listening: routes in three scopes. Browser routes take publishable keys and answer to any
 * origin, admin routes take API keys, and the open ones are health and documentation.
 *
 * The browser routes are the hot ones: their hooks are synchronous, their schemas are compiled, and answers are plain
 * JSON.stringify (measured within 1 µs of a compiled serialiser on an answer of 12 items), those of decisions `answerText`.
 */
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import Fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions, LogController } from 'fastify';
import { type Clock, systemClock } from '../base/clock.ts';
import { RialtoError } from '../base/errors.ts';
import type { Engine } from '../delivery/engine.ts';
import { refuseConnection, sendError } from './error-answer.ts';
import { readJson } from './json-body.ts';
import { type KeyOptions, Keyring, keyOf, publishableKeyOf } from './keys.ts';
import { KnownPaths } from './known-paths.ts';
import { isLoopback } from './loopback.ts';
import { Metrics } from './metrics.ts';
import { ModelUploads } from './model-upload.ts';
import { documentApi } from './openapi.ts';
import { buyerRoutes } from './routes/buyers.ts';
import { DECIDE_PATH, decideRoutes } from './routes/decide.ts';
import { decisionRoutes } from './routes/decisions.ts';
import { entityRoutes } from './routes/entities.ts';
import { eventRoutes } from './routes/events.ts';
import { experimentRoutes } from './routes/experiments.ts';
import { featureRoutes } from './routes/features.ts';
import { forecastRoutes } from './routes/forecast.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelRoutes } from './routes/models.ts';
import { moneyRoutes } from './routes/money.ts';
import { ofrepRoutes } from './routes/ofrep.ts';
import { rankerTrialRoutes } from './routes/ranker-trials.ts';
import { segmentRoutes } from './routes/segment.ts';
import { settingsRoutes } from './routes/settings.ts';
import { versionRoutes } from './routes/versions.ts';
import { type LoadLimits, Readiness, type ServerContext } from './server-context.ts';
import { TurnWatch } from './turn-watch.ts';
import { validatorOf } from './validator.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the key that the request came with. */
    keyName: string;
  }
}

export interface ServerOptions extends KeyOptions {
  /** The engine's; the system's where absent. */
  readonly clock?: Clock;
  /** Of requests with one JSON document; 4 MiB where absent. */
  readonly bodyLimitBytes?: number;
  /** Of one line of the bulk routes; 1 MiB where absent. */
  readonly lineLimitBytes?: number;
  /** When decisions that wait for others are made in brief, or not at all; never where absent. */
  readonly load?: LoadLimits;
  /** Of the models of one upload; 256 MiB where absent. */
  readonly modelLimitBytes?: number;
  /** Where uploads lie until they are taken in, nobody else's; the system's temporary directory where absent. */
  readonly uploadDirectory?: string;
  /** Reads a shop's statement; without it, the route says so. */
  readonly statements?: NonNullable<ServerContext['statements']>;
  /** pino's options, or `true` for JSON lines on standard output; no logging where absent. */
  readonly logger?: NonNullable<FastifyServerOptions['logger']>;
}

const MIB = 1_048_576;
const UNLIMITED: LoadLimits = {
  brownoutAfterMs: Number.POSITIVE_INFINITY,
  refuseAfterMs: Number.POSITIVE_INFINITY,
};
/** An id of 128 characters, each 4 bytes of UTF-8 written as %XX. */
const PARAMETER_CHARACTERS_MAX = 128 * 4 * 3;
/** Longer than the minute that load balancers keep idle connections, so that they are the ones who close them. */
const KEEP_ALIVE_MS = 75_000;
const IDLE_SOCKET_MS = 120_000;
/** Who sends a byte now and then is never idle; the longest bulk load of an honest caller takes less. */
const REQUEST_MS = 900_000;
const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** The caller's request id where it is sane, else a short one of our own. */
function requestIds(): (request: { headers: NodeJS.Dict<string | string[]> }) => string {
  const prefix = crypto.randomUUID().slice(0, 8);
  let count = 0;
  return (request) => {
    const given = request.headers['x-request-id'];
    if (typeof given === 'string' && REQUEST_ID.test(given)) return given;
    return `${prefix}-${(++count).toString(36)}`;
  };
}

function neverAsked(): never {
  throw new Error('schemas are compiled by our own compilers');
}

function bareServer(options: ServerOptions, limitBytes: number): FastifyInstance {
  const app = Fastify({
    logger: options.logger ?? false,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limitBytes,
    genReqId: requestIds(),
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: IDLE_SOCKET_MS,
    requestTimeout: REQUEST_MS,
    // While stopping, what still arrives on open connections is answered, and the connection closed after it.
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAMETER_CHARACTERS_MAX },
    // Set below, for all routes. Without these, the library loads its own, which takes a fifth of a start.
    schemaController: { compilersFactory: { buildValidator: neverAsked, buildSerializer: neverAsked } },
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply),
    clientErrorHandler: (error, socket) => refuseConnection(error, socket as Socket, app.log),
  });
  app.setValidatorCompiler(validatorOf);
  app.setSerializerCompiler(() => JSON.stringify);
  return app;
}

function answerErrors(app: FastifyInstance, { metrics, readiness }: ServerContext): void {
  app.setErrorHandler((thrown, request, reply) => {
    const { code } = sendError(thrown, request, reply);
    metrics.countError(code);
    if (code === 'log-full' || code === 'data-locked') readiness.writeFailed();
  });
  const known = new KnownPaths();
  known.watch(app);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!.slice(0, 200);
    const methods = known.methodsOf(path);
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    metrics.countError(sendError(noRoute(request.method, path, methods), request, reply).code);
  });
}

function noRoute(method: string, path: string, methods: readonly string[]): RialtoError {
  if (methods.length === 0) return new RialtoError('not-found', `there is no route ${method} ${path}`);
  return new RialtoError('method-not-allowed', `${path} takes ${methods.join(' or ')}, not ${method}`);
}

const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'authorization, content-type, content-encoding',
  'access-control-max-age': '86400',
};

/** Routes that pages call: any origin may read the answer, and publishable keys do. */
function browserScope(app: FastifyInstance, context: ServerContext): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('access-control-allow-origin', '*');
    done();
  });
  app.addHook('onRoute', ({ method, url }) => {
    if (method === 'POST')
      app.options(url, { schema: { hide: true } as object }, (_request, reply) =>
        reply.headers(CORS_HEADERS).status(204).send(),
      );
  });
  app.register(async (keyed) => {
    keyed.addHook('onRequest', authorizeBy(context.keys, publishableKeyOf, 'publishable'));
    decideRoutes(keyed, context);
    ofrepRoutes(keyed, context);
    keyed.register(async (beacons) => eventRoutes(beacons, context));
  });
  app.register(async (segment) => segmentRoutes(segment, context));
  app.register(async (features) => featureRoutes(features, context));
}

function authorizeBy(
  keys: Keyring,
  find: (request: FastifyRequest) => string | undefined,
  audience: 'publishable' | 'api',
) {
  return (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void => {
    let refusal: Error | undefined;
    try {
      request.keyName = keys.authorize(find(request), audience);
    } catch (error) {
      refusal = error as Error;
    }
    done(refusal);
  };
}

function measure(app: FastifyInstance, { metrics }: ServerContext): void {
  app.addHook('onResponse', (request, reply, done) => {
    metrics.latency(request.method, request.routeOptions.url ?? '').observe(reply.elapsedTime);
    done();
  });
}

/**
 * Where no key protects it, a page of the world could still have the browser on this machine call it, under a name of its
 * own that it points to 127.0.0.1 (DNS rebinding). Only names of this machine are answered then.
 */
function refuseForeignNames(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { hostname } = request;
    const message = `no key is configured, so only localhost is answered; the request was for ${JSON.stringify(hostname.slice(0, 100))}`;
    done(isLoopback(hostname) ? undefined : new RialtoError('unauthorized', message));
  });
}

/** Routes that only servers and operators call. */
function adminScope(app: FastifyInstance, context: ServerContext): void {
  measure(app, context);
  if (context.keys.open) refuseForeignNames(app);
  app.addHook('onRequest', authorizeBy(context.keys, keyOf, 'api'));
  decisionRoutes(app, context);
  entityRoutes(app, context);
  rankerTrialRoutes(app, context);
  versionRoutes(app, context);
  experimentRoutes(app, context);
  modelRoutes(app, context);
  settingsRoutes(app, context);
  buyerRoutes(app, context);
  moneyRoutes(app, context);
  forecastRoutes(app, context);
  metricsRoutes(app, context);
}

/** The server; `close()` it before the engine. Listen with `startServer`, which also minds who may reach it. */
export function createServer(engine: Engine, options: ServerOptions = {}): FastifyInstance {
  const limits = { bodyBytes: options.bodyLimitBytes ?? 4 * MIB, lineBytes: options.lineLimitBytes ?? MIB };
  const context: ServerContext = {
    engine,
    clock: options.clock ?? systemClock,
    keys: new Keyring(options),
    metrics: new Metrics(),
    limits,
    load: options.load ?? UNLIMITED,
    turns: new TurnWatch(),
    readiness: new Readiness(engine.counters),
    uploads: new ModelUploads({
      directory: options.uploadDirectory ?? tmpdir(),
      limitBytes: options.modelLimitBytes ?? 256 * MIB,
      listings: () => engine.state.market.listings.size,
    }),
    ...(options.statements && { statements: options.statements }),
  };
  const app = bareServer(options, limits.bodyBytes);
  app.decorateRequest('keyName', '');
  app.removeAllContentTypeParsers();
  readJson(app, ['application/json'], limits.bodyBytes);
  answerErrors(app, context);
  app.addHook('onRequest', (request, _reply, done) => {
    // Decisions ask how long they waited, and have not waited for themselves.
    if (request.routeOptions.url !== DECIDE_PATH) context.turns.note();
    done();
  });
  app.addHook('onClose', async () => context.metrics.close());
  if (options.uploadDirectory !== undefined) app.addHook('onReady', () => context.uploads.clean());
  documentApi(app);
  app.register(async (open) => healthRoutes(open, context));
  app.register(async (browser) => browserScope(browser, context));
  app.register(async (admin) => adminScope(admin, context));
  return app;
}
