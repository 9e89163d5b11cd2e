/** Opens the next generation of stages of a live run. */
import { isTerminalRun, isTerminalStage, opensAgain, outcomeOf, reachOfRerun } from '../domain/index.ts';
import type { RerunAnswer, RerunStage } from '../ports/index.ts';
import { leaveForLater, unfinished } from './cut.ts';
import type { Deployment, Rerun, RunRecord, StageRecord } from './deployment.ts';
import { IDEMPOTENCY_MS } from './idempotency.ts';
import { openAgain } from './open-again.ts';
import { pauseInForce, replacePause } from './pause-run.ts';
import { decideFor } from './queue-stages.ts';
import { holdForRerun } from './rerun-hold.ts';
import { resume } from './resume-run.ts';

export const rerunStage = (deployment: Deployment, command: RerunStage): RerunAnswer => {
  const { runId, downstream, gate, ifSeq, by, reason, idempotency } = command;
  const run = deployment.runs.get(runId);
  if (!run) return { kind: 'unknown' };
  const stage = [...run.stages.values()].find(({ definition }) => definition.name === command.stage);
  if (!stage) return { kind: 'unknown_stage' };
  if (run.todo.length > 0) deployment.cut.unfinished.add(run);
  const more = unfinished(deployment);
  const now = deployment.clock.now();
  const kept = idempotency && deployment.idempotency.get(idempotency.key);
  if (kept && kept.until > now)
    return kept.bodyHash === idempotency.bodyHash ? { kind: 'reopened', more } : { kind: 'idempotency_mismatch' };
  if (isTerminalRun(run.status)) return { kind: 'terminal', status: run.status };
  if (run.cancel) return { kind: 'cancelling' };
  if (run.todo.length > 0) return { kind: 'unfinished', more };
  if (ifSeq !== null && ifSeq !== run.log.length) return { kind: 'moved' };
  if (stage.status === 'running') return { kind: 'running' };
  if (stage.status === 'pending') return { kind: 'not_begun' };
  if (['skip', 'fail'].includes(decideFor(stage))) return { kind: 'never' };
  const present = [...run.stages.values()].map(({ definition }) => definition);
  const reach = reachOfRerun(present, command.stage, downstream);
  if (idempotency) {
    const { key, bodyHash } = idempotency;
    deployment.idempotency.set(key, {
      bodyHash,
      made: runId,
      pipeline: run.pipeline.name,
      until: now + IDEMPOTENCY_MS,
    });
  }
  const judged = run.gates.find(({ gateId }) => gateId === gate);
  if (judged) stage.feedback = { generation: stage.generation + 1, gate: judged };
  const rerun: Rerun = {
    reach: new Map(present.flatMap(({ index, name }) => (reach.has(name) ? [[index, reach.get(name)!] as const] : []))),
    stage: command.stage,
    place: 0,
    told: { by, reason },
  };
  if (!openStages(deployment, run, rerun)) {
    run.rerun = rerun;
    leaveForLater(deployment, run, { what: 'reopens' });
    if (run.status !== 'paused') holdForRerun(deployment, run);
  }
  return { kind: 'reopened', more: unfinished(deployment) };
};

/** Goes on with a rerun that was cut. The run then goes on as well, unless it is paused otherwise. */
export const goOnRerunning = (deployment: Deployment, run: RunRecord): void => {
  if (!run.rerun) return;
  if (!openStages(deployment, run, run.rerun)) return leaveForLater(deployment, run, { what: 'reopens' });
  const { told } = run.rerun;
  run.rerun = null;
  if (run.status !== 'paused' || run.pause!.scope !== 'rerun') return;
  const inForce = pauseInForce(deployment, run);
  if (inForce) replacePause(deployment, run, inForce);
  else resume(deployment, run, told);
};

/** As far as the budget goes, in plan order: each after all of its parents. Returns whether none is left. */
const openStages = (deployment: Deployment, run: RunRecord, rerun: Rerun): boolean => {
  const { cut } = deployment;
  for (const [index, reach] of rerun.reach) {
    if (cut.left <= 0) return false;
    cut.left -= 1;
    const stage = run.stages.get(index)!;
    const ended = stage.uncounted;
    const opens = opensAgain(ended ? 'all' : reach, stage.status, () => decideFor(stage));
    if (rerun.place > 0 || opens) {
      if (isTerminalStage(stage.status) && !ended && !uncount(deployment, stage, rerun)) return false;
      rerun.place = 0;
      const { stage: first, told } = rerun;
      openAgain(
        deployment,
        run,
        stage,
        stage.definition.name === first ? { because: null, ...told } : { because: first },
      );
    }
    rerun.reach.delete(index);
  }
  return true;
};

/** Its dependants no longer count how it ended. False: the budget ended before. A single parent costs nothing. */
const uncount = ({ cut }: Deployment, { dependants, status }: StageRecord, rerun: Rerun): boolean => {
  for (; rerun.place < dependants.length; rerun.place++) {
    const { definition, parents } = dependants[rerun.place]!;
    if (definition.dependsOn.length > 1 && cut.left <= 0) return false;
    if (definition.dependsOn.length > 1) cut.left -= 1;
    parents[outcomeOf(status)!] -= 1;
  }
  return true;
};
