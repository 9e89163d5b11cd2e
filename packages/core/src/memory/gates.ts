/** Gates: how they open, are closed, and what follows for their stage. */
import {
  formatDuration,
  type Gate,
  type GateDecision,
  gateIdOf,
  type GateOpening,
  type GateStatus,
  type StageName,
} from '../domain/index.ts';
import type { Deployment, GateRecord, RunRecord, StageRecord } from './deployment.ts';
import { failStage, succeedStage } from './end-stage.ts';
import { recordOfStage } from './event-log.ts';
import { moveStage } from './moves.ts';
import { pauseForGate } from './pause-run.ts';
import { enqueue } from './queues.ts';

export const newestGateOf = (run: RunRecord, stage: string): GateRecord | null =>
  run.gates.findLast((gate) => gate.stage === stage) ?? null;

/** running -> awaiting_gate: the attempt has ended. */
export const openGate = (deployment: Deployment, run: RunRecord, stage: StageRecord, opening: GateOpening): void => {
  const now = deployment.clock.now();
  const timeLeft = stage.deadline === null ? null : Math.max(0, stage.deadline - now);
  stage.deadline = null;
  if (opening.outputJson !== null) stage.outputJson = opening.outputJson;
  stage.repeatsAttempt = opening.definition.kind === 'start';
  const gate = open(deployment, run, stage, opening, timeLeft);
  const by: Omit<GateDecision, 'at'> = { by: null, via: 'auto', notes: opening.reason, values: null, backTo: null };
  if (opening.verdict === 'approve') approve(deployment, run, gate, by);
  if (opening.verdict === 'reject') reject(deployment, run, gate, by);
};

const open = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  { definition, dependsOnIndexes, shownDigest, shown }: GateOpening,
  timeLeft: number | null,
): GateRecord => {
  const now = deployment.clock.now();
  const { name, index } = stage.definition;
  const last = newestGateOf(run, name);
  const { generation } = stage;
  const opening = last?.generation === generation ? last.opening + 1 : 1;
  const key = { runId: run.runId, stage: name, generation, opening };
  const gate: GateRecord = {
    ...key,
    gateId: gateIdOf(key),
    pipeline: run.pipeline.name,
    kind: definition.kind,
    status: 'pending',
    openedAt: now,
    deadline: definition.timeout === null ? null : now + definition.timeout,
    definition,
    starter: run.trigger.by ?? null,
    shownDigest,
    shown,
    votes: [],
    decision: null,
    previous: last?.gateId ?? null,
    stageIndex: index,
    dependsOnIndexes,
    timeLeft,
    values: null,
    reminded: 0,
    answered: [],
  };
  run.gates.push(gate);
  moveStage(run, stage, 'awaiting_gate');
  recordOfStage(deployment, run, stage, 'gate.opened', {
    gate: gate.gateId,
    kind: gate.kind,
    opening: gate.opening,
    deadline: gate.deadline,
    shown_digest: shownDigest,
  });
  return gate;
};

const close = (
  deployment: Deployment,
  run: RunRecord,
  gate: GateRecord,
  status: GateStatus,
  decision: Omit<GateDecision, 'at'>,
  queued: readonly StageName[] = [],
): void => {
  gate.status = status;
  gate.decision = { ...decision, at: deployment.clock.now() };
  const { via, by, notes } = decision;
  recordOfStage(deployment, run, stageOf(run, gate), 'gate.decided', {
    gate: gate.gateId,
    status,
    via,
    by,
    notes,
    ...(queued.length === 0 ? {} : { queued }),
  });
};

const stageOf = (run: RunRecord, { stageIndex }: GateRecord): StageRecord => run.stages.get(stageIndex)!;

export const approve = (
  deployment: Deployment,
  run: RunRecord,
  gate: GateRecord,
  by: Omit<GateDecision, 'at'>,
): void => {
  const stage = stageOf(run, gate);
  deployment.lastApproved.set(`${gate.pipeline}/${gate.stage}`, gate.gateId);
  if (gate.kind !== 'start') {
    close(deployment, run, gate, 'approved', by);
    const own = gate.kind === 'result' ? stage.outputJson! : 'null';
    return succeedStage(deployment, run, stage, by.values === null ? own : JSON.stringify(by.values));
  }
  const now = deployment.clock.now();
  moveStage(run, stage, 'queued');
  stage.queuedAt = now;
  stage.timersMovedMs = 0;
  stage.deadline = gate.timeLeft === null ? null : now + gate.timeLeft;
  enqueue(deployment, run, stage, 'front');
  close(deployment, run, gate, 'approved', by, [gate.stage]);
};

/** The stage stays where it is; the run waits for a person to resume it. */
export const reject = (
  deployment: Deployment,
  run: RunRecord,
  gate: GateRecord,
  by: Omit<GateDecision, 'at'>,
): void => {
  close(deployment, run, gate, 'rejected', by);
  pauseForGate(deployment, run, {
    by: by.by?.name ?? null,
    reason: by.notes,
    cause: { kind: 'gate_rejected', gate: gate.gateId },
  });
};

/** Its deadline has passed. */
export const expire = (deployment: Deployment, run: RunRecord, gate: GateRecord): void => {
  const by = { by: null, via: 'deadline', notes: null, values: null, backTo: null } as const;
  const { onTimeout, timeout } = gate.definition;
  if (onTimeout === 'approve') return approve(deployment, run, gate, { ...by, values: gate.values });
  if (onTimeout === 'reject') return reject(deployment, run, gate, by);
  close(deployment, run, gate, 'expired', by);
  failStage(deployment, run, stageOf(run, gate), {
    code: 'gate_expired',
    message: `nobody decided at its gate within ${formatDuration(timeout!)}`,
  });
};

/** `closed`: the run is being cancelled; `superseded`: the stage opens its next generation, and asks anew. */
export const closeByRun = (
  deployment: Deployment,
  run: RunRecord,
  stage: StageRecord,
  as: 'closed' | 'superseded' = 'closed',
): void => {
  const gate = newestGateOf(run, stage.definition.name);
  if (gate?.status !== 'pending') return;
  close(deployment, run, gate, as, { by: null, via: 'run', notes: null, values: null, backTo: null });
};

/** What is due at the gate: escalations, or its end. Returns whether anything was. */
export const gateDue = (deployment: Deployment, run: RunRecord, gate: GateRecord): boolean => {
  const now = deployment.clock.now();
  if (gate.status !== 'pending' || run.cancel) return false;
  const { escalate } = gate.definition;
  const before = gate.reminded;
  for (let next = escalate[gate.reminded]; next && gate.openedAt + next.after <= now; next = escalate[gate.reminded]) {
    gate.reminded += 1;
    recordOfStage(deployment, run, stageOf(run, gate), 'gate.reminded', {
      gate: gate.gateId,
      after_ms: next.after,
      notify: next.notify,
      add_approvers: next.addApprovers,
    });
  }
  const isOver = gate.deadline !== null && gate.deadline <= now;
  if (isOver) expire(deployment, run, gate);
  return isOver || gate.reminded > before;
};

/** When it is due next, ms since the epoch; null: never. */
export const dueOf = ({ status, definition, reminded, openedAt, deadline }: GateRecord): number | null => {
  if (status !== 'pending') return null;
  const next = definition.escalate[reminded];
  return next ? openedAt + next.after : deadline;
};

export const viewOfGate = ({
  stageIndex: _index,
  dependsOnIndexes: _indexes,
  timeLeft: _left,
  values: _values,
  reminded: _reminded,
  answered: _answered,
  ...gate
}: GateRecord): Gate => gate;
