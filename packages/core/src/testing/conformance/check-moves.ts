/**
 * Replays a log's states against the domain's tables: no move that they do not list, no stage with two owners (S3), no
 * attempt number out of turn.
 */
import {
  dataOf,
  type EventData,
  mayMoveRun,
  mayMoveStage,
  type Pipeline,
  type RunEvent,
  runStateAfter,
  type RunStatus,
  stageStateAfter,
  type StageStatus,
} from '../../domain/index.ts';

const AGAIN: ReadonlySet<string> = new Set(['run.repaired', 'run.resumed', 'run.expanded']);

export const checkMoves = (pipeline: Pipeline, events: readonly RunEvent[]): readonly string[] => {
  const created = dataOf(events[0]!, 'run.created')!;
  const kept = keptBy(events);
  const generations = new Map(
    (created.reused ?? []).flatMap(({ stages: names, generation }) => names.map((name) => [name, generation] as const)),
  );
  const stages = new Map<string, { status: StageStatus; generation: number; attempt: number; repeats: boolean }>(
    created.stages.map((name) => [
      name,
      {
        status: kept.get(name) ?? 'pending',
        generation: generations.get(name) ?? 1,
        attempt: 0,
        repeats: false,
      },
    ]),
  );
  const problems: string[] = [];
  let run: RunStatus = created.status;
  const moveRun = (event: RunEvent, to: RunStatus): void => {
    if (!mayMoveRun(run, to))
      problems.push(`S1 #${event.seq} ${event.type}: ${run} -> ${to} is not a legal move of a run`);
    run = to;
  };
  const moveStage = (event: RunEvent, name: string, to: StageStatus): void => {
    const stage = stages.get(name);
    if (!stage) return void problems.push(`S1 #${event.seq} ${event.type}: the run has no stage ${name}`);
    if (to === 'running' && stage.status === 'running')
      problems.push(`S3 #${event.seq} ${name} is claimed while it runs`);
    else if (!mayMoveStage(stage.status, to))
      problems.push(`S1 #${event.seq} ${event.type}: ${stage.status} -> ${to} is not a legal move of ${name}`);
    stage.status = to;
  };
  for (const name of created.queued) moveStage(events[0]!, name, 'queued');
  if (created.status === 'queued' && created.queued.length > 0)
    problems.push('S5 a run without its overlap lock has claimable stages');
  const reopenStage = (event: RunEvent, { was }: EventData['stage.reopened']): void => {
    const stage = stages.get(event.stage);
    if (!stage) return void problems.push(`S1 #${event.seq} ${event.type}: the run has no stage ${event.stage}`);
    if (stage.status !== was || was === 'pending')
      problems.push(`S1 #${event.seq} ${event.stage} opens again from ${was}, it was ${stage.status}`);
    Object.assign(stage, { status: 'pending', generation: stage.generation + 1, attempt: 0, repeats: false });
  };
  for (const event of events.slice(1)) {
    const to = stageStateAfter(event.type);
    const reopened = dataOf(event, 'stage.reopened');
    if (reopened) reopenStage(event, reopened);
    else if (to) moveStage(event, event.stage, to);
    const { queued = [] } = event.data as { readonly queued?: readonly string[] };
    // Some name also stages that were queued before: lost by their queue, or parked by a pause.
    for (const name of queued)
      if (!AGAIN.has(event.type) || stages.get(name)?.status !== 'queued') moveStage(event, name, 'queued');
    const runTo =
      event.type === 'stage.started' && run === 'starting'
        ? 'running'
        : (dataOf(event, 'run.resumed')?.status ?? runStateAfter(event.type));
    if (event.type === 'stage.started' && (run as RunStatus) === 'paused')
      problems.push(`S20 #${event.seq} ${event.stage} starts while its run is paused`);
    if (runTo) moveRun(event, runTo);
    const stage = stages.get(event.stage);
    if (!stage) continue;
    if (event.generation !== stage.generation)
      problems.push(
        `S2 #${event.seq} ${event.type} of ${event.stage} says generation ${event.generation}, not ${stage.generation}`,
      );
    if (event.type === 'stage.started') {
      const expected = stage.repeats ? stage.attempt : stage.attempt + 1;
      if (event.attempt !== expected)
        problems.push(`S12 #${event.seq} ${event.stage} starts attempt ${event.attempt}, not ${expected}`);
      stage.attempt = event.attempt;
    } else if (to && event.attempt !== stage.attempt)
      problems.push(
        `S2 #${event.seq} ${event.type} of ${event.stage} says attempt ${event.attempt}, not ${stage.attempt}`,
      );
    const gate = dataOf(event, 'gate.opened');
    if (to) stage.repeats = event.type === 'stage.handed_back' || gate?.kind === 'start';
  }
  return [...problems, ...strangers(pipeline, created.stages)];
};

/** Stages that a retry has from the start as the run that it retries left them. */
export const keptBy = (events: readonly RunEvent[]): ReadonlyMap<string, StageStatus> => {
  const { reused = [], skipped = [] } = dataOf(events[0]!, 'run.created')!;
  return new Map<string, StageStatus>([
    ...reused.flatMap(({ stages }) => stages.map((name) => [name, 'succeeded'] as const)),
    ...skipped.map((name) => [name, 'skipped'] as const),
  ]);
};

const strangers = (pipeline: Pipeline, names: readonly string[]): string[] =>
  names
    .filter((name) => !pipeline.stages.some((stage) => stage.name === name))
    .map((name) => `S8 the pipeline has no stage ${name}`);
