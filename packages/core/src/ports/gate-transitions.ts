import type { Gate, GateActor, GateId, GateVerb, PipelineName, RunId, StageName } from '../domain/index.ts';

export interface DecideGate {
  readonly gateId: GateId;
  readonly verb: GateVerb;
  readonly by: GateActor;
  /** Of what the person saw; another one is refused. */
  readonly shownDigest: string;
  readonly notes: string | null;
  /** Checked against the gate's form; null: none. */
  readonly values: unknown;
  readonly backTo: StageName | null;
  /** Names the command: a repeat after a lost reply gets the first answer. */
  readonly commandId: string;
}
/**
 * `voted`: it counts, and the quorum is not reached yet, or the vote was withdrawn. `gate`: as it is now, but for
 * `unknown`. `waits`: the gates in `for` come first.
 */
export type GateAnswer =
  | { readonly kind: 'decided' | 'voted' | 'closed' | 'changed'; readonly gate: Gate; readonly more: readonly RunId[] }
  | { readonly kind: 'not_an_approver' | 'no_vote' | 'notes_needed'; readonly gate: Gate }
  | { readonly kind: 'waits'; readonly gate: Gate; readonly for: readonly StageName[] }
  | { readonly kind: 'unknown' };

/** Decisions of people at gates. Gates open and expire by transitions of the run. */
export interface GateTransitions {
  /**
   * One script decides: the gate is pending, Redis's clock is before its deadline, the digest is that of what is
   * shown, the person may decide. First wins; the other gets `closed` with the decision in the gate.
   */
  decideGate(request: DecideGate): Promise<GateAnswer>;
}

export interface ListGates {
  readonly status: 'pending' | 'closed';
  readonly pipeline: PipelineName | null;
  /** Only gates that this person may decide now. */
  readonly mine: GateActor | null;
  readonly limit: number;
  readonly cursor: string | null;
}
export interface GateReadings {
  gate(gateId: GateId): Promise<Gate | null>;
  /** Pending: the longest waiting first. Closed: the last closed first, as far as their runs are kept. */
  gates(request: ListGates): Promise<{ readonly items: readonly Gate[]; readonly nextCursor: string | null }>;
  /** All gates of a run, in the order of their opening. */
  gatesOfRun(runId: RunId): Promise<readonly Gate[]>;
  /** The newest gate of a stage of the run; null: none was opened. */
  gateOfStage(runId: RunId, stage: StageName): Promise<Gate | null>;
  /** The gate whose decision had this generation of the stage made; null: none. */
  feedbackOf(runId: RunId, stage: StageName, generation: number): Promise<Gate | null>;
  /** The last approved gate of the stage in an earlier run, for what changed since. */
  lastApproved(pipeline: PipelineName, stage: StageName): Promise<Gate | null>;
  /** Pending gates of these pipelines; one without any has no entry. */
  pendingGates(pipelines: readonly PipelineName[]): Promise<Readonly<Record<string, number>>>;
}
