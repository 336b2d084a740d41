/** Models as the form that POST /v1/models takes: a manifest with the digest of each, and their bytes. */
import type { ModelManifest, ModelUpload, PublishStatus } from './models.ts';

export async function modelForm(models: readonly ModelUpload[], status: PublishStatus | undefined): Promise<FormData> {
  const manifest: ModelManifest = {
    ...(status !== undefined && { status }),
    models: await Promise.all(models.map(async ({ bytes, ...model }) => ({ ...model, digest: await sha256(bytes) }))),
  };
  const form = new FormData();
  form.append('manifest', new Blob([JSON.stringify(manifest)], { type: 'application/json' }));
  for (const { name, bytes } of models)
    form.append(name, new Blob([bytes as BlobPart], { type: 'application/octet-stream' }), name);
  return form;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
