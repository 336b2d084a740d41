/**
 * The rules that keep the documents true: what the code defines is documented, and what the documents name exists.
 * Pure functions of texts, so that `tidy.test.ts` can try each on a made-up one.
 */
import { dirname, join, posix } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { Breach } from './source-rules.ts';

interface ErrorRow {
  readonly status: number;
  readonly meaning: string;
  readonly remedy: string;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** `docs/errors.md` with its table made anew from the errors. The text around the markers stays. */
export function withErrorsTable(document: string, errors: Readonly<Record<string, ErrorRow>>): string {
  const rows = Object.entries(errors).map(
    ([code, { status, meaning, remedy }]) => `| \`${code}\` | ${status} | ${cell(meaning)} | ${cell(remedy)} |`,
  );
  const table = ['| code | status | what it means | what to do |', '|---|---|---|---|', ...rows].join('\n');
  return document.replace(
    /(<!-- errors: .* -->\n)[\s\S]*(<!-- \/errors -->)/,
    (_, open: string, close: string) => `${open}${table}\n${close}`,
  );
}

/** The string literals of an exported union type, or none where it is not there. */
export function unionMembers(text: string, name: string): string[] {
  for (const statement of parseSync('union.ts', text).program.body) {
    const type = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
    if (type?.type !== 'TSTypeAliasDeclaration' || type.id.name !== name || type.typeAnnotation.type !== 'TSUnionType')
      continue;
    return type.typeAnnotation.types.flatMap((member) =>
      member.type === 'TSLiteralType' && member.literal.type === 'Literal' ? [String(member.literal.value)] : [],
    );
  }
  return [];
}

/** The names in backticks at the start of a table's rows: what a document documents. */
const documentedNames = (document: string): string[] =>
  [...document.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!);

/** Each name has one row, and each row a name. */
export function documented(rule: string, path: string, names: readonly string[], document: string): Breach[] {
  const rows = documentedNames(document);
  return [
    ...names.filter((name) => !rows.includes(name)).map((name) => ({ rule, path, message: `${name} has no row` })),
    ...rows
      .filter((row) => !names.includes(row))
      .map((row) => ({ rule, path, message: `${row} has a row but does not exist` })),
    ...rows
      .filter((row, index) => rows.indexOf(row) !== index)
      .map((row) => ({ rule, path, message: `${row} has two rows` })),
  ];
}

type Manifest = Partial<
  Record<'dependencies' | 'devDependencies' | 'optionalDependencies' | 'peerDependencies', Record<string, string>>
>;

/** What the manifests ask npm for: not the workspaces' own packages. */
export function dependenciesOf(manifests: readonly Manifest[]): string[] {
  const names = manifests.flatMap((manifest) =>
    Object.keys({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    }),
  );
  return [...new Set(names)].filter((name) => !name.startsWith('@rialto/')).sort();
}

/** Each folder has a README.md that says something. `readmes`: folder → its text, undefined where it has none. */
export function foldersExplained(readmes: Readonly<Record<string, string | undefined>>): Breach[] {
  return Object.entries(readmes)
    .filter(([, text]) => text === undefined || text.replace(/^#.*$/gm, '').trim() === '')
    .map(([path]) => ({ rule: 'folder-readme', path, message: 'has no README.md that says what the folder is for' }));
}

const withoutCode = (text: string): string =>
  text.replace(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replace(/[^\n]/g, '')).replace(/`[^`\n]*`/g, '');

/** GitHub's anchor of a heading. */
const anchor = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

const anchorsOf = (text: string): string[] =>
  [...text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#+ (.*)$/gm)].map((match) => anchor(match[1]!));

/** Relative links and their anchors lead somewhere. `read` gives the text of a path from the root, '' for a folder, undefined for nothing. */
export function deadLinks(path: string, text: string, read: (path: string) => string | undefined): Breach[] {
  const breaches: Breach[] = [];
  const links = [
    ...withoutCode(text).matchAll(/\]\(([^()\s]+)(?: "[^"]*")?\)|^\[[^\]]+\]: (\S+)|(?:src|href)="([^"]+)"/gm),
  ];
  for (const match of links) {
    const link = match[1] ?? match[2] ?? match[3]!;
    if (/^[a-z]+:|^\/\//.test(link)) continue;
    const [file, hash] = link.split('#') as [string, string?];
    const target = file === '' ? path : posix.normalize(join(dirname(path), decodeURIComponent(file)));
    const found = file === '' ? text : read(target);
    const line = text.slice(0, text.indexOf(link)).split('\n').length;
    if (found === undefined)
      breaches.push({ rule: 'links', path, line, message: `links to ${link}, which does not exist` });
    else if (hash && target.endsWith('.md') && !anchorsOf(found).includes(hash)) {
      breaches.push({ rule: 'links', path, line, message: `links to ${link}, but ${target} has no such heading` });
    }
  }
  return breaches;
}
