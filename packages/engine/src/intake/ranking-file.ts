/**
 * A file of graded documents: libsvm lines in the order of their queries, with the queries' sizes in a file of the same name and
 * `.query` beside it, one a line (LightGBM's form), or a `qid:n` in each line.
 */
import { access } from 'node:fs/promises';
import { RialtoError } from '../base/errors.ts';
import { GRADE_MAX, type RankingTable } from '../learning/ranking-trees.ts';
import { type OnRead, openBytes } from './byte-source.ts';
import { readLibsvm } from './libsvm-rows.ts';
import { textLines } from './text-lines.ts';

export async function readRanking(path: string, onRead?: OnRead): Promise<RankingTable> {
  const { labels, sparse, groups } = await readLibsvm([path], { label: gradeOf, queries: true, onRead });
  const grades = Uint8Array.from(labels);
  if (grades.length === 0) throw new RialtoError('no-data', `${path} has no documents`);
  return {
    numbers: { rows: grades.length, dense: [], sparse },
    grades,
    groups: groups ?? (await readGroups(path, grades.length)),
  };
}

function gradeOf(text: string, where: string): number {
  const grade = Number(text);
  if (Number.isInteger(grade) && grade >= 0 && grade <= GRADE_MAX) return grade;
  const table = /[,;]/.test(text)
    ? '; this seems to be a table, and lines of the form "grade qid:n index:value" are wanted'
    : '';
  throw new RialtoError(
    'bad-file',
    `${where}: the grade "${text}" is not a whole number from 0 to ${GRADE_MAX}; gains are 2^grade − 1${table}`,
  );
}

async function readGroups(path: string, rows: number): Promise<Int32Array> {
  const found = await queryFile(path);
  const starts = [0];
  let line = 0;
  for await (const text of textLines(await openBytes(found))) {
    line++;
    if (text.trim() === '') continue;
    const size = Number(text);
    if (!/^\d+$/.test(text.trim()) || size < 1)
      throw new RialtoError('bad-file', `${found}, line ${line}: "${text}" is not a number of documents`);
    starts.push(starts.at(-1)! + size);
  }
  if (starts.at(-1) !== rows)
    throw new RialtoError('bad-file', `${found} speaks of ${starts.at(-1)} documents, but ${path} has ${rows}`);
  return Int32Array.from(starts);
}

async function queryFile(path: string): Promise<string> {
  const plain = path.replace(/\.gz$/, '');
  const names = [`${plain}.query`, `${plain}.query.gz`];
  for (const name of names) {
    try {
      await access(name);
      return name;
    } catch {}
  }
  throw new RialtoError(
    'bad-file',
    `${path} has no qid:n in its lines, and there is no ${names.join(' or ')} with the queries' sizes`,
  );
}
