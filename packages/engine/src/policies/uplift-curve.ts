/**
 * How well a score finds those whom a treatment moves. People are taken by falling score; after a share φ of them the uplift so far is
 *
 *   u(φ) = (Y_t(φ) − Y_c(φ) · N_t(φ) / N_c(φ)) / N_t          (Radcliffe 2007)
 *
 * in outcomes for each treated person of all. AUUC is the area under u, the random line is φ · u(1), and the Qini is the area between.
 * Equal scores are taken together.
 */
import { RialtoError } from '../base/errors.ts';

export interface UpliftCurve {
  /** Area between the curve and the random line. */
  readonly qini: number;
  readonly auuc: number;
  /** Area under the random line: half the effect on all. */
  readonly random: number;
  /** u at 10, 20, … 100 % of the people. */
  readonly deciles: readonly number[];
}

/** scores, treated (0 or 1), outcomes: [rows]. Throws `bad-experiment` where an arm is empty. */
export function upliftCurve(scores: Float64Array, treated: Uint8Array, outcomes: Float64Array): UpliftCurve {
  const rows = scores.length;
  const order = Int32Array.from({ length: rows }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const all = treated.reduce((sum, one) => sum + one, 0);
  if (all === 0 || all === rows)
    throw new RialtoError('bad-experiment', `${all} of ${rows} people are treated: uplift needs people in both arms`);
  const n = [0, 0];
  const y = [0, 0];
  const uplift = (): number => (y[1]! - (n[0]! === 0 ? 0 : (y[0]! * n[1]!) / n[0]!)) / all;
  const deciles: number[] = [];
  let area = 0;
  let before = 0;
  for (let i = 0; i < rows; ) {
    const from = i;
    const score = scores[order[i]!]!;
    for (; i < rows && scores[order[i]!]! === score; i++) {
      const row = order[i]!;
      n[treated[row]!]!++;
      y[treated[row]!]! += outcomes[row]!;
    }
    const now = uplift();
    while (deciles.length < 10 && i >= ((deciles.length + 1) * rows) / 10) {
      const part = ((deciles.length + 1) * rows) / 10 - from;
      deciles.push(before + ((now - before) * part) / (i - from));
    }
    area += (((before + now) / 2) * (i - from)) / rows;
    before = now;
  }
  return { qini: area - before / 2, auuc: area, random: before / 2, deciles };
}
