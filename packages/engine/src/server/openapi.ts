/** The API's description at /openapi.json, made from the schemas, and its page at /docs, which needs no other host. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { API_EXAMPLES } from './api-examples.ts';

const INTRODUCTION = `What Rialto's server takes and answers. Money is integer micros (millionths) of the marketplace's currency, times are
milliseconds since 1970 in UTC. Every error has the form {error: {code, message, path?, details?}, requestId}.`;

/** What the library says of an answer that has no description. */
const UNTOLD = 'Default Response';

const LOGO = {
  type: 'image/svg+xml',
  content:
    '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="40"><text x="0" y="29" font-family="sans-serif" font-size="26" fill="#fff">Rialto</text></svg>',
  href: '/docs',
  target: '_self',
} as const;

type Document = ReturnType<typeof jsonSchemaTransformObject>;

/**
 * zod describes what a schema reads and what it makes apart, as `ListingInput` and `Listing`. None of ours transforms, so
 * the two are the same and one name is enough.
 */
function withoutInputTwins(document: Document): Document {
  const text = JSON.stringify(document).replace(/("#\/components\/schemas\/\w+?)Input"/g, '$1"');
  const merged = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  const { schemas } = merged.components;
  for (const name of Object.keys(schemas)) if (name.endsWith('Input')) delete schemas[name];
  return merged as Document;
}

/** The parts of a document that are filled in. */
interface Filled {
  readonly components: { readonly schemas: Record<string, object> };
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses?: Record<string, { description: string }> }>>>
  >;
}

function filledIn(document: Document): Document {
  const { components, paths } = document as Filled;
  for (const [name, example] of Object.entries(API_EXAMPLES))
    components.schemas[name] = { ...components.schemas[name], examples: [example] };
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path)))
    for (const [status, response] of Object.entries(operation.responses ?? {}))
      if (response.description === UNTOLD) response.description = status === 'default' ? 'Refused, and why' : 'Done';
  return document;
}

/** Documents the routes registered from here on. */
export function documentApi(app: FastifyInstance): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Rialto', description: INTRODUCTION, version: '1' },
      tags: [
        { name: 'decisions', description: 'What to show, and why it was shown.' },
        { name: 'events', description: 'What buyers do.' },
        { name: 'buyers', description: 'Who is to be forgotten.' },
        { name: 'market', description: 'What exists.' },
        { name: 'experiments', description: 'What is tried out, and who gets which variant.' },
        { name: 'models', description: 'What has been learned, what serves of it, and what served before.' },
        { name: 'money', description: 'What sellers pay, owe and are given back.' },
        { name: 'forecasts', description: 'What is to come, and what campaigns would get of it.' },
        { name: 'segment', description: "Segment's HTTP tracking API." },
        { name: 'operations', description: 'Health and metrics.' },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key. For servers only.' },
          publishableKey: { type: 'http', scheme: 'bearer', description: 'A publishable key; an API key does too.' },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => filledIn(withoutInputTwins(jsonSchemaTransformObject(document))),
  });
  app.register(swaggerUi, {
    routePrefix: '/docs',
    logLevel: 'silent',
    theme: { title: 'Rialto: the API' },
    logo: LOGO,
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
}
