/** The command as a user meets it: options, totals, and the same seed twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { simulateCommand } from './simulate.ts';

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function run(...args: string[]): Promise<string> {
  let text = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    await simulateCommand.parseAsync(args, { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return text;
}

const small = ['--days', '0.5', '--listings', '300', '--buyers', '200', '--json'];
/** All but what a clock on the wall measured. */
function repeatable(json: string): Record<string, unknown> {
  const { seconds, decisionsPerSecond, p50Microseconds, p99Microseconds, ...rest } = JSON.parse(json);
  expect(seconds).toBeGreaterThan(0);
  expect(decisionsPerSecond).toBeGreaterThan(0);
  expect(p99Microseconds).toBeGreaterThanOrEqual(p50Microseconds);
  return rest;
}

test('prints one JSON object, the same for the same seed', async () => {
  const first = repeatable(await run('--seed', '5', ...small));
  expect(first).toMatchObject({ seed: 5, listings: 300, buyers: 200, rejectedEvents: 0, interrupted: false });
  expect(first['decisions']).toBeGreaterThan(50);
  expect(first['clicks']).toBeGreaterThan(0);
  expect(repeatable(await run('--seed', '5', ...small))).toEqual(first);
  expect(repeatable(await run('--seed', '6', ...small))['clicks']).not.toBe(first['clicks']);
});

test('goes on where a data directory ends', async () => {
  const data = mkdtempSync(join(tmpdir(), 'rialto-simulate-'));
  directories.push(data);
  const args = ['--seed', '5', '--days', '0.05', '--listings', '100', '--buyers', '200', '--json', '--data', data];
  const first = repeatable(await run(...args));
  const second = repeatable(await run(...args));
  expect(second['from']).toBeGreaterThan(first['from'] as number);
  expect(second['logRecords']).toBeGreaterThan(first['logRecords'] as number);
  expect(second['rejectedEvents']).toBe(0);
});

test('refuses a directory with somebody else’s marketplace', async () => {
  const data = mkdtempSync(join(tmpdir(), 'rialto-simulate-'));
  directories.push(data);
  const { openEngine } = await import('../../delivery/data-directory.ts');
  const engine = await openEngine(data);
  await engine.save('listing', [{ id: 'cup', title: 'A cup', priceMicros: 1 }], 'test');
  await engine.close();
  await expect(run(...small, '--data', data)).rejects.toMatchObject({ code: 'bad-request' });
});

test('plays a market of sellers with goals of all kinds', async () => {
  const args = ['--world', 'market', '--goals', 'mixed', '--auction', 'vcg', '--pacing', 'shade', '--seed', '2'];
  const tiny = [...args, '--sellers', '12', '--requests', '300'];
  const report = JSON.parse(await run(...tiny, '--json'));
  expect(report.goals.length).toBeGreaterThan(3);
  expect(report.pacing.billedOverspendMicros).toBe(0);
  const text = await run(...tiny);
  for (const { goal } of report.goals) expect(text).toContain(goal);
});

test('compares bidding policies in the AuctionNet-form world', async () => {
  const text = await run(
    '--world',
    'auctionnet',
    '--seeds',
    '7',
    '--opportunities',
    '5000',
    '--density',
    'sparse',
    '--json',
  );
  const answer = JSON.parse(text);
  for (const figures of [answer, answer.sparse]) {
    expect(figures.shareOfOptimum).toBeGreaterThan(0.5);
    expect(figures.shareOfOptimum).toBeLessThan(1);
    expect(figures.budgetUsed).toBeLessThanOrEqual(1);
    expect(figures.cpaRatio).toBeGreaterThan(0);
  }
  expect(Object.keys(answer.sparse.policies)).toEqual(['rialto', 'controllers', 'pid', 'onlineLp', 'linear', 'fixed']);
  expect(answer.sparse.seeds).toHaveLength(1);
  expect(answer).not.toHaveProperty('dense');
});

test.each([
  [['--world', 'auctionnet', '--days', '3'], '--days does not belong to --world auctionnet'],
  [['--density', 'dense'], '--density does not belong to --world shop'],
  [['--world', 'auctionnet', '--seeds', '9-3'], 'such as 100-109'],
  [['--world', 'moon'], 'Allowed choices are shop, market, auctionnet'],
])('refuses %j', async (args, message) => {
  let said = '';
  simulateCommand.exitOverride().configureOutput({ writeErr: (text) => (said += text) });
  await expect(run(...args)).rejects.toThrow();
  expect(said).toContain(message);
});
