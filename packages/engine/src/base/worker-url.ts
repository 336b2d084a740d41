/**
 * Where a worker thread's compiled module is. Tests run the TypeScript sources, but Node's workers need JavaScript, so a
 * module asked for from `src/` is taken from `dist/src/`.
 */
export function workerUrl(importMetaUrl: string, file: string): URL {
  const url = new URL(file.replace(/\.ts$/, '.js'), importMetaUrl);
  if (importMetaUrl.endsWith('.ts')) url.pathname = url.pathname.replace('/packages/engine/', '/packages/engine/dist/');
  return url;
}
