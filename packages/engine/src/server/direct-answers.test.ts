/** What is answered past the HTTP library is answered as the library does, to the byte. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine } from './engine.fixture.ts';
import { type ListenOptions, type RunningServer, startServer } from './listen.ts';

const OPEN: ListenOptions = { port: 0, bodyLimitBytes: 100_000 };
const KEYED: ListenOptions = { ...OPEN, apiKeys: new Map([['shop', 'secret']]), publishableKeys: ['public'] };
const BUSY: ListenOptions = { ...OPEN, load: { brownoutAfterMs: -1, refuseAfterMs: -1 } };
const servers = new Map<ListenOptions, RunningServer>();

beforeAll(async () => {
  for (const options of [OPEN, KEYED, BUSY]) servers.set(options, await startServer(await openTestEngine(), options));
});

afterAll(async () => {
  for (const server of servers.values()) await server.stop();
});

/** All that comes back on a connection of its own, without what differs from answer to answer. */
function exchange(options: ListenOptions, head: string, body: Buffer): Promise<string> {
  const { port, hostname } = new URL(servers.get(options)!.url);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(`POST /v1/decide HTTP/1.1\r\nhost: ${hostname}\r\n${head}content-length: ${body.length}\r\n\r\n`);
      socket.write(body);
    });
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk;
      const [answer = '', rest] = received.split('\r\n\r\n');
      const bytes = Number(/content-length: (\d+)/i.exec(answer)?.[1]);
      if (rest === undefined || rest.length < bytes) return;
      expect(rest.length).toBe(bytes);
      socket.end();
    });
    socket.on('close', () => resolve(withoutChance(received))).on('error', reject);
  });
}

const withoutChance = (received: string): string =>
  received
    .replace(/Date: [^\r]+/, 'Date: -')
    .replace(/content-length: \d+/, 'content-length: -')
    .replace(/waited for \d+ ms/, 'waited for - ms')
    .replace(/"requestId":"[^"]+"/, '"requestId":"-"')
    .replace(/"decisionId":"[^"]+"/, '"decisionId":"-"')
    .replace(/"token":"[^"]+"/g, '"token":"-"');

const USUAL = 'content-type: application/json\r\n';
/** Means the same, and goes through the library. */
const THROUGH_LIBRARY = 'content-type: application/json; charset=utf-8\r\n';

const BODIES: Readonly<Record<string, [status: number, body: string | Buffer]>> = {
  'a decision': [200, '{"placements":["home"],"buyer":"b"}'],
  'of two placements': [200, '{"placements":["home","listing"],"context":{"listing":"cup"}}'],
  'no bytes': [400, ''],
  'no JSON': [400, '{"placements":'],
  'no UTF-8': [400, Buffer.from([0x7b, 0xff, 0x7d])],
  'a key that harms': [400, '{"__proto__":1}'],
  'an unknown field': [400, '{"placements":["home"],"place":1}'],
  'an unknown placement': [404, '{"placements":["nowhere"]}'],
  'more than is answered directly': [200, `{"placements":["home"]${' '.repeat(70_000)}}`],
  'more than the limit': [413, `{"placements":["home"]${' '.repeat(110_000)}}`],
};

async function expectSame(options: ListenOptions, status: number, head: string, body: string | Buffer): Promise<void> {
  const bytes = Buffer.from(body);
  const direct = await exchange(options, USUAL + head, bytes);
  expect(direct.startsWith(`HTTP/1.1 ${status} `), direct).toBe(true);
  expect(direct).toBe(await exchange(options, THROUGH_LIBRARY + head, bytes));
}

describe('the same answer, directly and through the library', () => {
  test.each(Object.entries(BODIES))('to %s', (_name, [status, body]) => expectSame(OPEN, status, '', body));

  test.each([
    ['no key', 401, ''],
    ['an unknown key', 401, 'authorization: Bearer none\r\n'],
    ['the publishable key', 200, 'authorization: Bearer public\r\n'],
    ['an API key', 200, 'authorization: Bearer secret\r\n'],
  ])('with %s', (_name, status, head) => expectSame(KEYED, status, head, '{"placements":["home"]}'));

  test('under load', () => expectSame(BUSY, 503, '', '{"placements":["home"]}'));

  test('with an id of the caller', () => expectSame(OPEN, 400, 'x-request-id: one\r\n', '{}'));

  test('where the connection is closed after it', () =>
    expectSame(OPEN, 200, 'connection: close\r\n', '{"placements":["home"]}'));
});

test('two requests on one connection are answered in turn', async () => {
  const one = '{"placements":["home"]}';
  const head = `POST /v1/decide HTTP/1.1\r\nhost: localhost\r\n${USUAL}content-length: ${one.length}\r\n`;
  const { port, hostname } = new URL(servers.get(OPEN)!.url);
  const received = await new Promise<string>((resolve, reject) => {
    let all = '';
    const socket = connect(Number(port), hostname, () =>
      socket.write(`${head}\r\n${one}${head}connection: close\r\n\r\n${one}`),
    );
    socket.on('data', (chunk) => {
      all += chunk;
    });
    socket.on('close', () => resolve(all)).on('error', reject);
  });
  expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
});

test('metrics count what is answered directly', async () => {
  const { url } = servers.get(OPEN)!;
  const counted = async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/_count\{method="POST",route="\/v1\/decide"\} (\d+)/.exec(text)?.[1] ?? 0);
  };
  const before = await counted();
  await exchange(OPEN, USUAL, Buffer.from('{"placements":["home"]}'));
  await exchange(OPEN, USUAL, Buffer.from('{"placements":["nowhere"]}'));
  expect(await counted()).toBe(before + 1);
});
