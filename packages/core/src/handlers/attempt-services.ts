import type { RunId } from '../domain/index.ts';
import type { ArtifactStore, ClaimRef, ReportedEvent } from '../ports/index.ts';
import type { StopSwitch } from './stop-switch.ts';

/** What an attempt needs from the worker that runs it. */
export interface AttemptServices {
  report(claim: ClaimRef, events: readonly ReportedEvent[], ordinal: number): Promise<'ok' | 'fenced'>;
  outputsOf(runId: RunId, stageIndexes: readonly number[]): Promise<readonly unknown[]>;
  readonly artifacts: ArtifactStore;
  /** Stopped when the attempt must stop, as `cancelled`, `fenced` or `drain`. */
  readonly control: StopSwitch;
  /** ms of a monotonic clock: only differences count, and a step of the wall clock must not end or spare an attempt. */
  now(): number;
}
