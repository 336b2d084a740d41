import { logContract } from './log.contract.ts';
import { MemoryLog } from './memory-log.ts';

logContract('in memory', async () => new MemoryLog());
