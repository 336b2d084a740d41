/** Numbers on the command line: what is no number, or outside its bounds, is refused with the bounds. */
import { InvalidArgumentError } from 'commander';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** For commander's `option`: a whole number within the bounds. */
export function wholeNumber({ min, max }: Bounds): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** For commander's `option`: any number within the bounds. */
export function decimalNumber({ min, max }: Bounds): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`);
  };
}
