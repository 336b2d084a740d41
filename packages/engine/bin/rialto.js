#!/usr/bin/env -S GLIBC_TUNABLES=glibc.malloc.hugetlb=1 node --min-semi-space-size=64 --max-semi-space-size=64 --heap-growing-percent=400 --no-allocation-site-pretenuring
// On Linux with glibc the tunable lets the catalogue's columns lie in huge pages: a decision reads them here and there. The flags
// keep garbage collection away from decisions: requests die young in a roomy nursery, and the old space, which holds the
// catalogue's ids and documents, is gone through seldom. And nothing is born in the old space: where V8 saw records survive, in a
// slow flush or while a log was folded, it would make all later ones there, and each kept its request alive until the next long pause.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`rialto: Node 20.19 or newer is needed, and ${process.execPath} is ${process.versions.node}\n`);
  process.exit(1);
}
// Not a static import: an older Node would fail on what is in there before this file could say why.
await import('../dist/src/cli/main.js');
