/** Models published to a running server: all or none, what does not fit is refused in words, and what serves stays. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelManifest, RialtoClient } from '@rialto/sdk';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Engine } from '../delivery/engine.ts';
import { listingRows } from '../delivery/listing-rows.ts';
import { digestOf } from '../delivery/model-bytes.ts';
import { rebuild } from '../delivery/rebuild.ts';
import { Embedding } from '../features/embedding.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { MemoryLog } from '../log/memory-log.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { packSources } from '../retrieval/learned-sources.ts';
import { openTestEngine } from './engine.fixture.ts';
import { type RunningServer, startServer } from './listen.ts';

const KEY = 's3cret';
const folder = mkdtempSync(join(tmpdir(), 'rialto-upload-'));
const uploads = join(folder, 'uploads');
const ranker = (bias: number): Uint8Array => packAdditive({ ...PRIOR_MODEL, bias: new Float32Array([bias, bias]) });

let log: MemoryLog;
let engine: Engine;
let server: RunningServer;
let client: RialtoClient;

beforeEach(async () => {
  log = new MemoryLog();
  engine = await openTestEngine(log);
  server = await startServer(engine, {
    port: 0,
    apiKeys: new Map([['ann', KEY]]),
    publishableKeys: ['pk'],
    uploadDirectory: uploads,
    modelLimitBytes: 100_000,
  });
  client = new RialtoClient({ url: server.url, key: KEY, retries: 0 });
});
afterEach(() => server.stop());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function embedding(listings: number, fill = 1): Uint8Array {
  const made = new Embedding();
  made.dimensions = 2;
  made.vectors = new Float32Array(2 * listings).fill(fill);
  return made.pack();
}

interface Sent {
  readonly manifest?: unknown;
  readonly parts?: Readonly<Record<string, Uint8Array>>;
  readonly key?: string;
}

/** As a caller without the sdk would send it. */
async function post({ manifest, parts = {}, key = KEY }: Sent) {
  const body = new FormData();
  if (manifest !== undefined)
    body.append('manifest', typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  for (const [name, bytes] of Object.entries(parts)) body.append(name, new Blob([bytes]), 'file');
  const answer = await fetch(`${server.url}/v1/models`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body,
  });
  const told = (await answer.json()) as { items?: object[]; error?: { code: string; message: string } };
  return { status: answer.status, ...told };
}

const told = (parts: Readonly<Record<string, Uint8Array>>, more: object = {}): ModelManifest => ({
  models: Object.entries(parts).map(([name, bytes]) => ({ name, digest: digestOf(bytes), ...more })),
});

describe('publishing', () => {
  test('makes a candidate, which serves nobody until it is promoted', async () => {
    const { items } = await client.models.publish([{ name: 'ranker', bytes: ranker(1), card: { recall: 0.3 } }]);
    expect(items).toMatchObject([
      {
        name: 'ranker',
        version: 1,
        status: 'candidate',
        by: 'ann',
        digest: digestOf(ranker(1)),
        card: { recall: 0.3 },
      },
    ]);
    expect(engine.state.ranker.current.bias[0]).toBe(0);
    await client.models.promote('ranker', 1);
    expect(engine.state.ranker.current.bias[0]).toBe(1);
    expect(digestOf(await engine.models.bytes('ranker', 1))).toBe(digestOf(ranker(1)));
  });

  test('lets several serve at once, where that is asked, but for those that are said to be candidates', async () => {
    const sources = packSources(new Map([['home', { places: 20, sources: [{ source: 'popular', limit: 20 }] }]]));
    const rows = listingRows(engine.state.market.listings.ids, 3);
    const { items } = await client.models.publish(
      [
        { name: 'sources', bytes: sources, status: 'candidate' },
        { name: 'embedding', bytes: embedding(3), card: { listings: rows } },
        { name: 'ranker', bytes: ranker(2) },
      ],
      { status: 'serving' },
    );
    expect(items.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'sources candidate',
      'embedding serving',
      'ranker serving',
    ]);
    // What another thread read of it is what a fold of the log reads.
    const folded = await rebuild({ log });
    expect(engine.state.signals.embedding).toEqual(folded.signals.embedding);
    expect(engine.models.list()).toEqual(folded.models.names.flatMap((name) => folded.models.versions(name)));
    expect(engine.state.signals.embedding.vectors[0]).toBe(1);
    expect(engine.state.ranker.current.bias[0]).toBe(2);
  });

  test('is a record in the log: each decision before and after it is made again as it was', async () => {
    const before = engine.decide({ buyer: 'b1', placements: ['home'] }).decisionId;
    await client.models.publish([{ name: 'ranker', bytes: ranker(3) }], { status: 'serving' });
    const after = engine.decide({ buyer: 'b1', placements: ['home'] }).decisionId;
    await client.models.publish([{ name: 'ranker', bytes: ranker(4) }], { status: 'serving' });
    await client.models.rollback('ranker');
    for (const id of [before, after]) expect((await engine.explain(id)).identical).toBe(true);
    const { state } = engine;
    const folded = await rebuild({ log });
    expect(folded.models.versions('ranker')).toEqual(state.models.versions('ranker'));
    expect(folded.ranker.current).toEqual(state.ranker.current);
  });
});

describe('what does not fit is refused, and what serves stays', () => {
  const good = { ranker: ranker(1) };
  const cut = { ranker: ranker(1).slice(0, -4) };
  const large = { ranker: new Uint8Array(200_000) };
  const foreign = { embedding: embedding(3) };
  const elsewhere = { card: { listings: { count: 3, digest: 'f'.repeat(64) } } };
  const worse = { status: 'serving', card: { gates: { reasons: ['it is worse'] } } };

  test.each<[string, Sent, number, string, string]>([
    ['truncated', { manifest: told(cut), parts: cut }, 422, 'bad-model', 'truncated or damaged'],
    ['of other listings', { manifest: told(foreign, elsewhere), parts: foreign }, 422, 'bad-model', 'not the first 3'],
    [
      'closed gates',
      { manifest: told(good, worse), parts: good },
      422,
      'model-refused',
      'the new ranker is not served: it is worse. Publish it as a candidate',
    ],
    [
      'too large',
      { manifest: told(large), parts: large },
      413,
      'body-too-large',
      'limit of 100000 bytes: raise it with `rialto serve --model-limit`',
    ],
    ['a publishable key', { manifest: told(good), parts: good, key: 'pk' }, 403, 'forbidden', 'publishable'],
    ['no key of ours', { manifest: told(good), parts: good, key: 'x' }, 401, 'unauthorized', 'key'],
  ])('%s', async (_, sent, status, code, message) => {
    const before = engine.offset;
    const answer = await post(sent);
    expect(answer).toMatchObject({ status, error: { code, message: expect.stringContaining(message) } });
    expect(engine.offset).toBe(before);
    expect(engine.models.list()).toEqual([]);
    expect(existsSync(uploads) ? readdirSync(uploads) : []).toEqual([]);
  });

  test('a body of another type', async () => {
    const answer = await fetch(`${server.url}/v1/models`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(answer.status).toBe(415);
  });

  test('a sender that goes away leaves nothing, and the next one is taken in', async () => {
    const bytes = ranker(1);
    const form = new FormData();
    form.append('manifest', JSON.stringify(told({ ranker: bytes })));
    form.append('ranker', new Blob([bytes]), 'file');
    const whole = new Response(form);
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': whole.headers.get('content-type')! };
    const body = Buffer.from(await whole.arrayBuffer());
    const call = request(`${server.url}/v1/models`, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
    });
    call.on('error', () => {});
    call.write(body.subarray(0, 400));
    await expect.poll(() => (existsSync(uploads) ? readdirSync(uploads) : [])).toHaveLength(1);
    call.destroy();
    await expect.poll(() => readdirSync(uploads)).toEqual([]);
    const { items } = await client.models.publish([{ name: 'ranker', bytes }]);
    expect(items[0]!.version).toBe(1);
  });
});

test('one upload is taken in at a time, and decisions are made meanwhile', async () => {
  const several = await Promise.allSettled(
    [1, 2, 3].map((bias) => client.models.publish([{ name: 'ranker', bytes: ranker(bias) }])),
  );
  const refused = several.filter(({ status }) => status === 'rejected');
  for (const one of refused) expect(one).toMatchObject({ reason: { code: 'overloaded' } });
  expect(engine.models.list()).toHaveLength(3 - refused.length);
  expect(refused.length).toBeGreaterThan(0);
});

test('what a killed process left is removed at the start, and nothing else', async () => {
  mkdirSync(uploads, { recursive: true });
  writeFileSync(join(uploads, 'a.upload'), 'half');
  writeFileSync(join(uploads, 'note.txt'), 'mine');
  const second = await startServer(await openTestEngine(), { port: 0, uploadDirectory: uploads });
  expect(readdirSync(uploads)).toEqual(['note.txt']);
  rmSync(join(uploads, 'note.txt'));
  await second.stop();
});
