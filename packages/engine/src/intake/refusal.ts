/** Why a row of a file is not taken in: an expected no, counted by `reason` and written to the rejects file. */
export class Refusal {
  readonly reason: string;
  readonly message: string;

  constructor(reason: string, message: string) {
    this.reason = reason;
    this.message = message;
  }
}

/** A value of a file for an error message: short, and on one line. */
export function quoted(value: string): string {
  return JSON.stringify(value.length <= 60 ? value : `${value.slice(0, 57)}...`);
}
