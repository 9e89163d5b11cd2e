/** People decide at gates. */
import {
  gateKeyOf,
  isTerminalStage,
  mayDecide,
  needsNotes,
  noRequestsForChanges,
  type StageName,
} from '../domain/index.ts';
import type { DecideGate, GateAnswer } from '../ports/index.ts';
import { unfinished } from './cut.ts';
import type { Deployment, GateRecord, RunRecord } from './deployment.ts';
import { recordOfStage } from './event-log.ts';
import { approve, closeByRun, expire, newestGateOf, reject, viewOfGate } from './gates.ts';

type Kind = Exclude<GateAnswer['kind'], 'unknown'>;

/** Commands of a gate whose answers are kept for repeats. */
const MOST_ANSWERED = 20;

export const decideGate = (deployment: Deployment, request: DecideGate): GateAnswer => {
  if (request.verb === 'request_changes') throw noRequestsForChanges();
  const run = deployment.runs.get(gateKeyOf(request.gateId)?.runId as never);
  const gate = run?.gates.find(({ gateId }) => gateId === request.gateId);
  if (!run || !gate) return { kind: 'unknown' };
  const waitsFor = waits(run, gate);
  const kind = answer(deployment, run, gate, request, waitsFor);
  const now = viewOfGate(gate);
  if (kind === 'waits') return { kind, gate: now, for: waitsFor };
  if (kind === 'not_an_approver' || kind === 'no_vote' || kind === 'notes_needed') return { kind, gate: now };
  return { kind, gate: now, more: unfinished(deployment) };
};

const answer = (
  deployment: Deployment,
  run: RunRecord,
  gate: GateRecord,
  request: DecideGate,
  waitsFor: readonly StageName[],
): Kind => {
  const { commandId } = request;
  const before = gate.answered.find((one) => one.commandId === commandId);
  if (before) return before.kind;
  const kind = decide(deployment, run, gate, request, waitsFor);
  if (kind !== 'decided' && kind !== 'voted') return kind;
  gate.answered.push({ commandId, kind });
  if (gate.answered.length > MOST_ANSWERED) gate.answered.shift();
  return kind;
};

const decide = (
  deployment: Deployment,
  run: RunRecord,
  gate: GateRecord,
  { verb, by, shownDigest, notes, values }: DecideGate,
  waitsFor: readonly StageName[],
): Kind => {
  const now = deployment.clock.now();
  if (gate.status === 'pending' && run.cancel) closeByRun(deployment, run, run.stages.get(gate.stageIndex)!);
  if (gate.status === 'pending' && gate.deadline !== null && gate.deadline <= now) expire(deployment, run, gate);
  if (gate.status !== 'pending') return 'closed';
  if (gate.shownDigest !== shownDigest) return 'changed';
  if (!mayDecide(gate, by, now)) return 'not_an_approver';
  if (needsNotes(gate.definition, verb) && (notes === null || notes.trim() === '')) return 'notes_needed';
  const decision = { by, via: 'person', notes, backTo: null } as const;
  if (verb === 'reject') {
    reject(deployment, run, gate, { ...decision, values: null });
    return 'decided';
  }
  const others = gate.votes.filter((vote) => vote.by.name !== by.name);
  if (verb === 'withdraw') {
    if (others.length === gate.votes.length) return 'no_vote';
    gate.votes = others;
    return vote(deployment, run, gate, 'withdraw', by);
  }
  if (waitsFor.length > 0) return 'waits';
  gate.votes = [...others, { by, at: now, notes }];
  if (values !== null) gate.values = values;
  if (gate.votes.length < gate.definition.quorum) return vote(deployment, run, gate, 'approve', by);
  approve(deployment, run, gate, { ...decision, values: gate.values });
  return 'decided';
};

const vote = (
  deployment: Deployment,
  run: RunRecord,
  gate: GateRecord,
  verb: 'approve' | 'withdraw',
  by: DecideGate['by'],
): 'voted' => {
  recordOfStage(deployment, run, run.stages.get(gate.stageIndex)!, 'gate.voted', {
    gate: gate.gateId,
    verb,
    by,
    votes: gate.votes.length,
    quorum: gate.definition.quorum,
  });
  return 'voted';
};

/** Those of its `dependsOn` that are not approved. One that asked nobody counts once its stage has ended. */
const waits = (run: RunRecord, gate: GateRecord): readonly StageName[] =>
  gate.definition.dependsOn.filter((name, at) => {
    const first = newestGateOf(run, name);
    if (first) return first.status !== 'approved';
    const stage = run.stages.get(gate.dependsOnIndexes[at]!);
    return stage !== undefined && !isTerminalStage(stage.status);
  });
