/** `rialto evaluate policy` on what the engine itself drew: the log's own propensities, against clicks whose chances are known. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuyerEvent } from '@rialto/sdk';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ManualClock } from '../../base/clock.ts';
import { Rng } from '../../base/rng.ts';
import { millis } from '../../base/units.ts';
import { openEngine } from '../../delivery/data-directory.ts';
import type { Engine } from '../../delivery/engine.ts';
import { printedBy } from '../printed.fixture.ts';
import { evaluateCommand } from './evaluate.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 4, 1);
const folder = mkdtempSync(join(tmpdir(), 'rialto-policy-log-'));
const data = join(folder, 'data');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Value {
  readonly value: number;
  readonly ci: readonly [number, number];
}

interface Report {
  readonly rows: number;
  readonly estimate: Value | null;
  readonly refusal: { readonly reason: string } | null;
  readonly estimates: Readonly<Record<string, Value>>;
  readonly logged: { readonly mean: number };
  readonly support: { readonly weightMax: number; readonly effectiveSampleSize: number; readonly unsupported: number };
  readonly slates?: Readonly<Record<string, { readonly mean: number; readonly ci: readonly [number, number] }>>;
}

async function evaluate(...args: string[]): Promise<Report> {
  const printed = await printedBy(async () => {
    const program = new Command('rialto').exitOverride().addCommand(evaluateCommand);
    await program.parseAsync([
      'node',
      'rialto',
      'evaluate',
      'policy',
      '--data',
      data,
      '--alpha',
      '0.01',
      ...args,
      '--json',
    ]);
  });
  return JSON.parse(printed);
}

const file = (name: string, lines: readonly string[]): string => {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};

/** Chance of a click on a mug at the first place, halved at the second. */
const CLICK = [0.5, 0.35, 0.2, 0.1];
/** Chance that a buyer orders, by device and title. */
const ORDER: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  mobile: { plain: 0.2, warm: 0.6 },
  desktop: { plain: 0.5, warm: 0.1 },
};
const PAGES = 1200;
const BUYERS = 600;

/** One listing is kept back. */
const rules = [{ rule: 'exclude', where: { attribute: 'secret', in: ['9'] } }] as const;

async function begin(engine: Engine): Promise<void> {
  // The best have the least margin.
  const mugs = CLICK.map((_, i) => ({
    id: `m${i}`,
    title: `Mug ${i}`,
    priceMicros: 1e6,
    attributes: { margin: String(i), rank: String(4 - i) },
  }));
  const secret = { id: 's', title: 'Secret', priceMicros: 1e6, attributes: { secret: '9' } };
  await engine.save('listing', [...mugs, secret], 'test');
  await engine.ingest(
    mugs.map(({ id }): BuyerEvent => ({ id: `seen-${id}`, type: 'view', buyer: 'ann', listing: id })),
  );
  const ranker = { id: 'tries', objective: 'click', rules, exploration: { method: 'epsilon', epsilon: 0.8 } } as const;
  const placement = { id: 'shelf', slots: 2, sources: [{ source: 'popular', limit: 10 }], ranker: 'tries' } as const;
  const variants = [
    { name: 'plain', weight: 0.5 },
    { name: 'warm', weight: 0.5 },
  ];
  const experiment = { id: 'title', status: 'running', unit: 'buyer', placements: ['home'], variants } as const;
  for (const { rejected } of [
    await engine.save('ranker', [ranker], 'test'),
    await engine.save('placement', [placement], 'test'),
    await engine.save('experiment', [experiment], 'test'),
  ])
    expect(rejected).toEqual([]);
}

beforeAll(async () => {
  const clock = new ManualClock(millis(START));
  const rng = new Rng(11);
  let decided = 0;
  // What is drawn hangs on the decision's id.
  const engine = await openEngine(data, { clock, nonce: () => `n${decided++}` });
  await begin(engine);
  const events: BuyerEvent[] = [];
  for (let i = 0; i < PAGES; i++) {
    const buyer = `p${i}`;
    const { items } = engine.decide({ buyer, placements: ['shelf'] }).placements[0]!;
    items.forEach(({ id, token }, place) => {
      if (rng.unit() >= CLICK[Number(id.slice(1))]! / (1 + place)) return;
      // Every other client has lost the token.
      events.push({
        id: `c${i}-${id}`,
        type: 'click',
        buyer,
        listing: id,
        at: START + 1000,
        ...(i % 2 === 0 && { token }),
      });
    });
  }
  for (let i = 0; i < BUYERS; i++) {
    const device = i % 2 === 0 ? 'mobile' : 'desktop';
    const { experiments } = engine.decide({ buyer: `b${i}`, placements: ['home'], context: { device } });
    if (rng.unit() < ORDER[device]![experiments![0]!.variant]!)
      events.push({ id: `o${i}`, type: 'purchase', buyer: `b${i}`, listing: 'm0', order: `o${i}`, at: START + 2000 });
  }
  clock.set(millis(START + 3000));
  expect((await engine.ingest(events)).rejected).toEqual([]);
  clock.set(millis(START + 3 * DAY));
  await engine.ingest([{ id: 'end', type: 'view', buyer: 'ann', listing: 'm0' }]);
  await engine.close();
});

const covers = (ci: readonly [number, number], truth: number): void => {
  expect(ci[0]).toBeLessThan(truth);
  expect(ci[1]).toBeGreaterThan(truth);
};

describe('of a placement whose ranker explores', () => {
  test('a table: what it would have been clicked, by place and by page', async () => {
    // The first place always m0 or m1, the second always m2 or m3: no item twice on a page.
    const table = file('shelf.csv', [
      'item_id,position,probability',
      ...['m0,0,.7', 'm1,0,.3', 'm2,0,0', 'm3,0,0', 'm2,1,.4', 'm3,1,.6', 'm0,1,0', 'm1,1,0'],
    ]);
    const { rows, estimates, slates } = await evaluate('--placement', 'shelf', '--policy', table);
    expect(rows).toBe(2 * PAGES);
    const first = 0.7 * CLICK[0]! + 0.3 * CLICK[1]!;
    const second = (0.4 * CLICK[2]! + 0.6 * CLICK[3]!) / 2;
    // Of the first place, nothing is shown above: its share of all rows is half.
    for (const name of ['standard', 'cascade', 'cascadeDr']) covers(slates![name]!.ci, first + second);
    expect(Math.abs(estimates['dr']!.value - (first + second) / 2)).toBeLessThan(0.05);
  });

  test('what is not there is said', async () => {
    await expect(evaluate('--placement', 'home', '--policy', 'uniform')).rejects.toThrow(
      /nothing was drawn on placement "home": let a ranker with `exploration` serve it/,
    );
    const uniform = ['--placement', 'shelf', '--policy', 'uniform'];
    await expect(evaluate(...uniform, '--window-hours', '400')).rejects.toThrow(/had its window of 400 hours/);
    await expect(evaluate(...uniform, '--by', 'colour')).rejects.toThrow(/--by colour: the log knows country, region/);
    await expect(evaluate(...uniform, '--reward', 'smile')).rejects.toThrow(/--reward smile: it must be one of click/);
    await expect(evaluate('--placement', 'shelf', '--always', 'm9')).rejects.toThrow(
      /the log never shows it; it shows/,
    );
    await expect(evaluate('--placement', 'shelf', '--experiment', 'title')).rejects.toThrow(/either a --placement or/);
    await expect(evaluate(...uniform, '--slate', 'page')).rejects.toThrow(/--slate goes with --log FILE/);
  });
});

describe('a ranker, by deciding the pages again', () => {
  const ranker = (id: string, rest: object) => file(`${id}.json`, [JSON.stringify({ id, ...rest })]);
  const of = ['--placement', 'shelf'];

  test('the ranker that drew: every weight is 1, and the estimate what was clicked', async () => {
    const { support, estimates, logged } = await evaluate(...of, '--ranker', 'tries');
    expect(support.weightMax).toBeCloseTo(1, 9);
    expect(support.effectiveSampleSize).toBeCloseTo(2 * PAGES, 6);
    expect(estimates['ipw']!.value).toBeCloseTo(logged.mean, 9);
  });

  test('rankers that nobody has seen: pages by rank, by margin, and drawn', async () => {
    const page = (first: number, second: number): number => CLICK[first]! + CLICK[second]! / 2;
    for (const [objective, truth] of [
      ['rank', page(0, 1)],
      ['margin', page(3, 2)],
    ] as const) {
      const { slates, support } = await evaluate(
        ...of,
        '--ranker',
        ranker(objective, { objective: `click*${objective}` }),
      );
      expect(support.unsupported).toBe(0);
      for (const name of ['standard', 'cascade', 'cascadeDr']) covers(slates![name]!.ci, truth);
    }
    // Half of the time any, else the best: of those that are left.
    const exploration = { method: 'epsilon', epsilon: 0.5 };
    const { slates } = await evaluate(
      ...of,
      '--ranker',
      ranker('half', { objective: 'click*rank', exploration, rules }),
    );
    const chance = (best: number, left: readonly number[]) => (mug: number) =>
      (mug === best ? 0.5 : 0) + 0.5 / left.length;
    const mugs = [0, 1, 2, 3];
    const truth = mugs.reduce((sum, first) => {
      const left = mugs.filter((mug) => mug !== first);
      const second = left.reduce((mean, mug) => mean + chance(left[0]!, left)(mug) * (CLICK[mug]! / 2), 0);
      return sum + chance(0, mugs)(first) * (CLICK[first]! + second);
    }, 0);
    covers(slates!['cascadeDr']!.ci, truth);
  });

  test('what the ranker that served could not have shown is no answer', async () => {
    const { estimate, refusal, support } = await evaluate(
      ...of,
      '--ranker',
      ranker('secret', { objective: 'click*secret' }),
    );
    expect(estimate).toBeNull();
    expect(refusal!.reason).toBe('no-support');
    // It would always be first; of the second places, where it is not shown above, again.
    expect(support.unsupported).toBe(1);
  });

  test('what cannot be decided again is said', async () => {
    await expect(evaluate(...of, '--ranker', 'none')).rejects.toThrow(/none/);
    const two = file('two.json', [
      JSON.stringify([
        { id: 'a', objective: 'click' },
        { id: 'b', objective: 'click' },
      ]),
    ]);
    await expect(evaluate(...of, '--ranker', two)).rejects.toThrow(/has 2 rankers, and does not say which/);
    await expect(evaluate('--experiment', 'title', '--ranker', 'tries')).rejects.toThrow(
      /needs --data and --placement/,
    );
  });
});

describe('of an experiment', () => {
  const of = ['--experiment', 'title', '--reward', 'purchase'];

  test('one variant for all, and the best for each device', async () => {
    const mean = (variant: string): number => (ORDER['mobile']![variant]! + ORDER['desktop']![variant]!) / 2;
    for (const variant of ['plain', 'warm'])
      covers((await evaluate(...of, '--always', variant)).estimate!.ci, mean(variant));
    const table = file('devices.csv', [
      'item_id,device,probability',
      ...['warm,mobile,1', 'plain,mobile,0', 'warm,desktop,0', 'plain,desktop,1', 'plain,tablet,1'],
    ]);
    const { estimate, estimates, rows } = await evaluate(...of, '--by', 'device', '--policy', table);
    expect(rows).toBe(BUYERS);
    covers(estimate!.ci, (0.6 + 0.5) / 2);
    // The model learns by device too: without it, both variants look alike.
    expect(Math.abs(estimates['dm']!.value - 0.55)).toBeLessThan(0.06);
  });

  test('a table that says nothing of a device of the log is refused', async () => {
    const table = file('half.csv', ['item_id,device,probability', 'warm,mobile,1']);
    await expect(evaluate(...of, '--by', 'device', '--policy', table)).rejects.toThrow(
      /the probabilities for device desktop add up to 0; they must add up to 1/,
    );
  });
});
