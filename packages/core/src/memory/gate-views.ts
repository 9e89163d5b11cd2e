/** Readings of gates. */
import {
  type Gate,
  type GateId,
  gateKeyOf,
  mayDecide,
  type PipelineName,
  type RunId,
  type StageName,
} from '../domain/index.ts';
import type { ListGates } from '../ports/index.ts';
import type { Deployment, GateRecord } from './deployment.ts';
import { newestGateOf, viewOfGate } from './gates.ts';

export const gateOf = (deployment: Deployment, gateId: GateId): Gate | null => {
  const key = gateKeyOf(gateId);
  const gate = key && deployment.runs.get(key.runId)?.gates.find((one) => one.gateId === gateId);
  return gate ? viewOfGate(gate) : null;
};

export const gatesOfRun = (deployment: Deployment, runId: RunId): readonly Gate[] =>
  (deployment.runs.get(runId)?.gates ?? []).map(viewOfGate);

export const gateOfStage = (deployment: Deployment, runId: RunId, stage: StageName): Gate | null => {
  const run = deployment.runs.get(runId);
  const gate = run && newestGateOf(run, stage);
  return gate ? viewOfGate(gate) : null;
};

export const feedbackOf = (deployment: Deployment, runId: RunId, stage: StageName, generation: number): Gate | null => {
  const stages = [...(deployment.runs.get(runId)?.stages.values() ?? [])];
  const told = stages.find(({ definition }) => definition.name === stage)?.feedback;
  return told?.generation === generation ? viewOfGate(told.gate) : null;
};

export const lastApproved = (deployment: Deployment, pipeline: PipelineName, stage: StageName): Gate | null => {
  const gateId = deployment.lastApproved.get(`${pipeline}/${stage}`);
  return gateId === undefined ? null : gateOf(deployment, gateId);
};

const allGates = (deployment: Deployment): readonly GateRecord[] =>
  [...deployment.runs.values()].flatMap(({ gates }) => gates);

export const pendingGates = (
  deployment: Deployment,
  pipelines: readonly PipelineName[],
): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { status, pipeline } of allGates(deployment))
    if (status === 'pending' && pipelines.includes(pipeline)) counts[pipeline] = (counts[pipeline] ?? 0) + 1;
  return counts;
};

export const listGates = (
  deployment: Deployment,
  { status, pipeline, mine, limit, cursor }: ListGates,
): { readonly items: readonly Gate[]; readonly nextCursor: string | null } => {
  const now = deployment.clock.now();
  const isPending = status === 'pending';
  const at = (gate: GateRecord): number => (isPending ? gate.openedAt : gate.decision!.at);
  const name = (gate: GateRecord): string => `${at(gate)} ${gate.gateId}`;
  const listed = allGates(deployment)
    .filter((gate) => (gate.status === 'pending') === isPending)
    .filter((gate) => pipeline === null || gate.pipeline === pipeline)
    .filter((gate) => mine === null || mayDecide(gate, mine, now))
    .sort((a, b) => at(a) - at(b) || (a.gateId < b.gateId ? -1 : 1));
  const ordered = isPending ? listed : listed.toReversed();
  const from = cursor === null ? 0 : ordered.findIndex((gate) => name(gate) === cursor) + 1;
  const items = ordered.slice(from, from + limit);
  const last = items.at(-1);
  return { items: items.map(viewOfGate), nextCursor: last && from + limit < ordered.length ? name(last) : null };
};
