/** Whether a stage's gate asks people, and what it shows them. */
import { createHash } from 'node:crypto';
import { compileExpression, type GateValues, type LoadedPipeline } from '../definition/index.ts';
import {
  canonicalJson,
  type Gate,
  type GateApproval,
  type GateDefinition,
  type GateFeedback,
  type GateOpening,
  type RunEvent,
  type ShownArtifact,
  type ShownStage,
  type Stage,
  type StageName,
} from '../domain/index.ts';
import type { Claim } from '../ports/index.ts';
import type { AttemptServices } from './attempt-services.ts';
import { StageFailure } from './stage-failure.ts';

/** `why` nobody is asked: the stage goes on. `approval`: it shows what was approved before, and that still counts. */
export type Asked =
  | { readonly why: string; readonly approval: GateApproval | null }
  | { readonly opening: GateOpening };

/** Of a stage that may run now: how people approved it in its generation; null: they have not. */
export const approvalOf = async (claim: Claim, services: AttemptServices): Promise<GateApproval | null> => {
  const gate = await services.gates.gateOfStage(claim.runId, claim.stage);
  if (gate === null || gate.generation !== claim.generation || gate.status !== 'approved') return null;
  return approvalIn(gate);
};

const approvalIn = (gate: Gate): GateApproval => {
  const { by, at, notes, values } = gate.decision!;
  return { by, at, notes, values };
};

/** What was said at the gate that had this generation made; null: nothing. */
export const feedbackFor = async (claim: Claim, services: AttemptServices): Promise<GateFeedback | null> => {
  const { runId, stage, generation } = claim;
  const gate = generation === 1 ? null : await services.gates.feedbackOf(runId, stage, generation);
  return gate && { gateId: gate.gateId, by: gate.decision?.by ?? null, notes: gate.decision?.notes ?? null };
};

/** Of an earlier generation that showed the same: the last gate that was decided; null: it was not approved. */
const approvedBefore = async (claim: Claim, digest: string, services: AttemptServices): Promise<Gate | null> => {
  if (claim.generation === 1) return null;
  const gates = await services.gates.gatesOfRun(claim.runId);
  const last = gates.findLast(
    ({ stage, decision }) => stage === claim.stage && decision !== null && decision.via !== 'run',
  );
  return last?.status === 'approved' && last.shownDigest === digest ? last : null;
};

/** `own`: what the stage returned, and its JSON, at a gate on its result. */
export const askAtGate = async (
  claim: Claim,
  stage: Stage,
  { pipeline }: LoadedPipeline,
  inputs: Readonly<Record<string, unknown>>,
  services: AttemptServices,
  own: string | null,
  recorded: () => Promise<void>,
): Promise<Asked> => {
  const gate = stage.gate!;
  const outputs = own === null ? inputs : { ...inputs, [stage.name]: JSON.parse(own) as unknown };
  const values = { params: claim.params, outputs };
  if (!gate.required) return { why: 'it is not required', approval: null };
  if (gate.when !== null && evaluate(gate, 'when', values) === false)
    return { why: `when: ${gate.when}`, approval: null };
  // Of a result, its own artifacts are shown too.
  await recorded();
  const indexOf = new Map(pipeline.stages.map(({ name, index }) => [name, index]));
  const shown = await shownBy(claim, stage, outputs, services);
  const opening = {
    definition: gate,
    dependsOnIndexes: gate.dependsOn.map((name) => indexOf.get(name)!),
    shownDigest: digestOf(shown.map((one) => [one.stage, one.outputDigest, one.all.map(nameAndDigest)])),
    shown: listed(shown),
    outputJson: own,
  };
  const before = await approvedBefore(claim, opening.shownDigest, services);
  if (before) return { why: `it shows what was approved at ${before.gateId}`, approval: approvalIn(before) };
  return { opening: { ...opening, ...verdictOf(gate, values) } };
};

const verdictOf = (gate: GateDefinition, values: GateValues): Pick<GateOpening, 'verdict' | 'reason'> => {
  if (gate.autoApprove) return { verdict: 'approve', reason: 'auto_approve' };
  const decided = gate.auto === null ? null : evaluate(gate, 'auto', values);
  if (decided === null) return { verdict: 'ask', reason: null };
  return { verdict: decided ? 'approve' : 'reject', reason: `auto: ${gate.auto}` };
};

const evaluate = (gate: GateDefinition, field: 'when' | 'auto', values: GateValues): boolean | null => {
  const text = gate[field]!;
  let result: unknown;
  try {
    result = compileExpression(text, field === 'when' ? 'bool' : 'decision').evaluate(values);
  } catch (error) {
    throw new StageFailure(
      'gate_expression_failed',
      `"${field}" of the gate could not be evaluated: ${(error as Error).message}; it is ${text}`,
    );
  }
  if (typeof result === 'boolean' || (result === null && field === 'auto')) return result;
  throw new StageFailure(
    'gate_expression_failed',
    `"${field}" of the gate must be true or false${field === 'auto' ? ', or ask' : ''}, and is ${typeof result === 'object' ? 'something else' : `a ${typeof result}`}; it is ${text}`,
  );
};

interface Shown extends Omit<ShownStage, 'artifacts' | 'more'> {
  /** By name. */
  readonly all: readonly ShownArtifact[];
}

const PAGE = 500;

/** The stages that it depends on, as far as they succeeded, and itself if it has run. */
const shownBy = async (
  claim: Claim,
  stage: Stage,
  outputs: Readonly<Record<string, unknown>>,
  services: AttemptServices,
): Promise<readonly Shown[]> => {
  const ran = await attemptsShown(claim, stage, services);
  if (Object.hasOwn(outputs, stage.name)) ran.set(stage.name, { generation: claim.generation, attempt: claim.attempt });
  const artifacts = await artifactsOf(claim, ran, services);
  return [...ran].map(([name, { generation }]) => ({
    stage: name,
    generation,
    outputDigest: digestOf(outputs[name] ?? null),
    all: (artifacts.get(name) ?? []).toSorted((a, b) => compare(a.name, b.name) || compare(a.digest, b.digest)),
  }));
};

type Attempts = Map<StageName, { readonly generation: number; readonly attempt: number }>;

const attemptsShown = async ({ runId }: Claim, { dependsOn }: Stage, services: AttemptServices): Promise<Attempts> => {
  const ran: Attempts = new Map();
  if (dependsOn.length === 0) return ran;
  for (let after: number | null = null, more = true; more; ) {
    const page = await services.gates.stages(runId, { after, limit: PAGE, names: dependsOn, outputs: false });
    for (const { stage, status, generation, attempt } of page?.items ?? [])
      if (status === 'succeeded') ran.set(stage, { generation, attempt });
    after = page?.nextAfter ?? null;
    more = after !== null;
  }
  return ran;
};

/** Those of the attempts that succeeded: a failed one may have left some, too. */
const artifactsOf = async (
  { runId }: Claim,
  ran: Attempts,
  services: AttemptServices,
): Promise<ReadonlyMap<string, readonly ShownArtifact[]>> => {
  const found = new Map<string, ShownArtifact[]>();
  for (let after = 0, more = true; more; after += PAGE) {
    const events = (await services.gates.artifactEvents(runId, { after, limit: PAGE })) ?? [];
    for (const event of events) {
      const shown = ran.get(event.stage as StageName);
      if (shown?.attempt !== event.attempt || shown.generation !== event.generation) continue;
      found.set(event.stage, [...(found.get(event.stage) ?? []), artifactOf(event)]);
    }
    more = events.length === PAGE;
  }
  return found;
};

const artifactOf = ({ data }: RunEvent): ShownArtifact => ({
  artifactId: data['id'] as string,
  name: data['name'] as string,
  digest: data['sha256'] as string,
});

const nameAndDigest = ({ name, digest }: ShownArtifact): readonly string[] => [name, digest];
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** SHA-256 in hex of the canonical JSON. */
const digestOf = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

/** Stages and artifacts that are listed; the digest covers all. */
const LISTED = 100;

const listed = (shown: readonly Shown[]): readonly ShownStage[] => {
  let room = LISTED;
  return shown.slice(0, LISTED).map(({ all, ...one }) => {
    const artifacts = all.slice(0, room);
    room -= artifacts.length;
    return { ...one, artifacts, more: all.length - artifacts.length };
  });
};
