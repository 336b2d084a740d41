/** The `rialto` command where something about the machine or the command line is wrong: one line that says it, and nothing made. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keysFromEnvironment } from '../src/cli/environment.ts';
import { rialto } from './rialto-process.ts';

const COMMAND = fileURLToPath(new URL('../bin/rialto.js', import.meta.url));
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rialto-command-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test.each(['18.20.4', '20.18.3', '16.0.0'])('Node %s is refused before anything is loaded', (version) => {
  const older = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(older)}`, COMMAND, '--version'],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe(`rialto: Node 20.19 or newer is needed, and ${process.execPath} is ${version}\n`);
  expect(status).toBe(1);
});

/** What a command says that ends by itself. */
const said = (...args: string[]): string => {
  const { stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { encoding: 'utf8' });
  return stdout + stderr;
};

test('help tells of every command, and what is misspelt is told what it may have meant', () => {
  const all =
    'import serve train models evaluate experiment rankers export sql statements forecast campaigns buyers log playground simulate';
  const [, list = ''] = said('--help').split('Commands:\n');
  const names = [...list.split('\n\n', 1)[0]!.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  expect(names).toEqual([...all.split(' '), 'help']);
  expect(said('serv')).toContain("unknown command 'serv'\n(Did you mean serve?)");
});

test('what needs a log makes none where a directory is misspelt', async () => {
  for (const command of [['train'], ['evaluate', 'decisions'], ['evaluate', 'new-listings']]) {
    const directory = join(root, 'misspelt');
    const { code, stderr } = await rialto(...command, '--data', directory);
    expect(stderr).toMatch(/^rialto: no-data: [^\n]*misspelt[^\n]* is not a directory with a log: name one [^\n]*\n$/);
    expect(code).toBe(1);
    expect(existsSync(directory)).toBe(false);
  }
});

test.each(['popular', 'popular:0', 'nearest:5'])(
  'candidate sources given as "%s" are refused with how to give them',
  async (sources) => {
    const { code, stderr } = await rialto('evaluate', 'decisions', '--sources', sources);
    expect(stderr).toMatch(/no source: a name, a colon and how many at most, such as popular:100\. Names: popular, /);
    expect(code).toBe(1);
  },
);

test('an address that others reach, without a key, is refused before a directory is made', async () => {
  const directory = join(root, 'open');
  const { code, stderr } = await rialto('serve', '--data', directory, '--host', '0.0.0.0', '--port', '0');
  expect(stderr).toMatch(/^rialto: unauthorized: listening on 0\.0\.0\.0 needs keys: [^\n]*\n$/);
  expect(code).toBe(1);
  expect(existsSync(directory)).toBe(false);
});

test('a disk that is full leaves the lake as it was, says so, and is gone on from once there is room', async ({
  skip,
}) => {
  const mount = join(root, 'small');
  await mkdir(mount);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount], { stdio: 'ignore' });
  } catch {
    return skip('mounting a file system needs more rights than this process has');
  }
  try {
    const data = join(mount, 'data');
    const file = join(root, 'many.csv');
    const rows = Array.from({ length: 3_000 }, (_, i) => `l${i},Listing ${i} ${'x'.repeat(i % 50)},${i}`);
    await writeFile(file, `id,title,price\n${rows.join('\n')}\n`);
    const load = () => rialto('import', file, '--as', 'listings', '--data', data);
    expect((await load()).code).toBe(0);
    await writeFile(join(mount, 'filler'), Buffer.alloc(1 << 20)).catch(() => {});
    const { code, stderr } = await rialto('export', '--data', data);
    expect(stderr).toMatch(/^rialto: data-unusable: [^\n]*lake[^\n]*no space left[^\n]*\n$/i);
    expect(code).toBe(1);
    await writeFile(file, 'id,title,price\nnew,New,1\n');
    const refused = await load();
    expect(refused.stderr).toMatch(/^rialto: (log-full|data-unusable): [^\n]*no space left[^\n]*\n$/);
    expect(refused.code).toBe(1);
    await rm(join(mount, 'filler'));
    expect((await load()).code).toBe(0);
    expect((await rialto('export', '--data', data)).code).toBe(0);
  } finally {
    execFileSync('umount', ['-l', mount]);
  }
}, 120_000);

test('a playground whose reader goes away ends, and removes its data', async () => {
  const child = spawn(
    process.execPath,
    [COMMAND, 'playground', '--listings', '200', '--buyers', '50', '--load', '5', '--port', '0'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: root },
    },
  );
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close');
  for await (const text of child.stdout.setEncoding('utf8')) if (text.includes('Ctrl-C ends')) break; // destroys the pipe
  const [code] = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect((await readdir(root)).filter((name) => name.startsWith('rialto-playground'))).toEqual([]);
});

test('a server whose standard error is read no more goes on', async () => {
  const child = spawn(
    process.execPath,
    [COMMAND, 'serve', '--data', join(root, 'unread'), '--port', '0', '--no-train', '--log'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = once(child, 'close');
  let url: string | undefined;
  for await (const text of child.stderr.setEncoding('utf8')) {
    url = /at (http:\S+);/.exec(text)?.[1];
    if (url !== undefined) break;
  }
  for (let i = 0; i < 3; i++) expect((await fetch(`${url}/healthz`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('keys that are written wrongly are refused', () => {
  const keys = (RIALTO_API_KEYS: string) => keysFromEnvironment({ RIALTO_API_KEYS, RIALTO_PUBLISHABLE_KEYS: 'p, q' });
  expect(keys('ops=a=b, web=c')).toEqual({
    apiKeys: new Map([
      ['ops', 'a=b'],
      ['web', 'c'],
    ]),
    publishableKeys: ['p', 'q'],
  });
  for (const text of ['ops', 'ops=', '=a']) expect(() => keys(text), text).toThrow(/form name=key/);
  expect(() => keys('ops=a,ops=b')).toThrow(/two keys of the name ops/);
});
