/** A worker thread that takes an uploaded form of models apart. */
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { memoryOf } from '../delivery/read-model.ts';
import { answer } from '../delivery/worker-answer.ts';
import { type ModelForm, readModelForm } from './model-form.ts';

const { path, ...form } = workerData as Omit<ModelForm, 'body'> & { readonly path: string };

await answer(
  parentPort!,
  async () => readModelForm({ ...form, body: await readFile(path) }),
  ({ bytes, read }) => [...bytes.map(({ buffer }) => buffer), ...read.flatMap(memoryOf)],
);
