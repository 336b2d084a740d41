/** A worker thread that takes an uploaded form of models apart. */
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { answer } from '../delivery/worker-answer.ts';
import { type ModelForm, readModelForm } from './model-form.ts';

const { path, ...form } = workerData as Omit<ModelForm, 'body'> & { readonly path: string };

await answer(
  parentPort!,
  async () => readModelForm({ ...form, body: await readFile(path) }),
  ({ bytes }) => bytes.map(({ buffer }) => buffer),
);
