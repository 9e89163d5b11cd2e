/** The state machine: every legal move of a Run and of a StageRun. Lua, views and docs/lifecycle.md come from these tables. */

export const RUN_STATES = ['queued', 'starting', 'running', 'awaiting_gate', 'paused', 'retrying', 'cancelling', 'succeeded', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof RUN_STATES)[number];

export const STAGE_STATES = ['pending', 'ready', 'queued', 'running', 'retrying', 'awaiting_gate', 'succeeded', 'failed', 'cancelled', 'skipped'] as const;
export type StageStatus = (typeof STAGE_STATES)[number];

/** From each state, the states it may move to. An empty list makes the state terminal. */
export const RUN_TRANSITIONS: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['starting', 'cancelling', 'cancelled', 'failed'],
  starting: ['running', 'succeeded', 'failed', 'cancelling', 'cancelled'],
  running: ['retrying', 'awaiting_gate', 'paused', 'succeeded', 'failed', 'cancelling', 'cancelled'],
  retrying: ['running', 'failed', 'cancelling', 'cancelled'],
  awaiting_gate: ['running', 'paused', 'failed', 'cancelling', 'cancelled'],
  paused: ['running', 'failed', 'cancelling', 'cancelled'],
  cancelling: ['cancelled', 'failed', 'succeeded'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

export const STAGE_TRANSITIONS: Readonly<Record<StageStatus, readonly StageStatus[]>> = {
  pending: ['ready', 'queued', 'skipped', 'cancelled'],
  ready: ['queued', 'awaiting_gate', 'skipped', 'cancelled'],
  queued: ['running', 'failed', 'cancelled', 'skipped'],
  running: ['succeeded', 'failed', 'cancelled', 'retrying', 'queued', 'awaiting_gate'],
  retrying: ['running', 'queued', 'failed', 'cancelled'],
  awaiting_gate: ['queued', 'succeeded', 'failed', 'cancelled', 'skipped'],
  succeeded: [],
  failed: [],
  cancelled: [],
  skipped: [],
};

export const isTerminalRun = (status: RunStatus): boolean => RUN_TRANSITIONS[status].length === 0;
/** The states of a run that is not over. */
export const LIVE_STATES: readonly RunStatus[] = RUN_STATES.filter((status) => !isTerminalRun(status));
export const isTerminalStage = (status: StageStatus): boolean => STAGE_TRANSITIONS[status].length === 0;
export const mayMoveRun = (from: RunStatus, to: RunStatus): boolean => RUN_TRANSITIONS[from].includes(to);
export const mayMoveStage = (from: StageStatus, to: StageStatus): boolean => STAGE_TRANSITIONS[from].includes(to);
