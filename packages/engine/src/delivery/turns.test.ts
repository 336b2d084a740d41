import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('turns', () => {
  it('are taken one after the other, in order, past one that fails', async () => {
    const turns = new Turns('pieces', 10);
    const seen: string[] = [];
    const piece = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(`${name} ends`);
      if (name === 'b') throw new Error('b fails');
      return name;
    };
    const taken = await Promise.allSettled(['a', 'b', 'c'].map((name) => turns.take(piece(name))));
    expect(taken.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('are refused where too many wait, and given again later', async () => {
    const turns = new Turns('pieces', 2);
    let release = () => {};
    const held = turns.take(() => new Promise<void>((resolve) => (release = resolve)));
    const second = turns.take(async () => 'second');
    await expect(turns.take(async () => 'third')).rejects.toMatchObject({
      code: 'overloaded',
      message: '2 pieces wait already; retry with back-off',
    });
    await Promise.resolve();
    release();
    await held;
    expect(await second).toBe('second');
    expect(await turns.take(async () => 'fourth')).toBe('fourth');
  });
});
