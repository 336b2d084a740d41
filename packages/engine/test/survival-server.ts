/** A server that a test kills: opens a directory with frequent checkpoints, and says where it listens. */
import { openEngine } from '../src/delivery/data-directory.ts';
import { startServer } from '../src/server/listen.ts';

const engine = await openEngine(process.argv[2]!, { checkpointEvery: 1500 });
const { url } = await startServer(engine, { port: 0 });
process.stdout.write(`${JSON.stringify({ url, offset: engine.offset })}\n`);
