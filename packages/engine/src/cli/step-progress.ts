/** One line on the terminal that says which step is under way and how far: nothing where there is no terminal. */
const REDRAW_MS = 100;

export interface StepProgress {
  show(done: number, all: number, what: string): void;
  end(): void;
}

export function stepProgress(stream: NodeJS.WriteStream = process.stderr): StepProgress {
  let drawnAt = 0;
  if (!stream.isTTY) return { show: () => {}, end: () => {} };
  return {
    show(done, all, what) {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS && done < all) return;
      drawnAt = now;
      stream.write(`\r\u001b[K${what}: ${done} of ${all}${all > 0 ? ` (${Math.floor((100 * done) / all)} %)` : ''}`);
    },
    end() {
      stream.write('\r\u001b[K');
    },
  };
}
