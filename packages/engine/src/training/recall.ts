/** How many of the things bought next are among the k shown: recall@k = hits / min(k, bought). */

export function recallAt(k: number, shown: readonly string[], bought: ReadonlySet<string>): number {
  const hits = shown.slice(0, k).filter((id) => bought.has(id)).length;
  return hits / Math.min(k, bought.size);
}
