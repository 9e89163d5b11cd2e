import type { RunId } from '../domain/index.ts';
import type {
  ArtifactAmount,
  ArtifactLimits,
  ArtifactStore,
  ArtifactUse,
  ClaimRef,
  Report,
  ReportAnswer,
  Store,
} from '../ports/index.ts';
import type { StopSwitch } from './stop-switch.ts';

/** Services of the worker for an attempt. */
export interface AttemptServices {
  report(
    claim: ClaimRef,
    reports: readonly Report[],
    ordinal: number,
    artifactsOfRun: ArtifactAmount,
  ): Promise<ReportAnswer>;
  outputsOf(runId: RunId, stageIndexes: readonly number[]): Promise<readonly unknown[]>;
  artifactUse(runId: RunId): Promise<ArtifactUse>;
  /** What gates are opened by. */
  readonly gates: Pick<Store, 'gateOfStage' | 'gatesOfRun' | 'feedbackOf' | 'stages' | 'artifactEvents'>;
  readonly artifacts: ArtifactStore;
  readonly artifactLimits: ArtifactLimits;
  /** Triggered to stop the attempt as `cancelled`, `fenced` or `drain`. */
  readonly control: StopSwitch;
  /** Monotonic clock, ms: only differences count, so a step of the wall clock affects no timeout. */
  now(): number;
}
