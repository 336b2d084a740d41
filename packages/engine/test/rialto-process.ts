/** For tests: the `rialto` command as its users run it, a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const RIALTO = fileURLToPath(new URL('../bin/rialto.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

export interface Served {
  readonly url: string;
  readonly pid: number;
  /** What it has said so far. */
  stderr(): string;
  /** Ends it, by SIGTERM where no signal is named. */
  end(signal?: NodeJS.Signals): Promise<Ended>;
}

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<Ended>;
}

function start(args: readonly string[]): Started {
  const child = spawn(process.execPath, [RIALTO, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }));
  return { child, said: () => stderr, ended };
}

/** Runs a command that ends by itself. */
export const rialto = (...args: readonly string[]): Promise<Ended> => start(args).ended;

/** Starts `rialto serve` on a free port, and throws what it said where it does not come to listen. */
export async function serve(directory: string, ...args: readonly string[]): Promise<Served> {
  const { child, said, ended } = start(['serve', '--data', directory, '--port', '0', '--no-train', ...args]);
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr!.on('data', () => {
      const listening = /at (http:\S+);/.exec(said());
      if (listening) resolve(listening[1]!);
    });
    void ended.then(({ code, stderr }) => reject(new Error(`rialto serve ended with ${code}: ${stderr}`)));
  });
  return {
    url,
    pid: child.pid!,
    stderr: said,
    end(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
  };
}
