/**
 * One line on the terminal that says which step is under way, how far, and how long steps like those before will take: nothing
 * where there is no terminal.
 */
const REDRAW_MS = 100;
/** Before, what is left is not told: it would be a guess. */
const KNOWN_AFTER_MS = 5000;

export interface StepProgress {
  /** `all` is 0 where nobody knows it. */
  show(done: number, all: number, what: string): void;
  end(): void;
}

export function stepProgress(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr): StepProgress {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let begun = { at: performance.now(), done: 0, all: 0, last: 0 };
  if (!stream.isTTY) return { show: () => {}, end: () => {} };
  return {
    show(done, all, what) {
      const now = performance.now();
      if (all !== begun.all || done < begun.last) begun = { at: now, done, all, last: done };
      begun.last = done;
      if (now - drawnAt < REDRAW_MS && (all === 0 || done < all)) return;
      drawnAt = now;
      const share = all > 0 ? ` of ${all} (${Math.floor((100 * done) / all)} %)` : '';
      const perStep = (now - begun.at) / (done - begun.done);
      const left = now - begun.at < KNOWN_AFTER_MS || done >= all ? '' : timeLeft(perStep * (all - done));
      stream.write(`\r\u001b[K${what}: ${done}${share}${left}`);
    },
    end() {
      stream.write('\r\u001b[K');
    },
  };
}

function timeLeft(ms: number): string {
  if (!Number.isFinite(ms)) return '';
  return ms < 90_000 ? `, about ${Math.ceil(ms / 1000)} s left` : `, about ${Math.ceil(ms / 60_000)} min left`;
}

/** For who reads a file: how many megabytes of it are read. */
export function readProgress({ show }: StepProgress): (read: number, all: number) => void {
  return (read, all) => show(Math.floor(read / 1e6), Math.ceil(all / 1e6), 'reading, MB');
}
