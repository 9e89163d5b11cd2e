export * from './access-transitions.ts';
export * from './artifacts.ts';
export * from './audit-transitions.ts';
export * from './definition-transitions.ts';
export * from './feed.ts';
export * from './gate-transitions.ts';
export * from './overlap-locks.ts';
export * from './readings.ts';
export * from './run-transitions.ts';
export * from './schedule.ts';
export * from './schedule-transitions.ts';
export * from './transitions.ts';
export * from './upkeep-transitions.ts';
export * from './wake-ups.ts';
export * from './work-transitions.ts';
export * from './worker-transitions.ts';

import type { GateReadings } from './gate-transitions.ts';
import type { Readings } from './readings.ts';
import type { Transitions } from './transitions.ts';

/** The store of one deployment: transitions and reads. */
export interface Store extends Transitions, Readings, GateReadings {}
