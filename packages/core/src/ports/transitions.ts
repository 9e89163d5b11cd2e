import type { AccessTransitions } from './access-transitions.ts';
import type { AuditTransitions } from './audit-transitions.ts';
import type { DefinitionTransitions } from './definition-transitions.ts';
import type { GateTransitions } from './gate-transitions.ts';
import type { RunTransitions } from './run-transitions.ts';
import type { ScheduleTransitions } from './schedule-transitions.ts';
import type { UpkeepTransitions } from './upkeep-transitions.ts';
import type { WorkTransitions } from './work-transitions.ts';
import type { WorkerTransitions } from './worker-transitions.ts';

/**
 * Every durable write of the system: each is one atomic, conditional transition, in Redis one script.
 * Each may be resent after a lost reply: the repeat returns the first answer, or reports that the matter is over.
 * The Redis store and the in-memory twin pass the same conformance suite (`testing/conformance`).
 */
export type Transitions = DefinitionTransitions &
  RunTransitions &
  WorkTransitions &
  GateTransitions &
  WorkerTransitions &
  ScheduleTransitions &
  AccessTransitions &
  AuditTransitions &
  UpkeepTransitions;
