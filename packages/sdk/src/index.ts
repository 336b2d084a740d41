export type * from './decisions.ts';
export type * from './events.ts';
export type * from './market.ts';
