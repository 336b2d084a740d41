/**
 * Rialto inside another program: an engine on a data directory or on any log, its HTTP server, the simulator, and
 * forecasts for campaigns.
 * Wire types are in `@rialto/sdk`.
 */

export { expectedDay, type SegmentTraffic } from './ads/expected-day.ts';
export { gainOf, type LoggedAuctions, type Outcome, outcomeCurve, throttledCurve } from './ads/outcome-curve.ts';
export { type Clock, ManualClock, systemClock } from './base/clock.ts';
export { type ErrorCode, RialtoError } from './base/errors.ts';
export { type OpenOptions, openEngine } from './delivery/data-directory.ts';
export { Engine, type EngineOptions, type SaveResult } from './delivery/engine.ts';
export { FileLog, type FileLogOptions } from './log/file-log.ts';
export type { Log, LogBatch, Offset } from './log/log.ts';
export { MemoryLog } from './log/memory-log.ts';
export type { LogRecord } from './log/record.ts';
export { createServer, type ServerOptions } from './server/create-server.ts';
export { type ListenOptions, type RunningServer, startServer } from './server/listen.ts';
