/** One line on the terminal that says which step is under way and how far: nothing where there is no terminal. */
const REDRAW_MS = 100;

export interface StepProgress {
  /** `all` is 0 where nobody knows it. */
  show(done: number, all: number, what: string): void;
  end(): void;
}

export function stepProgress(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr): StepProgress {
  let drawnAt = Number.NEGATIVE_INFINITY;
  if (!stream.isTTY) return { show: () => {}, end: () => {} };
  return {
    show(done, all, what) {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS && (all === 0 || done < all)) return;
      drawnAt = now;
      const share = all > 0 ? ` of ${all} (${Math.floor((100 * done) / all)} %)` : '';
      stream.write(`\r\u001b[K${what}: ${done}${share}`);
    },
    end() {
      stream.write('\r\u001b[K');
    },
  };
}

/** For who reads a file: how many megabytes of it are read. */
export function readProgress({ show }: StepProgress): (read: number, all: number) => void {
  return (read, all) => show(Math.floor(read / 1e6), Math.ceil(all / 1e6), 'reading, MB');
}
