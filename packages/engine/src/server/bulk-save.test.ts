import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RialtoError } from '../base/errors.ts';
import type { Engine } from '../delivery/engine.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { openTestEngine } from './engine.fixture.ts';
import { type RunningServer, startServer } from './listen.ts';
import { type JsonLine, jsonLines } from './ndjson.ts';

let log: MemoryLog;
let engine: Engine;
let server: RunningServer;

beforeEach(async () => {
  log = new MemoryLog();
  engine = await openTestEngine(log);
  server = await startServer(engine, { port: 0, lineLimitBytes: 2_000 });
});

afterEach(() => server.stop());

const listing = (id: string | number): string =>
  JSON.stringify({ id: `l${id}`, title: `Listing ${id}`, priceMicros: 1_000_000 });

async function bulk(
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
  path = 'listings',
): Promise<{ status: number; body: never }> {
  const response = await fetch(`${server.url}/v1/${path}/bulk`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...headers },
    body,
    duplex: 'half',
  } as RequestInit);
  return { status: response.status, body: (await response.json()) as never };
}

describe('bulk', () => {
  test('each line is taken or rejected for itself, with its number', async () => {
    const lines = [
      listing(1),
      '',
      'nonsense',
      '{"id":"x"}\r',
      listing(2),
      `{"id":"${'y'.repeat(3_000)}"}`,
      '\ud800',
      listing(3),
    ];
    expect(await bulk(lines.join('\n'))).toMatchObject({
      status: 200,
      body: {
        saved: 3,
        unchanged: 0,
        rejected: [
          { line: 3, index: 2, code: 'bad-json' },
          { line: 4, index: 3, id: 'x', code: 'bad-request' },
          { line: 6, index: 5, code: 'body-too-large', message: expect.stringContaining('2000') },
          { line: 7, index: 6, code: 'bad-json' },
        ],
        rejectedTotal: 4,
      },
    });
    expect(engine.read('listing', 'l3')).toMatchObject({ title: 'Listing 3' });
  });

  test('what the engine refuses has its line too', async () => {
    const review = (id: string, of: string): string => JSON.stringify({ id, listing: of, rating: 5 });
    const { body } = await bulk(
      [review('a', 'cup'), '{}', review('b', 'none'), review('c', 'bowl')].join('\n'),
      {},
      'reviews',
    );
    expect(body).toMatchObject({ saved: 2, rejected: [{ line: 2 }, { line: 3, id: 'b', code: 'unknown-reference' }] });
  });

  test('again changes nothing', async () => {
    const body = Array.from(Array(2_500).keys(), listing).join('\n');
    expect((await bulk(body)).body).toMatchObject({ saved: 2_500, unchanged: 0 });
    const { offset } = engine;
    expect((await bulk(body)).body).toMatchObject({ saved: 0, unchanged: 2_500 });
    expect(engine.offset).toBe(offset);
  });

  test('gzipped', async () => {
    const body = Uint8Array.from(gzipSync(`${listing(1)}\n${listing(2)}\n`));
    expect((await bulk(body, { 'content-encoding': 'gzip' })).body).toMatchObject({ saved: 2 });
  });

  test('damaged gzip is answered', async () => {
    const body = Uint8Array.from(gzipSync(Array.from(Array(5_000).keys(), listing).join('\n')));
    body.fill(0xff, body.length >> 1);
    expect(await bulk(body, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 422,
      body: { error: { code: 'bad-file' } },
    });
    expect((await bulk('{}', { 'content-encoding': 'zstd' })).status).toBe(415);
    expect((await bulk('{}', { 'content-type': 'application/json' })).status).toBe(415);
    expect((await bulk('')).body).toMatchObject({ saved: 0, rejectedTotal: 0 });
  });

  test('a log that cannot be written is answered in the middle of the stream', async () => {
    log.append = () => Promise.reject(new RialtoError('log-full', 'no space left'));
    const body = Array.from(Array(20_000).keys(), listing).join('\n');
    expect(await bulk(body)).toMatchObject({ status: 507, body: { error: { code: 'log-full' } } });
  });

  test('a thousand rejections are listed, the rest counted', async () => {
    const { body } = (await bulk('nonsense\n'.repeat(1_500))) as { body: { rejected: unknown[] } };
    expect(body).toMatchObject({ rejectedTotal: 1_500 });
    expect(body.rejected).toHaveLength(1_000);
  });

  test('the sender waits while the engine saves', async () => {
    const append = log.append.bind(log);
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    log.append = async (records) => {
      await gate;
      return append(records);
    };
    const lines = Buffer.from(`${listing(1)}${' '.repeat(1_900)}\n`.repeat(200));
    const total = 100;
    let sent = 0;
    const source = Readable.from(
      (function* () {
        for (; sent < total; sent++) yield lines;
      })(),
    );
    const answer = bulk(Readable.toWeb(source) as ReadableStream);
    for (let last = -1; last !== sent || sent === 0; ) {
      last = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(sent).toBeLessThan(total);
    release();
    expect((await answer).status).toBe(200);
    expect(sent).toBe(total);
  });
});

describe('lines of a stream', () => {
  async function linesOf(chunks: readonly Buffer[], limit = 100): Promise<JsonLine[]> {
    const lines: JsonLine[] = [];
    for await (const batch of jsonLines(Readable.from(chunks, { objectMode: true }), limit)) lines.push(...batch);
    return lines;
  }

  test('are the same wherever the chunks are cut', async () => {
    const text = Buffer.from(`{"a":"é😀"}\n\n  \n[1,2]\r\n"${'x'.repeat(150)}"\nnull\n7`);
    const whole = await linesOf([text]);
    expect(whole.map(({ line, value, problem }) => [line, problem?.code ?? value])).toEqual([
      [1, { a: 'é😀' }],
      [4, [1, 2]],
      [5, 'body-too-large'],
      [6, null],
      [7, 7],
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 30 }), async (cuts) => {
        const points = [0, ...cuts.sort((a, b) => a - b), text.length];
        const chunks = points.slice(1).map((end, i) => text.subarray(points[i], end));
        expect(await linesOf(chunks)).toEqual(whole);
      }),
      { seed: 4, numRuns: 200 },
    );
  });
});
