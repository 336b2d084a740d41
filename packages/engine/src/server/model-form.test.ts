/** A form of models that does not fit is refused in words that say what and where. */
import type { ModelManifest } from '@rialto/sdk';
import { expect, test } from 'vitest';
import { digestOf } from '../delivery/model-bytes.ts';
import { Embedding } from '../features/embedding.ts';
import { packAdditive } from '../learning/additive-model.ts';
import { packModel } from '../learning/model-file.ts';
import { PRIOR_MODEL } from '../ranking/ranker.ts';
import { readModelForm } from './model-form.ts';

type Parts = Readonly<Record<string, Uint8Array>>;

const LISTINGS = 3;
const ranker = packAdditive(PRIOR_MODEL);
const cut = ranker.slice(0, -4);
const foreign = packModel({ kind: 'additive', version: 99, info: {}, arrays: {} });
const other = packAdditive({ ...PRIOR_MODEL, features: PRIOR_MODEL.features.map((name) => `${name}x`) });

function embedding(listings: number): Uint8Array {
  const made = new Embedding();
  made.dimensions = 2;
  made.vectors = new Float32Array(2 * listings);
  return made.pack();
}

const manifestOf = (parts: Parts): ModelManifest => ({
  models: Object.entries(parts).map(([name, bytes]) => ({ name, digest: digestOf(bytes) })),
});

async function formOf(manifest: unknown, parts: Parts, cutBytes = 0) {
  const form = new FormData();
  if (manifest !== undefined)
    form.append('manifest', typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  for (const [name, bytes] of Object.entries(parts)) form.append(name, new Blob([bytes]), 'file');
  const sent = new Response(form);
  const body = new Uint8Array(await sent.arrayBuffer());
  const contentType = sent.headers.get('content-type')!;
  return { body: body.subarray(0, body.length - cutBytes), contentType, listings: LISTINGS };
}

test('a good one gives the very bytes, in the order of the manifest', async () => {
  const parts = { ranker, embedding: embedding(LISTINGS) };
  const manifest = { status: 'serving', ...manifestOf(parts) };
  const form = await readModelForm(await formOf(manifest, { embedding: parts.embedding, ranker }));
  expect(form.manifest).toEqual(manifest);
  expect(form.bytes.map(digestOf)).toEqual(manifest.models.map(({ digest }) => digest));
});

const good = { ranker };
const four = { embedding: embedding(4) };
test.each<[string, unknown, Parts, string, RegExp]>([
  ['no manifest', undefined, good, 'bad-request', /no part "manifest"/],
  ['no JSON', '{', good, 'bad-json', /not valid JSON/],
  ['no models', { models: [] }, good, 'bad-request', /models/],
  ['no digest', { models: [{ name: 'ranker' }] }, good, 'bad-request', /digest is missing/],
  ['a digest of another kind', { models: [{ name: 'ranker', digest: 'x' }] }, good, 'bad-request', /64 hexadecimal/],
  ['no bytes', manifestOf(good), {}, 'bad-request', /no part "ranker"/],
  ['a stranger', manifestOf(good), { ...good, spare: cut }, 'bad-request', /does not name the part "spare"/],
  ['one twice', { models: [...manifestOf(good).models, ...manifestOf(good).models] }, good, 'bad-request', /twice/],
  ['other bytes', manifestOf(good), { ranker: cut }, 'bad-model', /was announced: it was cut short or changed/],
  ['truncated', manifestOf({ ranker: cut }), { ranker: cut }, 'bad-model', /truncated or damaged/],
  ['another version', manifestOf({ ranker: foreign }), { ranker: foreign }, 'bad-model', /version 99/],
  ['other features', manifestOf({ ranker: other }), { ranker: other }, 'bad-model', /features/],
  ['no such model', manifestOf({ nix: ranker }), { nix: ranker }, 'bad-model', /served by a model named "nix"/],
  ['a good one and a bad', manifestOf({ ...good, actions: cut }), { ...good, actions: cut }, 'bad-model', /damaged/],
  ['too many listings', manifestOf(four), four, 'bad-model', /of 4 listings, but the marketplace has 3/],
])('%s', async (_, manifest, parts, code, message) => {
  const form = await formOf(manifest, parts);
  await expect(readModelForm(form)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('a body that is cut short, and one that is no form', async () => {
  const whole = { code: 'bad-request', message: expect.stringContaining('no whole multipart/form-data') };
  await expect(readModelForm(await formOf(manifestOf(good), good, 300))).rejects.toMatchObject(whole);
  const contentType = 'multipart/form-data; boundary=x';
  await expect(readModelForm({ body: new Uint8Array(ranker), contentType, listings: LISTINGS })).rejects.toMatchObject(
    whole,
  );
});
