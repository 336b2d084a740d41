/** A programmer's mistake: crashes with the offending value. A caller's mistake is a `RialtoError` instead. */
export function assert(condition: boolean, message: string, value?: unknown): asserts condition {
  if (!condition)
    throw new Error(
      value === undefined ? `assertion failed: ${message}` : `assertion failed: ${message}: ${String(value)}`,
    );
}
