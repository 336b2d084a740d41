/** `rialto evaluate new-listings` on a small shop's directory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEngine } from '../../delivery/data-directory.ts';
import { NOW } from '../../delivery/market.fixture.ts';
import { liveTaste } from '../../training/taste.fixture.ts';
import { printedBy } from '../printed.fixture.ts';
import { evaluateCommand } from './evaluate.ts';

let data: string;
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'rialto-new-listings-'));
  const engine = await openEngine(data);
  await liveTaste(engine, NOW);
  await engine.close();
});
afterAll(() => rm(data, { recursive: true, force: true }));

const evaluate = (...args: string[]): Promise<string> =>
  printedBy(async () => {
    const program = new Command('rialto').exitOverride().addCommand(evaluateCommand);
    await program.parseAsync(['node', 'rialto', 'evaluate', 'new-listings', '--data', data, ...args]);
  });

test('it says in words and as JSON how many were shown, and the log stays as it is', async () => {
  const words = await evaluate('--listings', '10');
  expect(words).toMatch(/^10 new listings, each on a page of one that it is like; among the first 20:\n/);
  expect(words).toMatch(
    /\n {2}shown +[\d.]+ %, of visitors that nobody knows [\d.]+ %; median place \d+; not there 0\.0 %\n/,
  );
  const first = JSON.parse(await evaluate('--listings', '10', '--json'));
  expect(first).toMatchObject({ listings: 10, k: 20, absent: 0, newOnly: { absent: 0 } });
  expect(JSON.parse(await evaluate('--listings', '10', '--json'))).toEqual(first);
});
