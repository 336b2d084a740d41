/**
 * A form of models, taken apart: the part `manifest` names them, with the digest of each, and a part of each name has its bytes. Each is read as this version
 * would to serve it.
 */
import type { ModelManifest } from '@rialto/sdk';
import { RialtoError } from '../base/errors.ts';
import { digestOf, type ReadModel } from '../delivery/model-bytes.ts';
import { readModel } from '../delivery/read-model.ts';
import { modelManifestSchema } from '../wire/model-schema.ts';
import { validate } from '../wire/validate.ts';
import { parseJson } from './json-body.ts';

export interface UploadedModels {
  readonly manifest: ModelManifest;
  /** In the manifest's order. */
  readonly bytes: readonly Uint8Array<ArrayBuffer>[];
  /** What each was found to be, so that nobody has to read it again. */
  readonly read: readonly ReadModel[];
}

export interface ModelForm {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** How many the market has. */
  readonly listings: number;
}

const MANIFEST = 'manifest';

/** Throws `bad-request`, `bad-json`, `bad-model`. */
export async function readModelForm({ body, contentType, listings }: ModelForm): Promise<UploadedModels> {
  const form = await formOf(body, contentType);
  const manifest: ModelManifest = validate(modelManifestSchema, parseJson(await bytesIn(form, MANIFEST)));
  refuseStrangers(form, manifest);
  const bytes: Uint8Array<ArrayBuffer>[] = [];
  const read: ReadModel[] = [];
  for (const { name, digest } of manifest.models) {
    const model = new Uint8Array(await bytesIn(form, name));
    const found = digestOf(model);
    if (found !== digest)
      throw new RialtoError(
        'bad-model',
        `${name}: the ${model.length} bytes that came have the digest ${found}, but ${digest} was announced: it was cut short or changed on its way`,
      );
    read.push(readModel(name, model, listings));
    bytes.push(model);
  }
  return { manifest, bytes, read };
}

type Form = Awaited<ReturnType<Response['formData']>>;

async function formOf(body: ModelForm['body'], contentType: string): Promise<Form> {
  try {
    return await new Response(body, { headers: { 'content-type': contentType } }).formData();
  } catch (error) {
    throw new RialtoError(
      'bad-request',
      `the body is no whole multipart/form-data: ${(error as Error).message}. It was cut short, or its parts are not as its content type says`,
    );
  }
}

async function bytesIn(form: Form, name: string): Promise<Buffer> {
  const [part, second] = form.getAll(name);
  if (part === undefined) throw new RialtoError('bad-request', `the form has no part ${JSON.stringify(name)}`);
  if (second !== undefined)
    throw new RialtoError('bad-request', `the form has more than one part ${JSON.stringify(name)}`);
  return typeof part === 'string' ? Buffer.from(part) : Buffer.from(await part.arrayBuffer());
}

/** A model that the manifest does not name would be lost without a word. */
function refuseStrangers(form: Form, { models }: ModelManifest): void {
  const named = new Set([MANIFEST, ...models.map(({ name }) => name)]);
  if (named.size < models.length + 1) throw new RialtoError('bad-request', 'the manifest names a model twice');
  for (const name of form.keys())
    if (!named.has(name))
      throw new RialtoError('bad-request', `the manifest does not name the part ${JSON.stringify(name.slice(0, 128))}`);
}
