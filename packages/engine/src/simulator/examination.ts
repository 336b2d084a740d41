/**
 * What buyers see of a page: the position-based click model (Richardson, Dominowska and Ragno, WWW 2007; Craswell et al.,
 * WSDM 2008), with the screen in front of it.
 *
 *     P(click at k) = P(k is on screen) × P(looked at | k on screen) × P(click | looked at)
 *     P(on screen)  = SCROLL^⌊k / ROW⌋         rows come into view from the top; going on is one draw a row
 *     P(looked at | on screen) = (k + 1)^−FALL
 *
 * An impression is what a tracker reports: on screen, whether looked at or not. So clicks per impression fall with the
 * position by more than the listings' merit, as they do in life.
 */
const ROW = 4;
const SCROLL = 0.6;
const FALL = 0.4;

export const visibility = (position: number): number => SCROLL ** Math.floor(position / ROW);
export const attention = (position: number): number => (position + 1) ** -FALL;

/** That a position of a page is looked at. */
export const examination = (position: number): number => visibility(position) * attention(position);

/** How many positions of a page come into view, from draws of one number in [0, 1) a row. */
export function positionsOnScreen(draw: () => number): number {
  let rows = 1;
  while (draw() < SCROLL && rows < 25) rows++;
  return rows * ROW;
}
