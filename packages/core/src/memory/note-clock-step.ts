/** The clock stepped: due times are shifted, so that the time left until each stays the same. */
import type { ClockStep } from '../ports/index.ts';
import type { Deployment } from './deployment.ts';
import { dueOf } from './gates.ts';
import { standsStill } from './pause-run.ts';

export const noteClockStep = (deployment: Deployment, { stepMs, since }: ClockStep): boolean => {
  const now = deployment.clock.now();
  // Whether instants written at that moment are already by the new clock.
  const isNew = (at: number): boolean => at >= since && at <= now;
  if (deployment.clockStep && isNew(deployment.clockStep.at)) return false;
  deployment.clockStep = { at: now, stepMs };

  for (const worker of deployment.workers.values())
    worker.leaseUntil = Math.min(worker.leaseUntil + Math.max(stepMs, 0), now + worker.leaseMs);
  for (const queue of deployment.queues.values()) {
    for (const entry of queue.delayed)
      if (!isNew(entry.dueAt - entry.delayMs)) entry.dueAt = Math.min(entry.dueAt + stepMs, now + entry.delayMs);
    queue.delayed.sort((a, b) => a.dueAt - b.dueAt);
  }
  for (const run of deployment.runs.values()) {
    // The resume adds the pause to what stands still, by the new clock.
    if (run.admittedAt !== null && run.status !== 'paused' && !isNew(run.admittedAt + run.timersMovedMs))
      run.timersMovedMs += stepMs;
    for (const gate of run.gates)
      if (dueOf(gate) !== null && !isNew(gate.openedAt)) {
        gate.openedAt += stepMs;
        if (gate.deadline !== null) gate.deadline += stepMs;
      }
    for (const stage of run.stages.values()) {
      const waitsSince = stage.parked?.since ?? stage.queuedAt;
      if (waitsSince !== null && !isNew(waitsSince + stage.timersMovedMs)) stage.timersMovedMs += stepMs;
      const { deadline } = stage;
      if (deadline !== null && !standsStill(run, stage) && !isNew(deadline - stage.definition.timeouts.stage!))
        stage.deadline = deadline + stepMs;
    }
  }
  for (const marks of [deployment.cursors, deployment.schedulesBegun, deployment.pipelinesReturned] as Map<
    string,
    number
  >[])
    for (const [id, at] of marks) if (at > now) marks.set(id, now);
  return true;
};
