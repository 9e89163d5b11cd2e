export * from './artifacts.ts';
export * from './feed.ts';
export * from './overlap-locks.ts';
export * from './readings.ts';
export * from './schedule.ts';
export * from './transitions.ts';
export * from './wake-ups.ts';

import type { Readings } from './readings.ts';
import type { Transitions } from './transitions.ts';

/** What the engine stands on: the transitions and the readings of one deployment. */
export interface Store extends Transitions, Readings {}
