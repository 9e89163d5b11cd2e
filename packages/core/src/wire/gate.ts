import { z } from 'zod';
import {
  type Gate,
  GATE_KINDS,
  GATE_STATES,
  type GateActor,
  type GateDecision,
  type GateDefinition,
  type GateVerb,
  ON_TIMEOUT,
  ROLES,
  type ShownArtifact,
  type ShownStage,
  SHOWN_CHANGES,
  type StageChange,
} from '../domain/index.ts';
import type { ArtifactMeta } from '../ports/index.ts';
import { wireProblem } from './problem.ts';
import type { WireWaitingGate } from './run.ts';
import { toInstant, toInstantOrNull, wireInstant } from './time.ts';

const count = z.int().nonnegative();
const ms = z.number().nonnegative();
const actor = z.object({ name: z.string(), role: z.enum(ROLES) });
const text = z.string().nullable();

const policy = z.object({
  roles: z.array(z.enum(ROLES)).meta({ description: 'The lowest roles that may decide' }),
  approvers: z.array(z.string()).meta({ description: 'Names of tokens that may decide, too' }),
  quorum: z.int().positive().meta({ description: 'How many different people must approve' }),
  starter_may_approve: z.boolean(),
  notes: z.enum(['optional', 'on_reject', 'always']),
  timeout_ms: ms.nullable(),
  on_timeout: z.enum(ON_TIMEOUT).nullable(),
  depends_on: z.array(z.string()).meta({ description: 'Stages whose gates must be approved first' }),
  escalate: z.array(z.object({ after_ms: ms, notify: text, add_approvers: z.array(z.string()) })),
});

/** The gate of a stage, as its pipeline defines it. */
export const wireGateDefinition = policy
  .extend({
    kind: z.enum(GATE_KINDS),
    required: z.boolean().meta({ description: 'False: nobody is asked' }),
    auto_approve: z.boolean(),
    when: text.meta({ description: 'CEL: false, and nobody is asked' }),
    auto: text.meta({ description: 'CEL: true approves, false rejects, null asks people' }),
    form: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'GateDefinition' });
export type WireGateDefinition = z.infer<typeof wireGateDefinition>;

const decided = {
  by: actor.nullable().meta({ description: 'Null: not a person, see `via`' }),
  via: z.enum(['person', 'deadline', 'auto', 'run']).meta({ description: '`run`: the gate was closed with its run' }),
  at: wireInstant,
  notes: text,
};

const gateFacts = {
  gate_id: z.string(),
  run_id: z.string(),
  pipeline: z.string(),
  stage: z.string(),
  generation: z.int().positive(),
  opening: z.int().positive().meta({ description: 'Rises each time that the stage asks within its generation' }),
  kind: z.enum(GATE_KINDS).meta({
    description: '`start`: before the stage runs; `result`: on what it returned; `stage`: the stage is the gate',
  }),
  status: z.enum(GATE_STATES),
  opened_at: wireInstant,
  deadline: wireInstant.nullable(),
  starter: text.meta({ description: 'Who started the run' }),
  shown_digest: z.string().meta({ description: 'SHA-256 over all that is shown: a decision names it' }),
  policy,
  votes: z.array(z.object({ by: actor, at: wireInstant, notes: text })).meta({ description: 'Approvals so far' }),
  may_decide: z.boolean().meta({ description: 'Whether the caller may decide now' }),
  why_not: text.meta({ description: 'Why the caller may not' }),
};

/** A gate in lists. */
export const wireListedGate = z
  .object({ ...gateFacts, decision: z.object(decided).nullable() })
  .meta({ id: 'ListedGate' });
export type WireListedGate = z.infer<typeof wireListedGate>;

const artifact = z.object({
  artifact_id: z.string(),
  name: z.string(),
  media_type: text.meta({ description: 'Null: no longer stored' }),
  size: count.nullable(),
  digest: z.string(),
  url: z.string().meta({ description: "Path of its content, below the API's address" }),
});

const shown = z.object({
  stage: z.string(),
  generation: z.int().positive(),
  output: z.unknown().meta({ description: 'Null unless `output_is` is `here`' }),
  output_is: z.enum(['here', 'too_large', 'gone']).meta({
    description: '`too_large`: read it with the stage; `gone`: the stage has been made anew since',
  }),
  output_digest: z.string(),
  artifacts: z.array(artifact),
  more: count.meta({ description: 'Artifacts that are not listed; the digest covers them' }),
});

const change = z.enum(SHOWN_CHANGES);
const comparison = z
  .object({
    gate_id: z.string(),
    run_id: z.string(),
    status: z.enum(GATE_STATES),
    by: text,
    at: wireInstant.nullable(),
    notes: text,
    stages: z.array(
      z.object({
        stage: z.string(),
        output: change,
        artifacts: z.array(z.object({ name: z.string(), change })),
      }),
    ),
  })
  .meta({ id: 'GateComparison' });

/** A gate with all that is to be judged. */
export const wireGate = z
  .object({
    ...gateFacts,
    form: z.record(z.string(), z.unknown()).nullable().meta({ description: 'JSON Schema of the values; null: none' }),
    decision: z.object({ ...decided, values: z.unknown() }).nullable(),
    shown: z.array(shown).meta({ description: 'What is to be judged: the result of the stage itself comes first' }),
    changed: z.object({
      since_previous: comparison.nullable().meta({ description: 'Since the gate that was decided before in this run' }),
      since_approved: comparison.nullable().meta({ description: 'Since the last approved gate in an earlier run' }),
    }),
    waits_for: z.array(z.string()).meta({ description: 'Stages whose gates must be approved first, and are not' }),
    next_stages: z.array(z.string()).meta({ description: 'What an approval lets run' }),
  })
  .meta({ id: 'Gate' });
export type WireGate = z.infer<typeof wireGate>;

/** What is read for a gate besides it. Outputs are by stage; a stage without one has been made anew. */
export interface GateDetails {
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly tooLarge: ReadonlySet<string>;
  /** By id. */
  readonly artifacts: ReadonlyMap<string, ArtifactMeta>;
  readonly sincePrevious: Comparison | null;
  readonly sinceApproved: Comparison | null;
  readonly waitsFor: readonly string[];
  readonly nextStages: readonly string[];
}
export interface Comparison {
  readonly gate: Gate;
  readonly stages: readonly StageChange[];
}

export const toWireListedGate = (gate: Gate, whyNot: string | null): WireListedGate => ({
  ...factsOf(gate, whyNot),
  decision: gate.decision && toWireDecision(gate.decision),
});

const judgedFirst = ({ stage, shown }: Gate): readonly ShownStage[] => [
  ...shown.filter((one) => one.stage === stage),
  ...shown.filter((one) => one.stage !== stage),
];

export const toWireGate = (gate: Gate, whyNot: string | null, details: GateDetails): WireGate => ({
  ...factsOf(gate, whyNot),
  form: gate.definition.form as WireGate['form'],
  decision: gate.decision && { ...toWireDecision(gate.decision), values: gate.decision.values ?? null },
  shown: judgedFirst(gate).map(({ stage, generation, outputDigest, artifacts, more }) => ({
    stage,
    generation,
    output: details.outputs.get(stage) ?? null,
    output_is: details.outputs.has(stage) ? 'here' : details.tooLarge.has(stage) ? 'too_large' : 'gone',
    output_digest: outputDigest,
    artifacts: artifacts.map((one) => toWireShownArtifact(gate, one, details.artifacts.get(one.artifactId))),
    more,
  })),
  changed: {
    since_previous: details.sincePrevious && toWireComparison(details.sincePrevious),
    since_approved: details.sinceApproved && toWireComparison(details.sinceApproved),
  },
  waits_for: [...details.waitsFor],
  next_stages: [...details.nextStages],
});

export const toWireGateDefinition = (gate: GateDefinition): WireGateDefinition => ({
  kind: gate.kind,
  required: gate.required,
  auto_approve: gate.autoApprove,
  when: gate.when,
  auto: gate.auto,
  form: gate.form as WireGateDefinition['form'],
  ...policyOf(gate),
});

const policyOf = (gate: GateDefinition): z.infer<typeof policy> => ({
  roles: gate.roles.length === 0 && gate.approvers.length === 0 ? ['operator'] : [...gate.roles],
  approvers: [...gate.approvers],
  quorum: gate.quorum,
  starter_may_approve: gate.starterMayApprove,
  notes: gate.notes,
  timeout_ms: gate.timeout,
  on_timeout: gate.onTimeout,
  depends_on: [...gate.dependsOn],
  escalate: gate.escalate.map(({ after, notify, addApprovers }) => ({
    after_ms: after,
    notify,
    add_approvers: [...addApprovers],
  })),
});

const factsOf = (gate: Gate, whyNot: string | null) => ({
  gate_id: gate.gateId,
  run_id: gate.runId,
  pipeline: gate.pipeline,
  stage: gate.stage,
  generation: gate.generation,
  opening: gate.opening,
  kind: gate.kind,
  status: gate.status,
  opened_at: toInstant(gate.openedAt),
  deadline: toInstantOrNull(gate.deadline),
  starter: gate.starter,
  shown_digest: gate.shownDigest,
  policy: policyOf(gate.definition),
  votes: gate.votes.map(({ by, at, notes: said }) => ({ by: toWireActor(by), at: toInstant(at), notes: said })),
  may_decide: whyNot === null,
  why_not: whyNot,
});

const toWireActor = ({ name, role }: GateActor) => ({ name, role });

const toWireDecision = ({ by, via, at, notes }: GateDecision) => ({
  by: by && toWireActor(by),
  via,
  at: toInstant(at),
  notes,
});

const toWireShownArtifact = (
  { runId }: Gate,
  { artifactId, name, digest }: ShownArtifact,
  meta: ArtifactMeta | undefined,
): z.infer<typeof artifact> => ({
  artifact_id: artifactId,
  name,
  media_type: meta?.content_type ?? null,
  size: meta?.size ?? null,
  digest,
  url: `/api/v1/runs/${runId}/artifacts/${encodeURIComponent(artifactId)}/content`,
});

const toWireComparison = ({ gate, stages }: Comparison): z.infer<typeof comparison> => ({
  gate_id: gate.gateId,
  run_id: gate.runId,
  status: gate.status,
  by: gate.decision?.by?.name ?? null,
  at: toInstantOrNull(gate.decision?.at ?? null),
  notes: gate.decision?.notes ?? null,
  stages: stages.map(({ stage, output, artifacts }) => ({ stage, output, artifacts: [...artifacts] })),
});

export const toWireWaitingGate = ({ gateId, stage, deadline }: Gate): WireWaitingGate => ({
  gate_id: gateId,
  stage,
  deadline: toInstantOrNull(deadline),
});

/** What can be done at a gate; changes cannot be requested in this release. */
export const OFFERED_VERBS = ['approve', 'reject', 'withdraw'] as const satisfies readonly GateVerb[];
export type OfferedVerb = (typeof OFFERED_VERBS)[number];

/** Of one of several decisions. */
export const wireGateResult = z
  .object({
    gate_id: z.string(),
    verb: z.enum(OFFERED_VERBS),
    status: z.int().meta({ description: 'As the decision alone would be answered' }),
    gate: wireListedGate.nullable(),
    problem: wireProblem.nullable(),
  })
  .meta({ id: 'GateResult' });
export type WireGateResult = z.infer<typeof wireGateResult>;
