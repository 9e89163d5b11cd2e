import type { PipelineName, RunId, StageName } from './ids.ts';
import type { Role } from './roles.ts';

/**
 * A gate asks people for a decision. `start`: before the stage runs; `result`: on what it returned, before that
 * counts; `stage`: the stage is the gate and runs nothing.
 */
export const GATE_KINDS = ['start', 'result', 'stage'] as const;
export type GateKind = (typeof GATE_KINDS)[number];

/**
 * `superseded`: what it showed was made anew, or its stage was, so that it was asked again; `closed`: its run ended or
 * was cancelled first.
 */
export const GATE_STATES = ['pending', 'approved', 'rejected', 'changes_requested', 'superseded', 'closed'] as const;
export type GateStatus = (typeof GATE_STATES)[number];

/** What people may do at a gate; `withdraw` takes one's own vote back. */
export const GATE_VERBS = ['approve', 'reject', 'request_changes', 'withdraw'] as const;
export type GateVerb = (typeof GATE_VERBS)[number];

/** What a deadline does. A gate with a `timeout` must name it: nothing goes on silently. */
export const ON_TIMEOUT = ['approve', 'reject', 'fail'] as const;
export type OnTimeout = (typeof ON_TIMEOUT)[number];

/** A gate as a pipeline defines it. Durations are ms. */
export interface GateDefinition {
  readonly kind: GateKind;
  /** False: it is not asked at all, as if `when` were false. */
  readonly required: boolean;
  /** It approves itself as soon as it is asked, and records what it showed. */
  readonly autoApprove: boolean;
  /** From the opening; null: it waits for ever. */
  readonly timeout: number | null;
  readonly onTimeout: OnTimeout | null;
  /** The lowest roles that may decide; empty together with `approvers`: operator. */
  readonly roles: readonly Role[];
  /** Names of tokens that may decide, whatever their role (a viewer cannot). */
  readonly approvers: readonly string[];
  /** Approvals by different people that it takes. */
  readonly quorum: number;
  readonly starterMayApprove: boolean;
  readonly notes: 'optional' | 'on_reject' | 'always';
  /** JSON Schema of the values that an approval may carry; null: none. */
  readonly form: unknown;
  /** Stages whose gates must be approved before this one can be. */
  readonly dependsOn: readonly StageName[];
  /** CEL over `params` and `outputs` (by stage): false, and nobody is asked. */
  readonly when: string | null;
  /** CEL over the same: true approves, false rejects, null (`ask`) asks people. */
  readonly auto: string | null;
  readonly escalate: readonly GateEscalation[];
  /** While the run only waits at gates, it keeps its overlap lock. */
  readonly holdsOverlap: boolean;
}
export interface GateEscalation {
  /** ms from the opening; never moves the deadline. */
  readonly after: number;
  readonly notify: string | null;
  readonly addApprovers: readonly string[];
}

declare const gate: unique symbol;
export type GateId = string & { readonly [gate]: true };
export interface GateKey {
  readonly runId: RunId;
  readonly stage: StageName;
  readonly generation: number;
  /** Rises each time that the stage asks within its generation; the first is 1. */
  readonly opening: number;
}
const GATE_ID = /^([0-9a-f-]{36})\.([A-Za-z][A-Za-z0-9_-]{0,62})\.(\d{1,9})\.(\d{1,9})$/;
export const gateIdOf = ({ runId, stage, generation, opening }: GateKey): GateId =>
  `${runId}.${stage}.${generation}.${opening}` as GateId;
/** The parts of a gate's id, or null if the text is none. */
export const gateKeyOf = (text: string): GateKey | null => {
  const [, runId, stage, generation, opening] = GATE_ID.exec(text) ?? [];
  if (!runId || !stage) return null;
  return { runId: runId as RunId, stage: stage as StageName, generation: Number(generation), opening: Number(opening) };
};

/** Who acts: a token's name, or a fixed name of the generated admin token. */
export interface GateActor {
  readonly name: string;
  readonly role: Role;
}

/** What a stage made, as it was shown. Digests are SHA-256 in hex. */
export interface ShownStage {
  readonly stage: StageName;
  readonly generation: number;
  /** Of the output's canonical JSON. */
  readonly outputDigest: string;
  readonly artifacts: readonly ShownArtifact[];
  /** Artifacts beyond those listed; the gate's digest covers them too. */
  readonly more: number;
}
export interface ShownArtifact {
  readonly artifactId: string;
  readonly name: string;
  readonly digest: string;
}

export interface GateVote {
  readonly by: GateActor;
  /** ms since the epoch. */
  readonly at: number;
  readonly notes: string | null;
}

/** How a gate was closed. `by` null: by its deadline, or by itself (`auto`). */
export interface GateDecision {
  readonly by: GateActor | null;
  readonly via: 'person' | 'deadline' | 'auto' | 'run';
  readonly at: number;
  readonly notes: string | null;
  /** Values of the form, of an approval. */
  readonly values: unknown;
  /** Of requested changes: the stage that is made anew. */
  readonly backTo: StageName | null;
}

/** A gate that was opened. Times are ms since the epoch. */
export interface Gate extends GateKey {
  readonly gateId: GateId;
  readonly pipeline: PipelineName;
  readonly kind: GateKind;
  readonly status: GateStatus;
  readonly openedAt: number;
  readonly deadline: number | null;
  readonly definition: GateDefinition;
  /** Who started the run, as far as it is known. */
  readonly starter: string | null;
  /** SHA-256 in hex over everything that is shown: a decision names it. */
  readonly shownDigest: string;
  readonly shown: readonly ShownStage[];
  readonly votes: readonly GateVote[];
  readonly decision: GateDecision | null;
  /** The gate of this stage that was decided before in this run; null: none. */
  readonly previous: GateId | null;
}
