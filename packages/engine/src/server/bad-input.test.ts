/** Whatever comes in: a clear error of the one form, and the server goes on. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERRORS, type ErrorCode } from '../base/errors.ts';
import { openTestEngine } from './engine.fixture.ts';
import { type RunningServer, startServer } from './listen.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer(await openTestEngine(), { port: 0, bodyLimitBytes: 1_048_576 });
});

afterAll(async () => {
  expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({ status: 'ok' });
  await server.stop();
});

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
}

async function expectRefused(
  { path = '/v1/decide', method = 'POST', body, headers = {} }: Sent,
  code: ErrorCode,
): Promise<string> {
  const response = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const answer = (await response.json()) as { error: { code: string; message: string }; requestId: string };
  expect(answer.error.code, answer.error.message).toBe(code);
  expect(response.status).toBe(ERRORS[code].status);
  expect(Object.keys(answer).sort()).toEqual(['error', 'requestId']);
  expect(answer.error.message.length).toBeGreaterThan(10);
  expect(answer.error.message.length).toBeLessThan(600);
  expect(JSON.stringify(answer)).not.toMatch(/\n\s+at |node_modules/);
  return answer.error.message;
}

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const listing = (fields: string): string => `{"title":"t","priceMicros":1${fields}}`;

const json: [name: string, body: string | Uint8Array<ArrayBuffer>, code: ErrorCode][] = [
  ['no JSON', 'placements=home', 'bad-json'],
  ['half of JSON', '{"placements":["home"]', 'bad-json'],
  ['NaN', '{"placements":NaN}', 'bad-json'],
  ['nothing', '', 'bad-request'],
  ['null', 'null', 'bad-request'],
  ['a string', '"home"', 'bad-request'],
  ['an array', '[]', 'bad-request'],
  ['invalid UTF-8', Uint8Array.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 'bad-json'],
  ['UTF-16', Uint8Array.from(Buffer.from('\ufeff{"placements":["home"]}', 'utf16le')), 'bad-json'],
  ['33 levels', nested(33), 'bad-json'],
  ['200,000 levels', nested(200_000), 'bad-json'],
  ['200,000 levels of objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 'bad-json'],
  ['__proto__', '{"placements":["home"],"__proto__":{"a":1}}', 'bad-json'],
  ['__proto__, escaped', '{"placements":["home"],"context":{"\\u005f_proto__":1}}', 'bad-json'],
  ['constructor.prototype', '{"constructor":{"prototype":{"a":1}}}', 'bad-json'],
  ['an unknown field', '{"placements":["home"],"place":1}', 'bad-request'],
  ['a wrong type', '{"placements":"home"}', 'bad-request'],
  ['an unknown placement', '{"placements":["nowhere"]}', 'unknown-placement'],
  ['a lone surrogate', '{"placements":["home"],"buyer":"\\ud800"}', 'bad-request'],
  ['a control character', '{"placements":["home"],"buyer":"a\\u0000"}', 'bad-request'],
  ['a body above the limit', JSON.stringify({ placements: ['home'], buyer: 'x'.repeat(10_000_000) }), 'body-too-large'],
  ['a long string', JSON.stringify({ placements: ['home'], buyer: 'x'.repeat(1_000_000) }), 'bad-request'],
];

describe('POST /v1/decide', () => {
  test.each(json)('%s', async (_name, body, code) => {
    await expectRefused({ body }, code);
  });

  test('32 levels are no reason to refuse', async () => {
    expect(await expectRefused({ body: nested(32) }, 'bad-request')).toContain('expected object');
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])(
    'as %s',
    async (type) => {
      const message = await expectRefused({ body: '{}', headers: { 'content-type': type } }, 'unsupported-media-type');
      expect(message).toContain('application/json');
    },
  );
});

describe('numbers of PUT /v1/listings/{id}', () => {
  test.each(['1e999', '-1', '1.5', '1e16', '9007199254740993', '"1"', 'true', '[1]', '-0.1'])(
    'a price of %s',
    async (price) => {
      const message = await expectRefused(
        { method: 'PUT', path: '/v1/listings/x', body: `{"title":"t","priceMicros":${price}}` },
        'bad-request',
      );
      expect(message).toContain('priceMicros');
    },
  );

  test.each([
    ['a title of 10,000 characters', listing('').replace('"t"', JSON.stringify('x'.repeat(10_000)))],
    ['an attribute __proto__ behind an escape', listing(',"attributes":{"__pro\\u0074o__":"x"}')],
  ])('%s', async (name, body) => {
    await expectRefused(
      { method: 'PUT', path: '/v1/listings/x', body },
      name.includes('__proto__') ? 'bad-json' : 'bad-request',
    );
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('compressed bodies', () => {
  const body = '{"placements":["home"]}';

  test('gzip is read', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect(
      (await fetch(`${server.url}/v1/decide`, { method: 'POST', headers, body: Uint8Array.from(gzipSync(body)) }))
        .status,
    ).toBe(200);
  });

  test('a bomb', async () => {
    const bomb = Uint8Array.from(gzipSync(Buffer.alloc(50_000_000, 0x20)));
    await expectRefused({ body: bomb, headers: { 'content-encoding': 'gzip' } }, 'body-too-large');
  });

  test('no gzip', () => expectRefused({ body, headers: { 'content-encoding': 'gzip' } }, 'bad-json'));
  test('another encoding', () =>
    expectRefused({ body, headers: { 'content-encoding': 'br' } }, 'unsupported-media-type'));
});

describe('paths and queries', () => {
  const get = (path: string): Sent => ({ method: 'GET', path });
  test('no such route', async () => expect(await expectRefused(get('/v2/none'), 'not-found')).toContain('/v2/none'));
  test.each([
    ['GET', '/v1/decide', 'takes POST, not GET'],
    ['DELETE', '/v1/decide?key=x', 'takes POST, not DELETE'],
    ['POST', '/v1/listings/a%20b', 'takes DELETE or GET or PUT, not POST'],
    ['PUT', '/v1/listings', 'takes GET, not PUT'],
    ['PATCH', '/v1/decisions/1-a', 'takes GET, not PATCH'],
  ])('%s %s', async (method, path, said) => {
    expect(await expectRefused({ method, path }, 'method-not-allowed')).toContain(said);
  });
  test('bytes that are no UTF-8', () => expectRefused(get('/v1/listings/%ff'), 'bad-request'));
  test('a control character', () => expectRefused(get('/v1/listings/a%00b'), 'bad-request'));
  test('an id of 129 characters', () => expectRefused(get(`/v1/listings/${'x'.repeat(129)}`), 'bad-request'));
  test('128 characters of 4 bytes are an id', () =>
    expectRefused(get(`/v1/listings/${encodeURIComponent('😀'.repeat(128))}`), 'not-found'));
  test.each(['0', '1001', '-1', 'x', '1.5', '1e999'])('limit=%s', async (limit) => {
    await expectRefused(get(`/v1/listings?limit=${limit}`), 'bad-request');
  });
  test('an unknown parameter', () => expectRefused(get('/v1/listings?page=2'), 'bad-request'));
  test('a parameter twice', () => expectRefused(get('/v1/listings?limit=2&limit=3'), 'bad-request'));
});

/** What a server answers to bytes that no HTTP client would send. */
function rawAnswer(bytes: string): Promise<string> {
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('bytes that are no HTTP', () => {
  test('garbage', async () => {
    expect(await rawAnswer('\u0016\u0003\u0001 hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"code":"bad-request"/s);
  });

  test('headers without an end', async () => {
    expect(await rawAnswer(`GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('a client that leaves in the middle', async () => {
    const { port } = new URL(server.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          'POST /v1/listings/bulk HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: 1000\r\n\r\n{"id":',
        );
        setTimeout(() => socket.destroy(), 20);
      });
      socket.on('close', () => resolve());
    });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});
