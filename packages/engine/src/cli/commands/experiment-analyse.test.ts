/** `rialto experiment analyse` on two published tests, on small files whose truth is known, and on what cannot be analysed. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { openEngine } from '../../delivery/data-directory.ts';
import { printedBy } from '../printed.fixture.ts';
import { experimentCommand } from './experiment.ts';

const folder = mkdtempSync(join(tmpdir(), 'rialto-experiment-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DATA = join(process.env['RIALTO_DATA'] ?? '', 'experiments');
const COOKIE_CATS = join(DATA, 'cookie-cats/cookie-cats.csv.gz');
const HILLSTROM = join(DATA, 'hillstrom/hillstrom.csv.gz');

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

async function run(...args: string[]): Promise<string> {
  return printedBy(async () => {
    const quiet = { writeErr: () => {} };
    const program = new Command('rialto').exitOverride().configureOutput(quiet).addCommand(experimentCommand);
    for (const command of experimentCommand.commands) command.exitOverride().configureOutput(quiet);
    await program.parseAsync(['node', 'rialto', 'experiment', 'analyse', ...args]);
  });
}

const analysed = async (...args: string[]) => JSON.parse(await run(...args, '--json'));

describe('published tests', () => {
  test.skipIf(!existsSync(COOKIE_CATS))(
    'Cookie Cats (RIALTO_DATA): fewer come back, and the arms have the wrong sizes',
    async () => {
      const result = await analysed(
        ...['--data', COOKIE_CATS, '--unit', 'userid', '--variant', 'test_version', '--control', 'gate_30'],
        ...[
          '--metric',
          'retention:kind=proportion,num=retention_7',
          '--metric',
          'p90:kind=quantile,num=sum_gamerounds,q=.9',
        ],
      );
      expect(result.srm.p).toBeCloseTo(0.0086, 4);
      expect(result.trust.trusted).toBe(false);
      expect(result.decision.verdict).toBe('do-not-trust');
      const [control, treatment] = result.metrics[0].arms;
      expect(control).toMatchObject({ variant: 'gate_30', units: 44700, mean: expect.closeTo(0.1902, 4) });
      expect(treatment).toMatchObject({ variant: 'gate_40', units: 45489, mean: expect.closeTo(0.182, 4) });
      const [effect] = result.metrics[0].effects;
      expect(effect.p).toBeCloseTo(0.0016, 4);
      // gbstats (GrowthBook's statistics, another implementation): absolute and relative t intervals, and its sequential one.
      expect(effect.ci).toEqual([expect.closeTo(-0.01328168, 7), expect.closeTo(-0.00312092, 7)]);
      expect(effect.relativeCi).toEqual([expect.closeTo(-0.06924522, 7), expect.closeTo(-0.01699285, 7)]);
      expect(effect.sequentialCi).toEqual([expect.closeTo(-0.01681322, 6), expect.closeTo(0.00041063, 6)]);
      expect(result.metrics[1].arms.map(({ mean }: { mean: number }) => mean)).toEqual([135, 134]);
    },
  );

  test.skipIf(!existsSync(HILLSTROM))('Hillstrom (RIALTO_DATA): three arms, every row a unit', async () => {
    const result = await analysed(
      ...['--data', HILLSTROM, '--variant', 'segment', '--control', 'No E-Mail', '--correction', 'holm'],
      ...[
        '--metric',
        'visit:kind=proportion,num=visit,role=decision',
        '--metric',
        'spend:num=spend,covariate=history+recency',
      ],
    );
    expect(result.metrics[0].arms.map(({ mean }: { mean: number }) => mean)).toEqual([
      expect.closeTo(0.1828, 4),
      expect.closeTo(0.1062, 4),
      expect.closeTo(0.1514, 4),
    ]);
    expect(result.trust.trusted).toBe(true);
    expect(result.decision).toMatchObject({ verdict: 'ship', variant: 'Mens E-Mail' });
    expect(result.metrics[1].effects[0].pAdjusted).toBeCloseTo(2 * result.metrics[1].effects[0].p, 12);
  });
});

const ARGS = ['--unit', 'u', '--variant', 'v', '--control', 'a'];
/** Arm a: 1, 2, 3 and 6; arm b: 2, 4, 6 and 8. */
const ROWS = [
  { u: 1, v: 'a', x: 1, hit: true, w: 1, day: '2024-01-01T08:00:00Z' },
  { u: 2, v: 'a', x: 2, hit: false, w: 1, day: '2024-01-01T09:00:00Z' },
  { u: 3, v: 'a', x: 3, hit: true, w: 2, day: '2024-01-02T08:00:00Z' },
  { u: 4, v: 'a', x: 6, hit: false, w: 4, day: '2024-01-02T08:00:00Z' },
  { u: 5, v: 'b', x: 2, hit: true, w: 1, day: '2024-01-01T08:00:00Z' },
  { u: 6, v: 'b', x: 4, hit: true, w: 1, day: '2024-01-01T08:00:00Z' },
  { u: 7, v: 'b', x: 6, hit: true, w: 1, day: '2024-01-02T08:00:00Z' },
  { u: 8, v: 'b', x: 8, hit: false, w: 5, day: '2024-01-02T08:00:00Z' },
];
const csv = (rows: readonly Readonly<Record<string, unknown>>[]): string =>
  `${[Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))].map((cells) => cells.join(',')).join('\n')}\n`;
const METRICS = [
  '--metric',
  'x:kind=mean,num=x',
  '--metric',
  'hit:kind=proportion,num=hit',
  '--metric',
  'r:kind=ratio,num=x,den=w',
];

/** Sums depend in their last digits on the order of rows. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, one) => (typeof one === 'number' ? Number(one.toPrecision(9)) : one)));

describe('files', () => {
  const jsonl = ROWS.map((row) => JSON.stringify(row)).join('\n');
  test.each([
    ['rows.csv', csv(ROWS)],
    ['rows.csv.gz', csv(ROWS)],
    ['rows.tsv', csv(ROWS).replaceAll(',', '\t')],
    ['rows.jsonl.gz', jsonl],
  ])('%s: means, proportions and ratios', async (name, text) => {
    const result = await analysed('--data', file(name, text), ...ARGS, ...METRICS, '--day', 'day');
    const means = result.metrics.map(({ arms }: { arms: { mean: number }[] }) => arms.map(({ mean }) => mean));
    expect(means).toEqual([
      [3, 5],
      [0.5, 0.75],
      [1.5, 2.5],
    ]);
    expect(result.metrics[0].effects[0]).toMatchObject({ variant: 'b', absolute: 2, relative: 2 / 3 });
  });

  test('several rows of a unit are summed, a proportion asks whether it ever was', async () => {
    const split = ROWS.flatMap((row) => [
      { ...row, x: row.x / 2, w: row.w / 4, hit: false },
      { ...row, x: row.x / 2, w: (3 * row.w) / 4 },
    ]);
    const [once, twice] = [
      await analysed('--data', file('once.csv', csv(ROWS)), ...ARGS, ...METRICS),
      await analysed('--data', file('twice.csv', csv(split)), ...ARGS, ...METRICS),
    ];
    expect(rounded(twice.metrics)).toEqual(rounded(once.metrics));
    expect(twice.arms).toEqual([
      { variant: 'a', units: 4 },
      { variant: 'b', units: 4 },
    ]);
  });

  test('one unit among many with two rows is summed like all', async () => {
    const [first, ...others] = ROWS;
    const halves = [1, 2].map(() => ({ ...first!, x: first!.x / 2, w: first!.w / 2 }));
    const few = await analysed(
      '--data',
      file('few.csv', csv([...others, ...halves])),
      ...ARGS,
      ...METRICS,
      '--day',
      'day',
    );
    const once = await analysed('--data', file('once.csv', csv(ROWS)), ...ARGS, ...METRICS, '--day', 'day');
    expect(rounded(few.metrics)).toEqual(rounded(once.metrics));
  });

  test('clusters are what varies: the ratio of their sums to their counts', async () => {
    const rows = ROWS.map((row) => ({ ...row, shop: `${row.v}${row.u % 2}` }));
    const path = file('clusters.csv', csv(rows));
    const result = await analysed('--data', path, ...ARGS, '--cluster', 'shop', '--metric', 'x:num=x');
    expect(result.arms).toEqual([
      { variant: 'a', units: 2 },
      { variant: 'b', units: 2 },
    ]);
    expect(result.metrics[0].arms[0].mean).toBe(3);
    // Two clusters with means 2 and 4: variance 2 over 2 clusters.
    expect(result.metrics[0].arms[0].standardError ** 2).toBeCloseTo(1, 9);
  });

  test('survival: mean time up to the horizon', async () => {
    const path = file('times.csv', 'u,v,t,e\n1,a,1,1\n2,a,3,1\n3,a,9,0\n4,b,2,1\n5,b,9,0\n6,b,9,0\n');
    const metric = 'wait:kind=survival,num=t,event=e,horizon=5,better=lower';
    const result = await analysed('--data', path, ...ARGS, '--metric', metric);
    const means = result.metrics[0].arms.map(({ mean }: { mean: number }) => mean);
    expect(means).toEqual([expect.closeTo(3, 12), expect.closeTo(4, 12)]);
    await expect(run('--data', path, ...ARGS, '--metric', metric.replace('=5', '=50'))).rejects.toThrow(
      'shorter horizon',
    );
  });

  test('Windows text, semicolons, empty cells and NaN', async () => {
    const path = join(folder, 'windows.csv');
    writeFileSync(path, Buffer.from('u;v;x\r\n1;a;1\r\n2;a;\r\n3;caf\xe9;NaN\r\n4;caf\xe9;5\r\n', 'latin1'));
    const result = await analysed('--data', path, ...ARGS, '--metric', 'x:num=x');
    expect(result.arms.map(({ variant }: { variant: string }) => variant)).toEqual(['a', 'café']);
    expect(result.metrics[0].arms.map(({ mean }: { mean: number }) => mean)).toEqual([0.5, 2.5]);
    expect(result.checks.at(-1).message).toBe('2 empty cells of x count as 0');
  });

  test('caps, pages and tables', async () => {
    const path = file('cap.csv', csv(ROWS));
    const args = ['--data', path, ...ARGS, '--metric', 'x:num=x,cap=.75'];
    const result = await analysed(...args);
    expect(result.metrics[0].cappedAt).toBe(6);
    expect(result.metrics[0].arms.map(({ mean }: { mean: number }) => mean)).toEqual([3, 4.5]);
    expect(await run(...args, '--markdown')).toContain('| b | 1.5 |');
    expect(await run(...args)).toContain('read-the-effects');
  });
});

test('the answer of a query to the log', async () => {
  const data = join(folder, 'data');
  const engine = await openEngine(data);
  const prices = { a1: 1, a2: 3, b1: 2, b2: 6 };
  const listings = Object.entries(prices).map(([id, price]) => ({ id, title: id, priceMicros: price * 1e6 }));
  await engine.save('listing', listings, 'ann');
  await engine.close();
  const sql = "SELECT id AS u, id[1] AS v, price_micros / 1e6 AS x FROM listings WHERE title <> 'x'";
  const result = await analysed('--data', data, '--sql', sql, ...ARGS, '--metric', 'x:num=x');
  expect(result.metrics[0].arms.map(({ mean }: { mean: number }) => mean)).toEqual([2, 4]);
  await expect(run('--data', data, '--sql', 'SELECT nix', ...ARGS, '--metric', 'x:num=x')).rejects.toThrow('nix');
});

describe('what cannot be analysed says why', () => {
  const good = file('good.csv', csv(ROWS));
  const crossing = file('crossing.csv', csv([...ROWS, { ...ROWS[0]!, v: 'b' }]));
  const wordy = file('wordy.csv', csv(ROWS).replace('\n3,a,3', '\n3,a,three'));
  const lonely = file('lonely.csv', csv([...ROWS, { ...ROWS[0]!, u: 99, v: 'c' }]));
  const x = ['--metric', 'x:num=x'];
  test.each([
    [
      'a ratio without a denominator',
      ['--data', good, ...ARGS, '--metric', 'r:kind=ratio,num=x'],
      'ratio without a denominator',
    ],
    ['an unknown column', ['--data', good, ...ARGS, '--metric', 'r:num=nix'], 'has no column nix; it has u, v, x'],
    ['an unknown kind', ['--data', good, ...ARGS, '--metric', 'r:kind=total,num=x'], 'kind=total is not one of'],
    ['no metric at all', ['--data', good, ...ARGS, '--metric', 'x'], 'NAME:key=value'],
    ['an unknown control', ['--data', good, '--unit', 'u', '--variant', 'v', '--control', 'z', ...x], 'there are a, b'],
    ['a unit in two arms', ['--data', crossing, ...ARGS, ...x], '1 units are in two arms, such as 1 in a and b'],
    ['a word among numbers', ['--data', wordy, ...ARGS, ...x], 'row 3 holds "three"'],
    [
      'a row that is too long',
      ['--data', file('long.csv', 'u,v,x\n1,a,1\n2,a,2,9\n3,b,3\n'), ...ARGS, ...x],
      'as many cells as its header',
    ],
    ['no rows', ['--data', file('none.csv', 'u,v,x\n'), ...ARGS, ...x], 'the file has no rows'],
    [
      'infinity',
      ['--data', file('inf.csv', 'u,v,x\n1,a,1\n2,b,inf\n'), ...ARGS, ...x],
      'column x holds an infinite number',
    ],
    ['an arm of one unit', ['--data', lonely, ...ARGS, ...x], 'variant c has 1 unit'],
    [
      'a weight without units',
      ['--data', good, ...ARGS, ...x, '--weights', 'a=.5,b=.3,c=.2'],
      'variant c has a weight but no units',
    ],
    [
      'one arm of two',
      ['--data', file('alone.csv', 'u,v,x\n1,a,1\n2,a,2\n'), ...ARGS, ...x, '--weights', 'a=.5,b=.5'],
      'variant b has a weight but no units; there are units of a',
    ],
    [
      'units without a weight',
      ['--data', good, ...ARGS, ...x, '--weights', 'a=1'],
      'variant b has units but no weight',
    ],
    ['weights that do not add up', ['--data', good, ...ARGS, ...x, '--weights', 'a=.5,b=.4'], 'add up to 0.9'],
    [
      'a proportion of what is none',
      ['--data', good, ...ARGS, '--metric', 'x:kind=proportion,num=x'],
      'other values than 0 and 1',
    ],
    ['a file that is not there', ['--data', 'nowhere.csv', ...ARGS, ...x], 'nowhere.csv does not exist'],
    ['two metrics of one name', ['--data', good, ...ARGS, ...x, ...x], 'two metrics are named x'],
  ])('%s', async (_, args, message) => {
    await expect(run(...args)).rejects.toThrow(message);
  });
});
