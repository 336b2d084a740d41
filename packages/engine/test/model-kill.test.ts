/** A server that is killed while it takes models in: what serves is what served before, whole, and nothing is left behind. */
import { cp, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RialtoClient } from '@rialto/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logDirectory, openEngine, readState } from '../src/delivery/data-directory.ts';
import { LISTINGS } from '../src/delivery/market.fixture.ts';
import { Embedding } from '../src/features/embedding.ts';
import { packAdditive } from '../src/learning/additive-model.ts';
import { FileLog } from '../src/log/file-log.ts';
import { PRIOR_MODEL } from '../src/ranking/ranker.ts';
import { readHistory } from '../src/training/history.ts';
import { type Served, serve } from './rialto-process.ts';

let root: string;
const running: Served[] = [];
const ranker = (bias: number): Uint8Array => packAdditive({ ...PRIOR_MODEL, bias: new Float32Array([bias, bias]) });

function embedding(fill: number): Uint8Array {
  const made = new Embedding();
  made.dimensions = 2;
  made.vectors = new Float32Array(2 * LISTINGS.length).fill(fill);
  return new Uint8Array(made.pack());
}

const family = (fill: number) => [
  { name: 'embedding', bytes: embedding(fill), card: {}, by: 'test' },
  { name: 'ranker', bytes: ranker(fill), card: {}, by: 'test' },
];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rialto-model-kill-'));
  const engine = await openEngine(join(root, 'data'));
  await engine.save('listing', LISTINGS, 'test');
  await engine.models.publish(family(1));
  await engine.close();
});
afterAll(async () => {
  await Promise.all(running.map((server) => server.end('SIGKILL')));
  await rm(root, { recursive: true, force: true });
});

const segmentOf = async (directory: string): Promise<string> =>
  join(
    logDirectory(directory),
    (await readdir(logDirectory(directory))).filter((name) => name.endsWith('.log')).at(-1)!,
  );

test('a log that ends anywhere within a publication serves what served before it', async () => {
  const whole = join(root, 'whole');
  await cp(join(root, 'data'), whole, { recursive: true });
  const path = await segmentOf(whole);
  const before = (await stat(path)).size;
  const engine = await openEngine(whole);
  await engine.models.publish(family(2));
  await engine.close();
  const after = (await stat(path)).size;
  const first = before + embedding(2).length;
  // Within the first record, between the two, within the second, and whole.
  for (const [cut, serves] of [
    [before + 40, 1],
    [first + 120, 1],
    [after - 1, 1],
    [after, 2],
  ] as const) {
    const directory = join(root, `cut-${cut}`);
    await cp(whole, directory, { recursive: true });
    await truncate(await segmentOf(directory), cut);
    const { models, ranker, signals } = await readState(directory);
    expect([ranker.current.bias[0], signals.embedding.vectors[0]]).toEqual([serves, serves]);
    expect([models.versions('ranker').length, models.versions('embedding').length]).toEqual([serves, serves]);
    const log = await FileLog.open(logDirectory(directory), { readOnly: true });
    expect((await readHistory(log)).serving.get('embedding')).toEqual(embedding(serves));
    await log.close();

    const again = await openEngine(directory);
    const [, published] = await again.models.publish(family(3));
    expect(published!.version).toBe(serves + 1);
    expect([again.state.ranker.current.bias[0], again.state.signals.embedding.vectors[0]]).toEqual([3, 3]);
    expect(await again.models.bytes('embedding', serves + 1)).toEqual(embedding(3));
    await again.close();
  }
});

test('a kill in the middle of an upload leaves nothing of it', async () => {
  const directory = join(root, 'data');
  const uploads = join(directory, 'uploads');
  const killed = await serve(directory);
  running.push(killed);
  const form = new FormData();
  form.append('manifest', '{}');
  form.append('ranker', new Blob([new Uint8Array(2_000_000)]));
  const whole = new Response(form);
  const body = Buffer.from(await whole.arrayBuffer());
  const headers = { 'content-type': whole.headers.get('content-type')!, 'content-length': body.length };
  const call = request(`${killed.url}/v1/models`, { method: 'POST', headers });
  call.on('error', () => {});
  call.write(body.subarray(0, 1_000_000));
  await expect.poll(async () => (await readdir(uploads).catch(() => [])).length).toBe(1);
  await killed.end('SIGKILL');
  expect(await readdir(uploads)).toHaveLength(1);

  const server = await serve(directory);
  running.push(server);
  expect(await readdir(uploads)).toEqual([]);
  const client = new RialtoClient({ url: server.url });
  const { items } = await client.models.list();
  expect(items.map(({ name, version, status }) => `${name} ${version} ${status}`)).toEqual([
    'embedding 1 serving',
    'ranker 1 serving',
  ]);
  await client.models.publish([{ name: 'ranker', bytes: ranker(2) }], { status: 'serving' });
  await server.end('SIGKILL');
  expect((await readState(directory)).ranker.current.bias[0]).toBe(2);
});
