/** The invariants of one run (DESIGN.md section 5), read from nothing but its log: for any store, after any fault. */
import { isDeepStrictEqual } from 'node:util';
import {
  countParents,
  dataOf,
  decide,
  decidesEnd,
  decideTeardown,
  type Decision,
  foldRun,
  isLastOfRun,
  isLastOfStage,
  isTerminalRun,
  isTerminalStage,
  outcomeOf,
  type Pipeline,
  retryDelay,
  type Run,
  type RunEvent,
  type RunState,
  type Stage,
  stageStateAfter,
  type StageStatus,
} from '../../domain/index.ts';
import { checkGates } from './check-gates.ts';
import { checkMoves, keptBy } from './check-moves.ts';

/**
 * Every violation, each beginning with the invariant's number; none: an empty list. `events` is the whole log in order;
 * `run` is the run as it was read after the log (null: compare nothing with the fold).
 */
export const checkRunLog = (pipeline: Pipeline, events: readonly RunEvent[], run: Run | null): readonly string[] => {
  const sequence = checkSequence(events);
  if (sequence.length > 0) return sequence;
  return [
    ...checkMoves(pipeline, events),
    ...checkGates(events),
    ...checkOutcomes(events),
    ...checkFences(events),
    ...checkDependencies(pipeline, events),
    ...checkCancel(events),
    ...checkRetries(pipeline, events),
    ...checkReruns(events),
    ...checkEnd(pipeline, events),
    ...(run ? checkFold(pipeline, events, run) : []),
  ];
};

/** S8: seq is 1..n, the log begins with `run.created`, and speaks of one run. */
const checkSequence = (events: readonly RunEvent[]): string[] => {
  if (events[0]?.type !== 'run.created') return ['S8 the log does not begin with run.created'];
  return events.flatMap((event, place) => [
    ...(event.seq === place + 1 ? [] : [`S8 seq ${event.seq} at place ${place + 1}`]),
    ...(event.runId === events[0]!.runId ? [] : [`S8 seq ${event.seq} is of another run`]),
    ...(place > 0 && event.type === 'run.created' ? [`S8 seq ${event.seq} creates the run again`] : []),
  ]);
};

/**
 * S1: one outcome per generation of a stage, nothing changes it; S14: least of all after a recorded timeout; S18: the
 * run's last event closes its log.
 */
const checkOutcomes = (events: readonly RunEvent[]): string[] => {
  const ended = new Map<string, RunEvent>();
  return events.flatMap((event) => {
    if (event.type === 'stage.reopened') ended.delete(event.stage);
    const earlier = ended.get(event.stage);
    const closed = ended.get('pipeline');
    if (isLastOfRun(event.type) || isLastOfStage(event.type)) ended.set(event.stage, earlier ?? event);
    if (closed) return [`S18 ${describe(event)} after ${describe(closed)}`];
    if (!earlier || event.type === 'stage.fenced') return [];
    const timedOut = earlier.type === 'stage.failed' && dataOf(earlier, 'stage.failed')!.error.code === 'timed_out';
    return [
      `${timedOut && event.type === 'stage.succeeded' ? 'S14' : 'S1'} ${describe(event)} after ${describe(earlier)}`,
    ];
  });
};

/** S2: the fences of a run's claims rise; a refused write is told the highest one of its stage. */
const checkFences = (events: readonly RunEvent[]): string[] => {
  const highest = new Map<string, number>();
  return events.flatMap((event) => {
    const last = highest.get(event.stage) ?? 0;
    const started = dataOf(event, 'stage.started');
    if (started) highest.set(event.stage, started.fence);
    if (started && started.fence <= last)
      return [`S2 ${describe(event)} under fence ${started.fence}, not above ${last}`];
    const fenced = dataOf(event, 'stage.fenced');
    return fenced && fenced.current_fence !== last
      ? [`S2 ${describe(event)} says the fence is ${fenced.current_fence}, not ${last}`]
      : [];
  });
};

/**
 * S4: a stage is queued and started only when its trigger rule says so, and skipped only when it says so, because of
 * one of its dependencies.
 */
const checkDependencies = (pipeline: Pipeline, events: readonly RunEvent[]): string[] => {
  const stages = stagesOf(pipeline, events);
  const kept = keptBy(events);
  const ended = new Map<string, StageStatus>(kept);
  const parents = (name: string): readonly string[] =>
    (stages.get(name)?.dependsOn ?? []).filter((on) => stages.has(on));
  const began = new Set<string>([...kept].flatMap(([name, status]) => (status === 'succeeded' ? [name] : [])));
  const decided = (name: string): Decision => {
    const { when, teardown } = stages.get(name)!;
    const counts = countParents(parents(name).map((on) => ended.get(on) ?? 'pending'));
    if (!teardown) return decide(when, counts);
    const setUps = teardown.of.filter((one) => stages.has(one));
    return decideTeardown(counts, setUps.length === 0 || setUps.some((one) => began.has(one)));
  };
  return events.flatMap((event) => {
    if (event.type === 'stage.started') began.add(event.stage);
    if (isLastOfStage(event.type)) ended.set(event.stage, stageStateAfter(event.type)!);
    if (event.type === 'stage.reopened') ended.delete(event.stage);
    const { queued = [] } = event.data as { readonly queued?: readonly string[] };
    const opened = [
      ...(event.stage === 'pipeline' || event.type === 'stage.reopened' || isLastOfStage(event.type) ? queued : []),
      ...(event.type === 'stage.started' ? [event.stage] : []),
    ];
    const early = opened
      .filter((name) => decided(name) !== 'run')
      .map((name) => `S4 ${describe(event)}: ${name} is to ${decided(name)}`);
    const doomed = dataOf(event, 'stage.skipped') ?? dataOf(event, 'stage.upstream_failed');
    if (!doomed) return early;
    const because = ended.get(doomed.because);
    // Of parents that end in one transition the first decides, and both have ended before this event.
    const never = ['skip', 'fail'].includes(decided(event.stage));
    return parents(event.stage).includes(doomed.because) && never && because !== undefined
      ? early
      : [...early, `S4 ${describe(event)} because of ${doomed.because}, which ${because ?? 'has not ended'}`];
  });
};

/**
 * S6: after the cancel nothing starts, is queued or retried, and the run ends cancelled, or failed when the watchdog
 * cancelled it.
 */
const checkCancel = (events: readonly RunEvent[]): string[] => {
  const place = events.findIndex(({ type }) => type === 'run.cancelling');
  if (place < 0) return [];
  return events.slice(place + 1).flatMap((event) => {
    const { queued = [] } = event.data as { readonly queued?: readonly string[] };
    const goesOn =
      GOES_ON.has(event.type) || (event.stage !== 'pipeline' && event.type === 'stage.succeeded' && queued.length > 0);
    return goesOn ? [`S6 ${describe(event)} after the cancel`] : [];
  });
};

const GOES_ON: ReadonlySet<string> = new Set([
  'stage.started',
  'stage.retrying',
  'stage.handed_back',
  'stage.rescued',
  'stage.reopened',
  'gate.opened',
  'run.admitted',
  'run.succeeded',
]);

/**
 * S12: failures stay below the maximum, delays are never below the policy, and nobody starts before the delay is over.
 */
const checkRetries = (pipeline: Pipeline, events: readonly RunEvent[]): string[] => {
  const stages = stagesOf(pipeline, events);
  const failures = new Map<string, number>();
  const dueAt = new Map<string, number>();
  return events.flatMap((event) => {
    if (event.type === 'stage.reopened') {
      failures.delete(event.stage);
      dueAt.delete(event.stage);
    }
    const due = dueAt.get(event.stage) ?? 0;
    if (event.type === 'stage.started' && event.at < due) return [`S12 ${describe(event)} ${due - event.at} ms early`];
    const retrying = dataOf(event, 'stage.retrying');
    const policy = stages.get(event.stage)?.retry;
    if (!retrying || !policy) return [];
    const failed = (failures.get(event.stage) ?? 0) + 1;
    failures.set(event.stage, failed);
    dueAt.set(event.stage, retrying.next_attempt_at);
    return [
      ...(failed < policy.maximumAttempts
        ? []
        : [`S12 ${describe(event)} after ${failed} failures of ${policy.maximumAttempts}`]),
      ...(retrying.delay_ms >= retryDelay(policy, failed, 0)
        ? []
        : [`S12 ${describe(event)} after ${retrying.delay_ms} ms, below the policy`]),
      ...(retrying.next_attempt_at >= event.at + retrying.delay_ms
        ? []
        : [`S12 ${describe(event)} is due before its delay is over`]),
    ];
  });
};

/** S4: from the moment a stage is to run again, nothing starts that is to run again because of it. */
const checkReruns = (events: readonly RunEvent[]): string[] => {
  const reopened = new Map<string, number>();
  const started = new Map<string, RunEvent>();
  return events.flatMap((event) => {
    if (event.type === 'stage.started') started.set(event.stage, event);
    const rerun = dataOf(event, 'stage.reopened');
    if (!rerun) return [];
    if (rerun.because === null) reopened.set(event.stage, event.seq);
    const from = reopened.get(rerun.because ?? event.stage);
    const start = started.get(event.stage);
    if (from === undefined) return [`S4 ${describe(event)} because of ${rerun.because}, which was not to run again`];
    return start && start.seq > from ? [`S4 ${describe(start)} on what ${rerun.because} is to make again`] : [];
  });
};

/** S18: a terminal run has no open stage; it succeeded exactly if none of its leaves failed and nobody cancelled it. */
const checkEnd = (pipeline: Pipeline, events: readonly RunEvent[]): string[] => {
  const { status, stages, error } = foldRun(pipeline, events);
  if (!isTerminalRun(status))
    return stages.every((stage) => isTerminalStage(stage.status)) ? ['L1 every stage has ended, the run has not'] : [];
  const open = stages
    .filter((stage) => !isTerminalStage(stage.status))
    .map(({ stage, status: state }) => `S18 the run has ended, ${stage} is ${state}`);
  const present = [...stagesOf(pipeline, events).values()];
  const deciding = present.filter(decidesEnd);
  const waitedFor = new Set(present.filter(({ teardown }) => !teardown).flatMap(({ dependsOn }) => dependsOn));
  const leaves = new Set(deciding.map(({ name }) => name).filter((name) => !waitedFor.has(name)));
  const failed = stages.filter((one) => leaves.has(one.stage) && outcomeOf(one.status) === 'failed');
  if (status === 'succeeded' && failed.length > 0) open.push(`S18 the run succeeded, ${failed[0]!.stage} did not`);
  if (status === 'failed' && error?.stage && failed.length === 0)
    open.push('S18 the run failed, none of its leaves did');
  const counts = new Set(deciding.map(({ name }) => name as string));
  const failures = new Set<string>();
  for (const { type, stage } of events) {
    if (type === 'stage.failed' && counts.has(stage)) failures.add(stage);
    if (type === 'stage.reopened') failures.delete(stage);
  }
  const [firstFailure] = failures;
  if (status === 'failed' && error?.stage && error.stage !== firstFailure)
    open.push(`S18 the run failed by ${error.stage}, another stage failed first`);
  return open;
};

/** S8: the run is the fold of its events, on every field that events carry. */
const checkFold = (pipeline: Pipeline, events: readonly RunEvent[], run: Run): string[] => {
  const folded = foldRun(pipeline, events);
  const shown = withoutUnrecorded(run);
  const differing = (one: object, other: object): string[] =>
    Object.keys(one).filter((key) => key !== 'stages' && !isDeepStrictEqual(one[key as never], other[key as never]));
  const say = (where: string, one: object, other: object): string[] =>
    differing(one, other).map(
      (key) =>
        `S8 ${where}${key}: the run has ${JSON.stringify(other[key as never])}, its events tell ${JSON.stringify(one[key as never])}`,
    );
  if (shown.stages.length !== folded.stages.length)
    return [`S8 the run has ${shown.stages.length} stages, its events tell ${folded.stages.length}`];
  return [
    ...say('', folded, shown),
    ...folded.stages.flatMap((stage, place) => say(`${stage.stage}.`, stage, shown.stages[place]!)),
  ];
};

const withoutUnrecorded = ({ params: _, retries: ___, stages, ...run }: Run): RunState => ({
  ...run,
  stages: stages.map(({ output: __, ...stage }) => stage),
});

/** The definitions of the stages that exist for the run. */
const stagesOf = (pipeline: Pipeline, events: readonly RunEvent[]): ReadonlyMap<string, Stage> => {
  const names = new Set(dataOf(events[0]!, 'run.created')!.stages);
  return new Map(pipeline.stages.filter(({ name }) => names.has(name)).map((stage) => [stage.name, stage]));
};

const describe = ({ seq, stage, type, attempt }: RunEvent): string =>
  stage === 'pipeline' ? `#${seq} ${type}` : `#${seq} ${type} of ${stage} (attempt ${attempt})`;
