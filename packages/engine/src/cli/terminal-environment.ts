/** What the terminal is like, from the environment: the one place where the live view reads it. */

export interface Terminal {
  /** A view can be drawn over and over in place. */
  readonly live: boolean;
  readonly colour: boolean;
}

/** NO_COLOR as of https://no-color.org: any value but the empty one turns colours off. */
export function terminalOf(isTty: boolean): Terminal {
  const live = isTty && process.env['TERM'] !== 'dumb';
  const refused = process.env['NO_COLOR'] !== undefined && process.env['NO_COLOR'] !== '';
  return { live, colour: live && !refused };
}
