/**
 * The rules that the source must keep: each a function from the tree to what breaks it, naming the place and what to do
 * instead. `tidy.test.ts` runs them, and holds the exceptions.
 */
import type { Import, SourceFile } from './source-tree.ts';

export interface Breach {
  readonly rule: string;
  readonly path: string;
  readonly line?: number;
  readonly message: string;
}

export type SourceRule = (files: readonly SourceFile[]) => Breach[];

/** The folders of the engine from the lowest layer to the highest. A file may import its own folder and lower layers. */
const LAYERS: readonly (readonly string[])[] = [
  ['base'],
  ['log', 'wire', 'market', 'learning', 'statistics'],
  ['features', 'experiments', 'policies'],
  ['retrieval', 'ranking', 'ads', 'engagement', 'reviews'],
  ['delivery'],
  ['lake', 'intake', 'training', 'simulator', 'server'],
  ['cli'],
];
const DELIVERY = 4;
const ENGINE = 'packages/engine/src/';
const SDK = 'packages/sdk/src/';
const MAX_LINES = 400;
const MAX_TEST_LINES = 800;
const MAX_FUNCTION_LINES = 70;

const isTest = (path: string): boolean =>
  /\.(test|contract|fixture)\.ts$/.test(path) || /^(packages\/[^/]+\/test|examples)\//.test(path);

/** What starts by itself: the packages' own entries, the programs, and worker threads. */
const isEntry = (path: string): boolean =>
  isTest(path) ||
  /^packages\/(engine|sdk)\/src\/index\.ts$/.test(path) ||
  path === `${ENGINE}cli/main.ts` ||
  path.endsWith('-worker.ts') ||
  path.startsWith('packages/engine/bench/');

/** The engine's folder that a path lies in; undefined outside of it and for its index. */
function folderOf(path: string): string | undefined {
  if (!path.startsWith(ENGINE)) return undefined;
  const parts = path.slice(ENGINE.length).split('/');
  return parts.length > 1 ? parts[0] : undefined;
}

const rankOf = (folder: string): number => LAYERS.findIndex((layer) => layer.includes(folder));

function layerBreach(file: SourceFile, { specifier, line, target }: Import): Breach | undefined {
  const from = folderOf(file.path);
  const to = target === undefined ? undefined : folderOf(target);
  const breach = (message: string): Breach => ({ rule: 'layers', path: file.path, line, message });
  if (target?.startsWith(ENGINE) && to === undefined)
    return breach(`imports the package's own index; import the file that has what it needs`);
  if (from === undefined || to === undefined || from === to) return undefined;
  if (rankOf(from) < rankOf(to))
    return breach(`${from}/ must not know ${to}/ (${specifier}): move what both need down, or pass it in from above`);
  if (rankOf(from) === rankOf(to))
    return breach(`${from}/ and ${to}/ are peers (${specifier}): they meet in a layer above, as arguments`);
  return undefined;
}

/** Imports point to lower layers only, and never from one folder of a layer to another. */
export const layers: SourceRule = (files) => {
  const breaches: Breach[] = [];
  for (const file of files) {
    const folder = folderOf(file.path);
    if (folder !== undefined && rankOf(folder) < 0) {
      breaches.push({
        rule: 'layers',
        path: file.path,
        message: `${folder}/ is in no layer: give it one in source-rules.ts`,
      });
    } else if (!isTest(file.path)) {
      breaches.push(...file.imports.flatMap((imported) => layerBreach(file, imported) ?? []));
    }
  }
  return breaches;
};

/** The sdk imports nothing but itself: no package, no Node, no engine. */
export const sdkImportsNothing: SourceRule = (files) =>
  files
    .filter((file) => file.path.startsWith(SDK) && !isTest(file.path))
    .flatMap((file) =>
      file.imports
        .filter(({ target }) => !target?.startsWith(SDK))
        .map(({ specifier, line }) => ({
          rule: 'sdk',
          path: file.path,
          line,
          message: `imports ${specifier}; the sdk imports nothing`,
        })),
    );

/** No file is reached from itself through imports, types included. Names one file of each cycle, with the way around. */
export const cycles: SourceRule = (files) => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const breaches: Breach[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const way = [...trail.slice(start), path].map((step) => step.replace(ENGINE, '')).join(' → ');
      breaches.push({ rule: 'cycle', path, message: `imports itself: ${way}` });
    }
    if (start >= 0 || done.has(path)) return;
    for (const { target, worker } of byPath.get(path)?.imports ?? []) {
      if (target !== undefined && !worker) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return breaches;
};

export const fileLength: SourceRule = (files) =>
  files.flatMap(({ path, lines }) => {
    const max = isTest(path) ? MAX_TEST_LINES : MAX_LINES;
    return lines <= max
      ? []
      : [{ rule: 'file-length', path, message: `has ${lines} lines, at most ${max}: split it by idea` }];
  });

/** Tests are free: a `describe` is one long function. */
export const functionLength: SourceRule = (files) =>
  files
    .filter(({ path }) => !isTest(path))
    .flatMap(({ path, functions }) =>
      functions
        .filter(({ lines }) => lines > MAX_FUNCTION_LINES)
        .map(({ name, line, lines }) => ({
          rule: 'function-length',
          path,
          line,
          message: `${name} has ${lines} lines, at most ${MAX_FUNCTION_LINES}: name its steps`,
        })),
    );

interface Ban {
  readonly what: RegExp;
  readonly allowed: (path: string) => boolean;
  readonly instead: string;
}

const inCli = (path: string): boolean => path.startsWith(`${ENGINE}cli/`);
const belowDelivery = (path: string): boolean => rankOf(folderOf(path) ?? 'cli') < DELIVERY;

const BANS: readonly Ban[] = [
  {
    what: /^Math\.random$/,
    allowed: () => false,
    instead: 'use an Rng (base/rng.ts) or, in a decision, hashUnit (base/hash.ts)',
  },
  {
    what: /^(Date\.now|new Date\(\))$/,
    allowed: (path) => path === `${ENGINE}base/clock.ts`,
    instead: 'take the time as an argument, or a Clock (base/clock.ts)',
  },
  {
    what: /^console$/,
    allowed: inCli,
    instead: 'return it, or log it through the server; only cli/ speaks to the terminal',
  },
  {
    what: /^process\.env$/,
    allowed: (path) => inCli(path) && /config|environment/.test(path),
    instead: 'take it as an option; the environment is read in a config file of cli/',
  },
  { what: /^any$/, allowed: () => false, instead: 'name the type, or use unknown' },
  {
    what: /^performance\.now$/,
    allowed: (path) => !belowDelivery(path),
    instead: 'measure in delivery or above; below it nothing reads a clock',
  },
  {
    what: /^crypto\./,
    allowed: (path) => !belowDelivery(path) || folderOf(path) === 'log',
    instead: 'draw chance from an Rng or hashUnit; below delivery only log/ names things by chance',
  },
];

/** Time, chance, the terminal and the environment are reached for at the borders only. For the engine's own sources. */
export const bannedUses: SourceRule = (files) =>
  files
    .filter(({ path }) => path.startsWith(ENGINE) && !isTest(path))
    .flatMap(({ path, uses }) =>
      uses.flatMap(({ what, line }) => {
        const ban = BANS.find((candidate) => candidate.what.test(what));
        return !ban || ban.allowed(path)
          ? []
          : [{ rule: 'banned', path, line, message: `${what} is banned here: ${ban.instead}` }];
      }),
    );

const IO_MODULES = /^node:(fs|fs\/promises|net|http|http2|https|tls|dgram|dns|child_process|readline|worker_threads)$/;

/** Below delivery only the log does I/O. */
export const noInputOutput: SourceRule = (files) =>
  files
    .filter(({ path }) => belowDelivery(path) && folderOf(path) !== 'log' && !isTest(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => IO_MODULES.test(specifier))
        .map(({ specifier, line }) => ({
          rule: 'io',
          path,
          line,
          message: `imports ${specifier}: below delivery only log/ does I/O`,
        })),
    );

/** Every file has an importer other than its own test, or is an entry. */
export const unusedFiles: SourceRule = (files) => {
  const used = new Set<string>();
  for (const { path, imports } of files) {
    for (const { target } of imports)
      if (target !== undefined && path !== target.replace(/\.ts$/, '.test.ts')) used.add(target);
  }
  return files
    .filter(({ path }) => !isEntry(path) && !used.has(path))
    .map(({ path }) => ({
      rule: 'unused-file',
      path,
      message: 'nothing but its own test imports it: use it or delete it',
    }));
};

export const SOURCE_RULES: readonly SourceRule[] = [
  layers,
  sdkImportsNothing,
  cycles,
  fileLength,
  functionLength,
  bannedUses,
  noInputOutput,
  unusedFiles,
];
