/**
 * The project's rules, run: what `source-rules.ts` and `docs-rules.ts` say is checked on the whole tree, and each rule is
 * tried on a made-up breach first, so that none of them can pass by seeing nothing.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../src/base/errors.ts';
import {
  deadLinks,
  dependenciesOf,
  documented,
  foldersExplained,
  unionMembers,
  withErrorsTable,
} from './docs-rules.ts';
import {
  type Breach,
  bannedUses,
  cycles,
  fileLength,
  functionLength,
  layers,
  noInputOutput,
  SOURCE_RULES,
  type SourceRule,
  sdkImportsNothing,
  unusedFiles,
} from './source-rules.ts';
import { listFiles, parseSource, readTree } from './source-tree.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const ENGINE = 'packages/engine/src';

interface Exception {
  readonly rule: string;
  readonly path: string;
  readonly reason: string;
}

/** What may break a rule, and why. One that nothing needs any more fails too. */
const EXCEPTIONS: readonly Exception[] = [];

const excepted = (breach: Breach): boolean =>
  EXCEPTIONS.some(({ rule, path }) => rule === breach.rule && path === breach.path);
const show = ({ rule, path, line, message }: Breach): string =>
  `[${rule}] ${path}${line === undefined ? '' : `:${line}`} ${message}`;
const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const expectNone = (breaches: readonly Breach[]): void =>
  expect(breaches.filter((breach) => !excepted(breach)).map(show)).toEqual([]);

describe('the tree', () => {
  const files = readTree(ROOT, ['packages', 'examples']);

  test.each(SOURCE_RULES.map((rule) => ({ name: rule.name, rule })))('keeps the rule $name', ({ rule }) => {
    expect(files.length).toBeGreaterThan(20);
    expectNone(rule(files));
  });

  test('needs each of the exceptions', () => {
    const breaches = SOURCE_RULES.flatMap((rule) => rule(files));
    const idle = EXCEPTIONS.filter(
      ({ rule, path }) => !breaches.some((breach) => breach.rule === rule && breach.path === path),
    );
    expect(idle).toEqual([]);
  });
});

describe('the documents', () => {
  /** Where it fails, `npx vitest run packages/engine/test/tidy.test.ts -u` writes the table. */
  test('errors.md has the table of base/errors.ts', async () => {
    const document = readText('docs/errors.md');
    expect(document).toContain('<!-- /errors -->');
    await expect(withErrorsTable(document, ERRORS)).toMatchFileSnapshot(join(ROOT, 'docs/errors.md'));
    expectNone(documented('errors', 'docs/errors.md', Object.keys(ERRORS), document));
  });

  test('reasons.md explains every reason for a drop', () => {
    const reasons = unionMembers(readText('packages/sdk/src/decisions.ts'), 'DropReason');
    expect(reasons.length).toBeGreaterThan(5);
    expectNone(documented('reasons', 'docs/reasons.md', reasons, readText('docs/reasons.md')));
  });

  test('dependencies.md says why of every dependency', () => {
    const manifests = [
      'package.json',
      ...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}/package.json`),
    ];
    const names = dependenciesOf(manifests.map((path) => JSON.parse(readText(path))));
    expect(names).toContain('fastify');
    expectNone(documented('dependencies', 'docs/dependencies.md', names, readText('docs/dependencies.md')));
  });

  test('every folder of the engine says what it is for', () => {
    const folders = readdirSync(join(ROOT, ENGINE)).filter((name) => listIfFolder(`${ENGINE}/${name}`).length > 0);
    expect(folders).toContain('base');
    const readme = (folder: string): string | undefined =>
      existsSync(join(ROOT, ENGINE, folder, 'README.md')) ? readText(`${ENGINE}/${folder}/README.md`) : undefined;
    expectNone(foldersExplained(Object.fromEntries(folders.map((folder) => [`${ENGINE}/${folder}`, readme(folder)]))));
  });

  test('no relative link is dead', () => {
    const documents = listFiles(ROOT, '.', '.md');
    expect(documents).toContain('README.md');
    expectNone(documents.flatMap((path) => deadLinks(path, readText(path), readIfThere)));
  });
});

const listIfFolder = (path: string): string[] =>
  statSync(join(ROOT, path)).isDirectory() ? readdirSync(join(ROOT, path)) : [];

function readIfThere(path: string): string | undefined {
  const full = join(ROOT, path);
  if (!existsSync(full)) return undefined;
  return statSync(full).isDirectory() ? '' : readFileSync(full, 'utf8');
}

/** The breaches of a rule in made-up files: path → source. */
const broken = (rule: SourceRule, sources: Readonly<Record<string, string>>): string[] =>
  rule(Object.entries(sources).map(([path, text]) => parseSource(path, text))).map(
    ({ path, message }) => `${path}: ${message}`,
  );

describe('a rule on the source can fail', () => {
  const src = (path: string): string => `${ENGINE}/${path}`;

  test('layers: upwards, sideways, and a folder without a layer', () => {
    expect(broken(layers, { [src('base/a.ts')]: `import { b } from '../log/b.ts';` })).toHaveLength(1);
    expect(broken(layers, { [src('ads/a.ts')]: `export type { B } from '../ranking/b.ts';` })[0]).toContain('peers');
    expect(broken(layers, { [src('market/a.ts')]: `const b = await import('../delivery/b.ts');` })).toHaveLength(1);
    expect(broken(layers, { [src('log/a.ts')]: `type B = import('../server/b.ts').B;` })).toHaveLength(1);
    expect(broken(layers, { [src('ads/a.ts')]: `import { b } from '../index.ts';` })).toHaveLength(1);
    expect(broken(layers, { [src('misc/a.ts')]: '' })[0]).toContain('in no layer');
    const fine = `import { a } from '../market/a.ts'; import { b } from './b.ts'; import { c } from '@rialto/sdk'; import 'node:fs';`;
    expect(broken(layers, { [src('ads/a.ts')]: fine, [src('base/a.test.ts')]: `import '../cli/main.ts';` })).toEqual(
      [],
    );
  });

  test('the sdk imports nothing', () => {
    const sdk = 'packages/sdk/src/client.ts';
    expect(broken(sdkImportsNothing, { [sdk]: `import { z } from 'zod';` })).toHaveLength(1);
    expect(broken(sdkImportsNothing, { [sdk]: `import '../../engine/src/index.ts';` })).toHaveLength(1);
    expect(
      broken(sdkImportsNothing, {
        [sdk]: `import type { A } from './a.ts';`,
        'packages/sdk/src/a.test.ts': `import 'vitest';`,
      }),
    ).toEqual([]);
  });

  test('cycles: of three files, and through types', () => {
    const three = {
      'x/a.ts': `import './b.ts';`,
      'x/b.ts': `import type { C } from './c.ts';`,
      'x/c.ts': `export * from './a.ts';`,
    };
    expect(broken(cycles, three)).toEqual(['x/a.ts: imports itself: x/a.ts → x/b.ts → x/c.ts → x/a.ts']);
    expect(
      broken(cycles, { 'x/a.ts': `import './b.ts'; import './c.ts';`, 'x/b.ts': `import './c.ts';`, 'x/c.ts': '' }),
    ).toEqual([]);
    const worker = { 'x/a.ts': `workerUrl(import.meta.url, './w.ts');`, 'x/w.ts': `import './a.ts';` };
    expect(broken(cycles, worker)).toEqual([]);
  });

  test('long files and long functions', () => {
    const lines = (count: number): string => 'a;\n'.repeat(count);
    expect(broken(fileLength, { 'x/a.ts': lines(400), 'x/a.test.ts': lines(800) })).toEqual([]);
    expect(broken(fileLength, { 'x/a.ts': lines(401), 'x/a.test.ts': lines(801) })).toHaveLength(2);
    expect(broken(functionLength, { 'x/a.ts': `function f() {\n${lines(68)}}` })).toEqual([]);
    expect(broken(functionLength, { 'x/a.ts': `function f() {\n${lines(69)}}` })[0]).toContain('f has 71 lines');
    expect(broken(functionLength, { 'x/a.ts': `class A {\n  m() {\n${lines(69)}} }` })[0]).toContain('m has 71 lines');
    expect(broken(functionLength, { 'x/a.ts': `const g = async () => {\n${lines(69)}};` })[0]).toContain(
      'g has 71 lines',
    );
  });

  test.each([
    ['Math.random()', 'market/a.ts', 'rng'],
    ['const f = Math.random;', 'cli/a.ts', 'rng'],
    ["Math['random']()", 'market/a.ts', 'rng'],
    ['Date.now()', 'server/a.ts', 'Clock'],
    ['new Date()', 'market/a.ts', 'Clock'],
    ['console.log(1)', 'server/a.ts', 'cli/'],
    ['process.env.HOME', 'server/a.ts', 'config'],
    ['process.env.HOME', 'cli/serve.ts', 'config'],
    ["import { env } from 'node:process';", 'server/a.ts', 'config'],
    ['const a = b as any;', 'market/a.ts', 'unknown'],
    ['performance.now()', 'ranking/a.ts', 'delivery'],
    ["import { randomBytes } from 'node:crypto';", 'ads/a.ts', 'hashUnit'],
    ['crypto.randomUUID()', 'ads/a.ts', 'hashUnit'],
  ])('banned: %s in %s', (text, path, replacement) => {
    const breaches = broken(bannedUses, { [src(path)]: text });
    expect(breaches).toHaveLength(1);
    expect(breaches[0]).toContain(replacement);
  });

  test('what is not banned', () => {
    const text = `// Math.random() is banned\nconst s = 'console.log'; new Date(0); Date.UTC(2020, 1); Math.floor(1);`;
    const border = {
      [src('cli/serve.ts')]: 'console.log(1)',
      [src('cli/config.ts')]: 'process.env.X',
      [src('base/clock.ts')]: 'Date.now()',
    };
    const measured = {
      [src('delivery/a.ts')]: 'performance.now()',
      'packages/engine/bench/a.ts': 'Date.now()',
      [src('log/a.test.ts')]: 'Date.now()',
    };
    expect(broken(bannedUses, { [src('market/a.ts')]: text, ...border, ...measured })).toEqual([]);
  });

  test('input and output below delivery', () => {
    expect(broken(noInputOutput, { [src('market/a.ts')]: `import { readFileSync } from 'node:fs';` })).toHaveLength(1);
    const fine = {
      [src('log/a.ts')]: `import 'node:fs';`,
      [src('lake/a.ts')]: `import 'node:fs';`,
      [src('ads/a.ts')]: `import 'node:crypto';`,
    };
    expect(broken(noInputOutput, fine)).toEqual([]);
  });

  test('files that nothing imports', () => {
    expect(broken(unusedFiles, { 'x/a.ts': '', 'x/a.test.ts': `import './a.ts';` })).toHaveLength(1);
    const used = {
      'x/a.ts': '',
      'x/w.ts': '',
      [src('cli/main.ts')]: `import '../../../../x/a.ts'; workerUrl(import.meta.url, '../../../../x/w.ts');`,
    };
    expect(broken(unusedFiles, used)).toEqual([]);
  });

  test('a file that cannot be parsed', () => {
    expect(() => parseSource('x/a.ts', 'const = 1')).toThrow('x/a.ts cannot be parsed');
  });
});

describe('a rule on the documents can fail', () => {
  test('rows missing, idle and doubled', () => {
    const document = '| `a` | x |\n| `b` | x |\n| `b` | x |\n';
    expect(documented('r', 'd.md', ['a', 'c'], document).map(({ message }) => message)).toEqual([
      'c has no row',
      'b has a row but does not exist',
      'b has a row but does not exist',
      'b has two rows',
    ]);
  });

  test('the errors table is made anew', () => {
    const document = 'Intro.\n<!-- errors: made from x -->\nold\n<!-- /errors -->\nEnd.\n';
    const table = '| code | status | what it means | what to do |\n|---|---|---|---|\n| `a` | 400 | m | r \\| s |';
    const expected = `Intro.\n<!-- errors: made from x -->\n${table}\n<!-- /errors -->\nEnd.\n`;
    expect(withErrorsTable(document, { a: { status: 400, meaning: 'm', remedy: 'r | s' } })).toBe(expected);
  });

  test('union members', () => {
    expect(unionMembers(`export type A = 'x' | 'y'; export type B = 'z' | 'w';`, 'A')).toEqual(['x', 'y']);
    expect(unionMembers(`export type A = 'x' | 'y';`, 'C')).toEqual([]);
  });

  test('dependencies of every kind but our own', () => {
    expect(
      dependenciesOf([{ dependencies: { a: '1', '@rialto/sdk': '1' } }, { devDependencies: { b: '1', a: '1' } }]),
    ).toEqual(['a', 'b']);
  });

  test('folders without a word', () => {
    expect(foldersExplained({ a: '# a\n\nIs for a.\n', b: '# b\n', c: undefined }).map(({ path }) => path)).toEqual([
      'b',
      'c',
    ]);
  });

  test('links to nothing, and to no heading', () => {
    const files: Record<string, string> = { 'docs/a.md': '# The `one` thing\n', docs: '' };
    const text =
      '[a](docs/a.md) [b](docs/b.md) [c](docs/a.md#the-one-thing) [d](docs/a.md#two) [e](https://x.org) [f](#g) `[h](i)`\n```\n[j](k)\n```\n[l](docs/)\n';
    const messages = deadLinks('README.md', text, (path) => files[path.replace(/\/$/, '')]).map(
      ({ message }) => message,
    );
    expect(messages).toEqual([
      'links to docs/b.md, which does not exist',
      'links to docs/a.md#two, but docs/a.md has no such heading',
      'links to #g, but README.md has no such heading',
    ]);
  });
});
