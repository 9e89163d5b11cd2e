import type { RunId } from '../domain/index.ts';
import type { ArtifactAmount, ArtifactLimits, ArtifactStore, ArtifactUse, ClaimRef, ReportAnswer, ReportedEvent } from '../ports/index.ts';
import type { StopSwitch } from './stop-switch.ts';

/** What an attempt needs from the worker that runs it. */
export interface AttemptServices {
  report(claim: ClaimRef, events: readonly ReportedEvent[], ordinal: number, artifactsOfRun: ArtifactAmount): Promise<ReportAnswer>;
  outputsOf(runId: RunId, stageIndexes: readonly number[]): Promise<readonly unknown[]>;
  artifactUse(runId: RunId): Promise<ArtifactUse>;
  readonly artifacts: ArtifactStore;
  readonly artifactLimits: ArtifactLimits;
  /** Stopped when the attempt must stop, as `cancelled`, `fenced` or `drain`. */
  readonly control: StopSwitch;
  /** ms of a monotonic clock: only differences count, and a step of the wall clock must not end or spare an attempt. */
  now(): number;
}
