/**
 * The state machines of Run and StageRun. Everything derives from these tables: the checks of both stores (in Lua:
 * scripts/lib/states.lua) and of the conformance suite, the fold, the views, and docs/lifecycle.md.
 */

export const RUN_STATES = [
  'queued',
  'starting',
  'running',
  'awaiting_gate',
  'paused',
  'retrying',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
] as const;
export type RunStatus = (typeof RUN_STATES)[number];

export const STAGE_STATES = [
  'pending',
  'ready',
  'queued',
  'running',
  'retrying',
  'awaiting_gate',
  'succeeded',
  'failed',
  'cancelled',
  'skipped',
  'upstream_failed',
] as const;
export type StageStatus = (typeof STAGE_STATES)[number];

export interface State<Name extends string> {
  readonly meaning: string;
  /** The state is final. */
  readonly terminal: boolean;
  readonly mayMoveTo: readonly Name[];
}

export const RUN_TABLE: Readonly<Record<RunStatus, State<RunStatus>>> = {
  queued: {
    meaning: 'waits for the overlap lock',
    terminal: false,
    mayMoveTo: ['starting', 'paused', 'cancelling', 'cancelled', 'failed'],
  },
  starting: {
    meaning: 'its first stages are queued, and none has started',
    terminal: false,
    mayMoveTo: ['running', 'paused', 'succeeded', 'failed', 'cancelling', 'cancelled'],
  },
  running: {
    meaning: 'a stage has started',
    terminal: false,
    mayMoveTo: ['retrying', 'awaiting_gate', 'paused', 'succeeded', 'failed', 'cancelling', 'cancelled'],
  },
  awaiting_gate: {
    meaning: 'nothing runs, and a gate waits for a decision; derived from the stages, recorded as `running`',
    terminal: false,
    mayMoveTo: ['running', 'paused', 'failed', 'cancelling', 'cancelled'],
  },
  paused: {
    meaning: 'what runs ends, and nothing starts until it is resumed',
    terminal: false,
    mayMoveTo: ['queued', 'starting', 'running', 'paused', 'succeeded', 'failed', 'cancelling', 'cancelled'],
  },
  retrying: {
    meaning: 'nothing runs, and a stage is in backoff; derived from the stages, recorded as `running`',
    terminal: false,
    mayMoveTo: ['running', 'failed', 'cancelling', 'cancelled'],
  },
  cancelling: { meaning: 'cancelled, and stages still run', terminal: false, mayMoveTo: ['cancelled', 'failed'] },
  succeeded: { meaning: 'no last stage failed', terminal: true, mayMoveTo: [] },
  failed: {
    meaning: 'a last stage failed or never ran because of a failure, or a timeout ended the run',
    terminal: true,
    mayMoveTo: [],
  },
  cancelled: { meaning: 'it was cancelled', terminal: true, mayMoveTo: [] },
};

export const STAGE_TABLE: Readonly<Record<StageStatus, State<StageStatus>>> = {
  pending: {
    meaning: 'waits for its dependencies',
    terminal: false,
    mayMoveTo: ['ready', 'queued', 'skipped', 'upstream_failed', 'cancelled'],
  },
  ready: {
    meaning: 'its dependencies are met, but it is not queued yet',
    terminal: false,
    mayMoveTo: ['queued', 'awaiting_gate', 'skipped', 'cancelled'],
  },
  queued: { meaning: 'waits for a worker', terminal: false, mayMoveTo: ['running', 'failed', 'cancelled', 'skipped'] },
  running: {
    meaning: 'a worker has claimed it',
    terminal: false,
    mayMoveTo: ['succeeded', 'failed', 'cancelled', 'retrying', 'queued', 'awaiting_gate'],
  },
  retrying: {
    meaning: 'an attempt failed, and the next one waits for its backoff',
    terminal: false,
    mayMoveTo: ['running', 'queued', 'failed', 'cancelled'],
  },
  awaiting_gate: {
    meaning: 'waits for a decision at a gate',
    terminal: false,
    mayMoveTo: ['queued', 'succeeded', 'failed', 'cancelled', 'skipped', 'awaiting_gate'],
  },
  succeeded: { meaning: 'its output is recorded', terminal: true, mayMoveTo: [] },
  failed: { meaning: 'it failed for good', terminal: true, mayMoveTo: [] },
  cancelled: { meaning: 'its run was cancelled', terminal: true, mayMoveTo: [] },
  skipped: { meaning: 'it never runs: its trigger rule cannot be met', terminal: true, mayMoveTo: [] },
  upstream_failed: {
    meaning: 'it never runs, because a stage before it failed',
    terminal: true,
    mayMoveTo: [],
  },
};

export const isTerminalRun = (status: RunStatus): boolean => RUN_TABLE[status].terminal;
/** The states of a run that has not ended. */
export const LIVE_STATES: readonly RunStatus[] = RUN_STATES.filter((status) => !isTerminalRun(status));
export const isTerminalStage = (status: StageStatus): boolean => STAGE_TABLE[status].terminal;
export const mayMoveRun = (from: RunStatus, to: RunStatus): boolean => RUN_TABLE[from].mayMoveTo.includes(to);
export const mayMoveStage = (from: StageStatus, to: StageStatus): boolean => STAGE_TABLE[from].mayMoveTo.includes(to);
