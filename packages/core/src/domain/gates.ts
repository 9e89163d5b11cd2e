import { MillraceError } from './errors.ts';
import type { PipelineName, RunId, StageName } from './ids.ts';
import { includesRole, type Role, ROLES } from './roles.ts';

/**
 * A gate asks people for a decision. `start`: before the stage runs; `result`: on what it returned, before that
 * counts; `stage`: the stage is the gate and runs nothing.
 */
export const GATE_KINDS = ['start', 'result', 'stage'] as const;
export type GateKind = (typeof GATE_KINDS)[number];

/**
 * `expired`: its deadline failed the stage; `superseded`: what it showed was made anew, or its stage was,
 * so that it was asked again; `closed`: its run was cancelled or timed out first.
 */
export const GATE_STATES = [
  'pending',
  'approved',
  'rejected',
  'changes_requested',
  'expired',
  'superseded',
  'closed',
] as const;
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

/** What a gate is opened with, made by the worker that holds its stage. */
export interface GateOpening {
  readonly definition: GateDefinition;
  /** Of `dependsOn`, their indexes in the pipeline. */
  readonly dependsOnIndexes: readonly number[];
  readonly shownDigest: string;
  /** The first of them: the digest covers all. */
  readonly shown: readonly ShownStage[];
  /** Whether `auto` has decided. */
  readonly verdict: 'ask' | 'approve' | 'reject';
  /** Why it decided so. */
  readonly reason: string | null;
  /** Of a `result` gate: what the stage returned, as JSON. */
  readonly outputJson: string | null;
}

/** How a gate before a stage was approved, as its handler sees it. */
export type GateApproval = Pick<GateDecision, 'by' | 'at' | 'notes' | 'values'>;

/** What was said at the gate that had a stage made anew, for its handler. */
export interface GateFeedback {
  readonly gateId: GateId;
  readonly by: GateActor | null;
  readonly notes: string | null;
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

/** Who may decide at the gate: `role:<role>`, `name:<token>`. By these the inbox of a person is found. */
export const principalsOf = (
  { definition, openedAt }: Pick<Gate, 'definition' | 'openedAt'>,
  now: number,
): readonly string[] => {
  const { roles, approvers, escalate } = definition;
  const lowest = roles.length === 0 && approvers.length === 0 ? (['operator'] as const) : roles;
  const added = escalate.filter(({ after }) => openedAt + after <= now).flatMap(({ addApprovers }) => addApprovers);
  return [...lowest.map((role) => `role:${role}`), ...[...approvers, ...added].map((name) => `name:${name}`)];
};

/** The principals that a person is. A viewer is none: it decides nothing. */
export const principalsOfActor = ({ name, role }: GateActor): readonly string[] =>
  role === 'viewer'
    ? []
    : [...ROLES.filter((one) => includesRole(role, one)).map((one) => `role:${one}`), `name:${name}`];

/** Of the verb `request_changes`, until a decision can reopen stages. */
export const noRequestsForChanges = (): MillraceError =>
  new MillraceError('illegal_transition', 'changes cannot be requested in this release: reject instead');

export const mayDecide = (gate: Gate, by: GateActor, now: number): boolean => {
  if (!gate.definition.starterMayApprove && gate.starter === by.name) return false;
  const wanted = new Set(principalsOf(gate, now));
  return principalsOfActor(by).some((principal) => wanted.has(principal));
};

/** Whether the verb needs notes at this gate. */
export const needsNotes = ({ notes }: GateDefinition, verb: GateVerb): boolean =>
  verb !== 'withdraw' && (notes === 'always' || (notes === 'on_reject' && verb !== 'approve'));

/** When something happens at the gate next by itself: its next escalation after `now`, or its deadline. */
export const nextDueOf = ({ definition, openedAt, deadline }: Gate, now: number): number | null =>
  definition.escalate.map(({ after }) => openedAt + after).find((at) => at > now) ?? deadline;
