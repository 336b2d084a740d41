/**
 * The project's TypeScript as facts that rules can be checked against: for every file its imports, the length of its
 * functions, and its uses of the things that are banned somewhere. Parsed with oxc, so that text in comments and strings
 * does not count. Types are not resolved: `const m = Math; m.random()` goes unseen.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Node, parseSync, Visitor, type VisitorObject } from 'oxc-parser';

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** The file of the tree that a relative import names, from the root. */
  readonly target?: string;
  /** A worker's module, named by `workerUrl` or `new URL`: run, but not loaded, by the file that names it. */
  readonly worker?: true;
}

export interface SourceFunction {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

export interface Use {
  /** `Math.random`, `new Date()`, `any`, … */
  readonly what: string;
  readonly line: number;
}

export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly functions: readonly SourceFunction[];
  readonly uses: readonly Use[];
}

const WATCHED_MEMBERS = new Set([
  'Math.random',
  'Date.now',
  'process.env',
  'performance.now',
  'crypto.getRandomValues',
  'crypto.randomUUID',
]);
const RANDOM_OF_NODE_CRYPTO = new Set([
  'randomBytes',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'getRandomValues',
  'webcrypto',
]);
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'coverage', 'rialto-data', '.git']);

/** Turns offsets into 1-based lines. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

const keyName = (key: Node): string =>
  'name' in key && typeof key.name === 'string' ? key.name : 'value' in key ? String(key.value) : '(computed)';

/** The string literal that a node is, or undefined. */
const literal = (node: Node | null | undefined): string | undefined =>
  node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;

function functionVisitor(text: string, lineAt: (offset: number) => number, functions: SourceFunction[]): VisitorObject {
  const names = new WeakMap<object, string>();
  const add = (node: { start: number; end: number; id?: { name: string } | null }): void => {
    const line = lineAt(node.start);
    const lines = lineAt(node.end) - line + 1;
    functions.push({
      name:
        node.id?.name ?? names.get(node) ?? `(anonymous: ${text.slice(node.start, node.start + 30).split('\n')[0]})`,
      line,
      lines,
    });
  };
  return {
    VariableDeclarator: (node) =>
      void (node.init && node.id.type === 'Identifier' && names.set(node.init, node.id.name)),
    MethodDefinition: (node) => void names.set(node.value, keyName(node.key)),
    PropertyDefinition: (node) => void (node.value && names.set(node.value, keyName(node.key))),
    Property: (node) => void names.set(node.value, keyName(node.key)),
    FunctionDeclaration: add,
    FunctionExpression: add,
    ArrowFunctionExpression: add,
  };
}

function useVisitor(lineAt: (offset: number) => number, uses: Use[]): VisitorObject {
  const add = (what: string, node: { start: number }): void => void uses.push({ what, line: lineAt(node.start) });
  return {
    MemberExpression(node) {
      if (node.object.type !== 'Identifier') return;
      const member = `${node.object.name}.${node.computed ? (literal(node.property) ?? '?') : keyName(node.property)}`;
      if (WATCHED_MEMBERS.has(member)) add(member, node);
      else if (node.object.name === 'console') add('console', node);
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0)
        add('new Date()', node);
    },
    CallExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date') add('new Date()', node);
    },
    ImportDeclaration(node) {
      if (node.source.value !== 'node:crypto' && node.source.value !== 'node:process') return;
      for (const specifier of node.specifiers) {
        const imported = specifier.type === 'ImportSpecifier' ? keyName(specifier.imported) : '';
        if (node.source.value === 'node:crypto' && RANDOM_OF_NODE_CRYPTO.has(imported)) add(`crypto.${imported}`, node);
        if (node.source.value === 'node:process' && imported === 'env') add('process.env', node);
      }
    },
    TSAnyKeyword: (node) => add('any', node),
  };
}

function importVisitor(path: string, lineAt: (offset: number) => number, imports: Import[]): VisitorObject {
  const add = (specifier: string | undefined, node: { start: number }, worker = false): void => {
    if (specifier === undefined) return;
    const relative = worker || specifier.startsWith('.');
    const target = relative ? posix.join(posix.dirname(path), specifier.replace(/\.js$/, '.ts')) : undefined;
    imports.push({
      specifier,
      line: lineAt(node.start),
      ...(target !== undefined && { target }),
      ...(worker && { worker }),
    });
  };
  return {
    ImportDeclaration: (node) => add(node.source.value, node),
    ExportAllDeclaration: (node) => add(node.source.value, node),
    ExportNamedDeclaration: (node) => add(node.source?.value, node),
    ImportExpression: (node) => add(literal(node.source), node),
    TSImportType: (node) => add(literal(node.source), node),
    CallExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'workerUrl')
        add(literal(node.arguments[1]), node, true);
    },
    NewExpression(node) {
      const file = literal(node.arguments[0]);
      if (node.callee.type === 'Identifier' && node.callee.name === 'URL' && file && /\.[jt]s$/.test(file))
        add(file, node, true);
    },
  };
}

/** Reads one file. Throws where it cannot be parsed. */
export function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} cannot be parsed: ${errors[0]!.message}`);
  const lineAt = lineFinder(text);
  const imports: Import[] = [];
  const functions: SourceFunction[] = [];
  const uses: Use[] = [];
  for (const visitor of [
    importVisitor(path, lineAt, imports),
    functionVisitor(text, lineAt, functions),
    useVisitor(lineAt, uses),
  ]) {
    new Visitor(visitor).visit(program);
  }
  return { path, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0), imports, functions, uses };
}

/** The paths of all files below `folder` whose name ends in `ending`, from the root, in order. */
export function listFiles(root: string, folder: string, ending: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) found.push(...listFiles(root, path, ending));
    else if (entry.isFile() && entry.name.endsWith(ending)) found.push(path);
  }
  return found.sort();
}

/** Every TypeScript file below `folders`. */
export function readTree(root: string, folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap((folder) => listFiles(root, folder, '.ts'))
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')));
}
