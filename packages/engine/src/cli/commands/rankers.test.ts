/** `rialto rankers` on a data directory and beside a server: what is wrong is said, what would change is counted, what is applied serves. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../../delivery/data-directory.ts';
import { LISTINGS, purchase } from '../../delivery/market.fixture.ts';
import { startServer } from '../../server/listen.ts';
import { printedBy } from '../printed.fixture.ts';
import { rankersCommand } from './rankers.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-rankers-'));
const data = join(folder, 'data');
const DEAR = { id: 'dear', objective: 'hide*price' };
const PAGES = 30;

const file = (value: unknown): string => {
  const path = join(folder, 'rankers.json');
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
};

async function rialto(...args: string[]): Promise<Record<string, never>> {
  const printed = await printedBy(async () => {
    await rankersCommand.parseAsync([...args, '--json'], { from: 'user' });
  });
  return JSON.parse(printed);
}

beforeAll(async () => {
  const engine = await openEngine(data);
  await engine.save('listing', LISTINGS, 'test');
  const page = { id: 'page', slots: 4, sources: [{ source: 'popular', limit: 20 }] } as const;
  await engine.save('placement', [page, { ...page, id: 'other' }], 'test');
  await engine.ingest([3, 3, 3, 5, 5, 7].map((listing, i) => purchase(`p${i}`, `l${listing}`)));
  for (let i = 0; i < PAGES; i++) engine.decide({ buyer: `b${i}`, placements: ['page', 'other'] });
  await engine.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  process.exitCode = 0;
});

describe('check', () => {
  test.each([
    [{ id: 'a', objective: 'purchase + buy' }, 'objective, position 12: "buy" is none of'],
    [[{ id: 'a', objective: 'cart', model: 'nix' }], 'model: there is no model "nix"'],
    [{ rankers: [], placements: [{ id: 'page', ranker: 'nix' }] }, 'placement "page": there is no ranker "nix"'],
    [{ rankers: [], placements: [{ id: 'gone', slots: 2 }] }, 'placement "gone": there is no such placement'],
    [{ rankers: [], placements: [{ id: 'page', slots: 'two' }] }, 'placement "page": slots'],
    [{ id: 'a', objective: 'cart', diversity: { strength: 2 } }, 'rankers[0]: diversity.strength'],
    [[DEAR, DEAR], '"dear" is there twice'],
    [{ ranker: DEAR }, 'must hold the lists "rankers" and "placements"; it has "ranker"'],
    ['{', 'is not JSON'],
    [[], 'holds no ranker'],
    [{ id: 'a', objektive: 'cart' }, 'unknown fields: "objektive"'],
  ])('%j', async (value, problem) => {
    const { ok, problems } = await rialto('check', file(value), '--data', data);
    expect(ok).toBe(false);
    expect((problems as string[]).join('\n')).toContain(problem);
    expect(process.exitCode).toBe(1);
  });

  test.each([
    ['UTF-8 with a byte order mark', 'utf8'],
    ['UTF-16', 'utf16le'],
  ] as const)('%s, as other editors write', async (_, encoding) => {
    const path = join(folder, `${encoding}.json`);
    writeFileSync(path, Buffer.from(`\ufeff${JSON.stringify(DEAR)}`, encoding));
    expect(await rialto('check', path, '--data', data)).toEqual({ ok: true, problems: [] });
  });

  test('good ones, with and without data', async () => {
    const path = file([
      { ...DEAR, model: 'later', fallback: 'plain' },
      { id: 'plain', objective: 'purchase' },
    ]);
    expect(await rialto('check', path, '--data', data)).toEqual({ ok: true, problems: [] });
    expect(await rialto('check', path, '--data', join(folder, 'none'))).toEqual({ ok: true, problems: [] });
    expect(process.exitCode).toBe(0);
  });
});

test('diff: what would change, and where nothing would', async () => {
  const path = file({ rankers: [DEAR], placements: [{ id: 'page', ranker: 'dear' }] });
  const trial = await rialto('diff', path, '--data', data);
  expect(trial).toMatchObject({ pages: PAGES, decisions: PAGES });
  const [page, other] = trial['placements'] as unknown as Record<string, never>[];
  expect(page).toMatchObject({ placement: 'page', pages: PAGES, changed: 1 });
  const { value, gain } = page as unknown as {
    value: { before: number; after: number };
    gain: { before: number; after: number }[];
  };
  // A hide is as likely for all, one in a thousand: the value is the sum of the prices.
  expect(value.after).toBeCloseTo(0.001 * (9 + 8 + 7 + 6), 9);
  expect(value.before).toBeLessThan(value.after);
  // What was not among the shown before is now on every page.
  expect(gain.length).toBeGreaterThan(0);
  for (const { before, after } of gain) expect([before, after]).toEqual([0, PAGES]);
  expect(other).toMatchObject({ placement: 'other', pages: PAGES });

  const same = await rialto('diff', file({ rankers: [DEAR], placements: [] }), '--data', data);
  expect(same['placements']).toEqual([
    { placement: 'page', pages: PAGES, changed: 0, overlap: 1, gain: [], lose: [] },
    { placement: 'other', pages: PAGES, changed: 0, overlap: 1, gain: [], lose: [] },
  ]);
});

test('diff: of what placements rank beside listings, too', async () => {
  const folderOf = join(folder, 'shops');
  const engine = await openEngine(folderOf);
  await engine.save('listing', LISTINGS, 'test');
  await engine.save('placement', [{ id: 'shops', slots: 2, sources: [], ranks: 'shops' }], 'test');
  for (let i = 0; i < PAGES; i++) engine.decide({ buyer: `b${i}`, placements: ['shops'] });
  await engine.close();
  const rules = [{ rule: 'include', where: { attribute: 'shop', in: ['weaver'] } }];
  const path = file({ rankers: [], placements: [{ id: 'shops', rules }] });
  const { placements } = await rialto('diff', path, '--data', folderOf);
  const [shops] = placements as unknown as [{ changed: number; lose: { id: string; before: number; after: number }[] }];
  expect(shops.changed).toBe(1);
  expect(shops.lose.length).toBeGreaterThan(0);
  for (const { id, after } of shops.lose) {
    expect(['potter', 'joiner']).toContain(id);
    expect(after).toBe(0);
  }
});

const CHANGE = { rankers: [DEAR], placements: [{ id: 'page', ranker: 'dear' }] };

test('check and diff over HTTP say what they say on the directory', async () => {
  const engine = await openEngine(data);
  const server = await startServer(engine, { port: 0, apiKeys: new Map([['ann', 'secret']]) });
  const where = ['--url', server.url, '--key', 'secret'];
  const here = ['--data', data];
  try {
    const good = { rankers: [DEAR], placements: [{ id: 'page', ranker: 'dear' }] };
    expect(await rialto('check', file(good), ...where)).toEqual({ ok: true, problems: [] });
    const { latencyMs: _, ...there } = await rialto('diff', file(good), ...where);
    expect(await rialto('diff', file(good), ...here)).toMatchObject(there);
    expect(there).toMatchObject({
      pages: PAGES,
      placements: [{ placement: 'page', changed: 1 }, { placement: 'other' }],
    });
    const bad = file({ rankers: [{ ...DEAR, objective: 'buy' }], placements: [{ id: 'gone', slots: 2 }] });
    const found = await rialto('check', bad, ...where);
    expect(found['problems']).toHaveLength(2);
    expect(found).toEqual(await rialto('check', bad, ...here));
    await expect(rialto('diff', bad, ...where)).rejects.toThrow('no such placement');
    await expect(rialto('diff', bad, '--url', server.url)).rejects.toThrow('key');
    expect(engine.read('ranker', 'dear')).toBeUndefined();
  } finally {
    await server.stop();
  }
});

test('apply on a directory', async () => {
  const path = file(CHANGE);
  expect(await rialto('apply', path, '--data', data)).toEqual({ rankers: 1, placements: 1, unchanged: 0 });
  expect(await rialto('apply', path, '--data', data)).toEqual({ rankers: 0, placements: 0, unchanged: 2 });
  await expect(rialto('apply', file({ ...DEAR, objective: 'x' }), '--data', data)).rejects.toThrow('position 1');
});

test('apply over HTTP, read back, remove', async () => {
  const engine = await openEngine(join(folder, 'served'));
  const server = await startServer(engine, { port: 0, apiKeys: new Map([['ann', 'secret']]) });
  const call = async (method: string, path: string) => {
    const answer = await fetch(`${server.url}${path}`, { method, headers: { authorization: 'Bearer secret' } });
    return (await answer.json()) as Record<string, unknown>;
  };
  try {
    const path = file({ ...CHANGE, placements: [{ id: 'home', ranker: 'dear' }] });
    const where = ['--url', server.url, '--key', 'secret'];
    expect(await rialto('apply', path, ...where)).toEqual({ rankers: 1, placements: 1, unchanged: 0 });
    expect(await call('GET', '/v1/rankers/dear')).toEqual({ ...DEAR, version: 1 });
    expect(await call('GET', '/v1/rankers')).toEqual({ items: [DEAR] });
    expect(await call('DELETE', '/v1/rankers/dear')).toMatchObject({ error: { code: 'in-use' } });
    await rialto('apply', file({ rankers: [], placements: [{ id: 'home', ranker: null }] }), ...where);
    expect(await call('DELETE', '/v1/rankers/dear')).toEqual({ saved: 1, unchanged: 0 });
    expect(((await call('GET', '/v1/rankers/dear/versions'))['items'] as unknown[]).length).toBe(2);
    await expect(rialto('apply', file({ ...DEAR, objective: 'x' }), ...where)).rejects.toThrow('position 1');
  } finally {
    await server.stop();
  }
});
