/** The API's responses, typed by its own schemas. */
export type {
  WireArtifact as Artifact,
  WireBlocker as Blocker,
  WireEvent as Event,
  WireGate as Gate,
  WireGateResult as GateResult,
  WireGraph as Graph,
  WireListedGate as ListedGate,
  WireHealth as Health,
  WireLock as Lock,
  WireLogLine as LogLine,
  WirePause as Pause,
  WirePipeline as Pipeline,
  WireProblem as Problem,
  WireQueue as Queue,
  WireListedRun as ListedRun,
  WireRetryPlan as RetryPlan,
  WireRun as RunView,
  WireRunSummary as RunSummary,
  WireSchedule as Schedule,
  WireSession as Session,
  WireStage as Stage,
  WireStagePage as StagePage,
  WireStageRun as StageRunView,
  WireTick as Tick,
  WireWorker as Worker,
} from '@millrace/core/wire';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}
