/**
 * A data directory that cannot be used: no permission, a read-only or full disk, a file in its place. What the system says
 * about it becomes `data-unusable`, which names the directory and the reason.
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RialtoError } from '../base/errors.ts';

/** What `use` gives; where the system refuses it something, `data-unusable`. */
export async function usable<T>(directory: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new RialtoError('data-unusable', `${directory} cannot be used as a data directory: ${message}`, {
      directory,
      cause: code,
    });
  }
}

/**
 * Makes a directory and those above it, where they are missing. Not `mkdir` with `recursive`: it reports a read-only disk
 * as a missing directory, and tries for ever where a directory takes no other in, as in /proc.
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path && !(await exists(dirname(path)))) {
      await makeDirectory(dirname(path));
      await mkdir(path);
    } else if (!(await isDirectory(path))) throw error;
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
