/** A server that a test kills: small segments and frequent checkpoints, so that a kill may hit the turn of any of them. */
import { openEngine } from '../src/delivery/data-directory.ts';
import { startServer } from '../src/server/listen.ts';

const engine = await openEngine(process.argv[2]!, { checkpointEvery: 2_000, segmentBytes: 1 << 16 });
const { url } = await startServer(engine, { port: 0 });
process.stdout.write(`${url}\n`);
