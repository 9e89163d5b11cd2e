/**
 * What must hold after every fault: each run's log, the state that it folds to, the bodies that were seen, and nothing
 * held at rest.
 */
import { type Run, type RunEvent, dataOf, isTerminalRun } from '@millrace/core/domain';
import { waitFor } from '@millrace/core/testing';
import { checkOverlap, checkRunLog } from '@millrace/core/testing/conformance';
import type { Deployment } from './deployment.ts';

/** S1-S6, S8, S12, S18 of every run of the deployment; all of them must have ended. Answers them. */
export const expectSound = async (on: Deployment): Promise<readonly Run[]> => {
  const problems: string[] = [];
  const all: Run[] = [];
  for (const { pipeline } of on.loaded) {
    const runs = await on.runsOf(pipeline.name);
    const logs: (readonly RunEvent[])[] = [];
    for (const run of runs) {
      const events = await on.eventsOf(run.runId);
      logs.push(events);
      problems.push(...checkRunLog(pipeline, events, run).map((problem) => `${run.runId}: ${problem}`));
      if (!isTerminalRun(run.status)) problems.push(`${run.runId}: L1 it is ${run.status}`);
    }
    if (pipeline.overlap !== 'allow') problems.push(...checkOverlap(logs));
    problems.push(...checkWitnesses(on, logs), ...logs.flatMap(checkLines));
    all.push(...runs);
  }
  if (problems.length > 0) throw new Error(`${problems.length} violations:\n${problems.slice(0, 30).join('\n')}`);
  return all;
};

/**
 * Each body that was seen was claimed under its fence, and a stage that succeeded had a body under the fence that won.
 */
const checkWitnesses = (on: Deployment, logs: readonly (readonly RunEvent[])[]): readonly string[] => {
  const began = new Set(
    on
      .witnesses()
      .flatMap(({ what, run, stage, attempt, fence }) =>
        what === 'began' ? [`${run} ${stage} ${attempt} ${fence}`] : [],
      ),
  );
  const problems: string[] = [];
  const claimed = new Set<string>();
  // Stages that are gates run nothing.
  const empty = new Set(
    logs
      .flat()
      .filter((event) => dataOf(event, 'gate.opened')?.kind === 'stage')
      .map(({ runId, stage }) => `${runId} ${stage}`),
  );
  const runs = new Set<string>();
  for (const events of logs) {
    const last = new Map<string, string>();
    runs.add(events[0]!.runId);
    for (const event of events) {
      const started = dataOf(event, 'stage.started');
      if (started) {
        const claim = `${event.runId} ${event.stage} ${event.attempt} ${started.fence}`;
        claimed.add(claim);
        last.set(event.stage, claim);
      }
      if (
        event.type === 'stage.succeeded' &&
        !empty.has(`${event.runId} ${event.stage}`) &&
        !began.has(last.get(event.stage)!)
      )
        problems.push(`S1 no body was seen for ${last.get(event.stage)}`);
    }
  }
  for (const body of began)
    if (runs.has(body.split(' ')[0]!) && !claimed.has(body)) problems.push(`S2 a body ran without a claim: ${body}`);
  return problems;
};

/** S2: a body's lines are recorded under its own claim: the bodies end their lines with the fence they run under. */
const checkLines = (events: readonly RunEvent[]): readonly string[] => {
  const fences = new Map<string, number>();
  return events.flatMap((event) => {
    const started = dataOf(event, 'stage.started');
    if (started) fences.set(event.stage, started.fence);
    const lines = dataOf(event, 'stage.log')?.lines ?? [];
    return lines
      .filter(({ t }) => / of fence \d+$/.test(t) && !t.endsWith(` of fence ${fences.get(event.stage)}`))
      .map(({ t }) => `${event.runId}: S2 #${event.seq} "${t}" under fence ${fences.get(event.stage)}`);
  });
};

/**
 * S18, S13: no timer, lease on a stage, cut transition, job in a queue, overlap lock, Redlock or child process is left.
 */
export const expectAtRest = async (
  on: Deployment,
  { timeoutMs = 15_000 }: { timeoutMs?: number } = {},
): Promise<void> => {
  await waitFor(
    async () => {
      const held = [
        ...(await heldInRedis(on)),
        ...(await on.commandProcesses()).map(({ pid, line }) => `process ${pid} ${line}`),
      ];
      if (held.length > 0) throw new Error(`still held: ${held.slice(0, 10).join(', ')}`);
      return true;
    },
    { timeoutMs, what: 'nothing to be held' },
  );
};

const HELD =
  /^\{[^}]+\}(\/(live|lock|overlap|apart)\/.*|\/(overlaps|timers|gates)|\/run\/[^/]+\/todo|:(?!ticks:)[^:]+:(wait|active|delayed|paused|prioritized|waiting-children))$/;

const heldInRedis = async ({ connection, keys }: Deployment): Promise<readonly string[]> => {
  const held: string[] = [];
  for await (const found of connection.scanStream({ match: `${keys.root}*`, count: 1_000 }))
    for (const key of found as string[]) {
      if (HELD.test(key)) held.push(key);
      if (key.startsWith(keys.worker('')))
        held.push(
          ...(await connection.hkeys(key)).filter((field) => field.startsWith('c:')).map((field) => `${key} ${field}`),
        );
    }
  return held;
};
