#!/usr/bin/env -S GLIBC_TUNABLES=glibc.malloc.hugetlb=1 node --min-semi-space-size=64 --max-semi-space-size=64 --heap-growing-percent=400
// On Linux with glibc the tunable lets the catalogue's columns lie in huge pages: a decision reads them here and there. The flags
// keep garbage collection away from decisions: requests die young in a roomy nursery, and the old space, which holds the
// catalogue's ids and documents, is gone through seldom.
import '../dist/src/cli/main.js';
