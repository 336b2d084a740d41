/** The examples as a user runs them: compiled, each in a process of its own, against a real server on a new data directory. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RialtoClient } from '@rialto/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine } from '../packages/engine/src/delivery/data-directory.ts';
import { type RunningServer, startServer } from '../packages/engine/src/server/listen.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const KEY = 'a-key-of-the-examples';
const run = promisify(execFile);

let directory: string;
let server: RunningServer;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rialto-examples-'));
  server = await startServer(await openEngine(directory), { port: 0, apiKeys: new Map([['examples', KEY]]) });
});

afterAll(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function example(name: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, RIALTO_URL: server.url, RIALTO_KEY: KEY };
  const { stdout } = await run(process.execPath, [join(HERE, 'dist', `${name}.js`), ...args], { env });
  return stdout;
}

test('load-listings saves a catalogue once', async () => {
  expect(await example('load-listings')).toBe(
    'listings: 60 saved, 0 unchanged, 0 rejected\ncampaign anna-spring: saved\n',
  );
  expect(await example('load-listings')).toBe(
    'listings: 0 saved, 60 unchanged, 0 rejected\ncampaign anna-spring: unchanged\n',
  );
});

test('send-events counts orders once and tells what was bad', async () => {
  const output = await example('send-events');
  expect(output).toContain('events: 7 accepted, 0 known already, 1 rejected');
  expect(output).toContain('view-of-nothing: unknown-listing');
  expect(await example('send-events')).toContain('events: 0 accepted, 7 known already, 1 rejected');
});

test('decide shows listings and the ad, and its events are taken', async () => {
  const output = await example('decide');
  expect(output.match(/^ {2}\d+\. \S+/gm)).toHaveLength(6);
  expect(output).toMatch(/anna-(red-mug|blue-vase) \(sponsored\)/);
  expect(output).toContain('events: 7 accepted');
});

test('explain-decision makes it again, and knows its reasons', async () => {
  const output = await example('explain-decision');
  expect(output).toMatch(/decided again, identical\nhome: \d+ candidates\n/);
  expect(output).toMatch(/clio-green-vase .* dropped in filter: excluded-by-request/);
  const decisionId = output.split(' ', 1)[0]!;
  expect(await example('explain-decision', decisionId)).toBe(output);
  await expect(example('explain-decision', 'no-such-decision')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no decision no-such-decision'),
  });
});

test('the whole client against the server', async () => {
  const rialto = new RialtoClient({ url: server.url, key: KEY });
  expect(await rialto.listings.get('anna-red-mug')).toMatchObject({ title: 'red mug', priceMicros: 10_000_000 });
  const ids: string[] = [];
  for await (const { id } of rialto.listings.all({ limit: 7 })) ids.push(id);
  expect(new Set(ids).size).toBe(60);
  const settings = await rialto.settings();
  await rialto.saveSettings(settings);
  await rialto.listings.remove('bodo-white-lamp');
  expect(await rialto.listings.get('bodo-white-lamp')).toMatchObject({ availability: 'removed' });
  await rialto.reviews.put({ id: 'r1', listing: 'anna-red-mug', rating: 5 });
  expect((await rialto.reviews.list()).items).toMatchObject([{ id: 'r1', rating: 5 }]);
  const bad = [
    { id: 'fine', title: 'Fine', priceMicros: 1 },
    { id: 'bad', title: 'Bad', priceMicros: -1 },
  ];
  const result = await rialto.listings.putAll(bad, { batch: 1 });
  expect(result).toMatchObject({ saved: 1, rejected: [{ index: 1, id: 'bad', code: 'bad-request' }] });
  await expect(rialto.decide({ placements: ['hme'] })).rejects.toMatchObject({
    code: 'unknown-placement',
    status: 404,
  });
  const stranger = new RialtoClient({ url: server.url, key: 'wrong' });
  await expect(stranger.settings()).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
});

test('each example is short and in the README', () => {
  const readme = readFileSync(join(HERE, 'README.md'), 'utf8');
  const names = readdirSync(HERE).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  expect(names).toHaveLength(5);
  for (const name of names) {
    expect(readFileSync(join(HERE, name), 'utf8').split('\n').length, name).toBeLessThanOrEqual(61);
    expect(readme).toContain(`node examples/dist/${name.replace('.ts', '.js')}`);
  }
});

test('run-experiment gives each buyer a variant and counts them', async () => {
  const output = await example('run-experiment');
  expect(output.match(/^\w+: (control|calm), "/gm)).toHaveLength(6);
  expect(output).toMatch(/: calm, "Picked for you", 0 ads/);
  const [, control, calm] = /control (\d+), calm (\d+)\n$/.exec(output)!;
  expect(Number(control) + Number(calm)).toBeGreaterThanOrEqual(5);
});
