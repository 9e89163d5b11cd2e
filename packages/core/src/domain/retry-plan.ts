/**
 * What a retry of an ended run does with each stage. Pure: the same plan is shown before a retry and carried out by
 * it (docs/retries.md).
 */
import { canonicalJson } from './canonical-json.ts';
import { MillraceError } from './errors.ts';
import type { RunId, StageName } from './ids.ts';
import type { Pipeline, Stage } from './pipeline.ts';
import type { ReusedFrom, StageRun } from './run.ts';

export interface RetrySource {
  readonly runId: RunId;
  /** The version it ran with. */
  readonly pipeline: Pipeline;
  /** Those that exist for it. */
  readonly stages: readonly Pick<StageRun, 'stage' | 'status' | 'generation' | 'reusedFrom'>[];
}

export interface RetryOptions {
  /** Run this stage, and what depends on it, and keep the rest. */
  readonly from: StageName | null;
  /** False: with `from`, leave out what depends on it. */
  readonly downstream: boolean;
  /** Without `from`: run only what did not succeed and what depends on it; false: run everything. */
  readonly failedOnly: boolean;
  /** The new run has other params than the source. */
  readonly otherParams: boolean;
}

/**
 * `reuse`: it has succeeded from the start, with the result of an earlier run. `skip`: it was skipped, and nothing that
 * decided so runs again. `leave_out`: the new run does not have it.
 */
export type PlannedStage = { readonly stage: StageName; readonly because: string } & (
  | { readonly action: 'run' | 'skip' | 'leave_out'; readonly reusedFrom: null }
  | { readonly action: 'reuse'; readonly reusedFrom: ReusedFrom }
);

/**
 * The stages of the new run on `pipeline`, in its order, and those left out. No stage is reused whose upstream runs
 * again.
 * @throws MillraceError `unknown_stage`; `nothing_to_retry`; `cannot_reuse` with `extra.stage`: a stage whose result
 *   would be needed has none
 */
export const planRetryOf = (
  source: RetrySource,
  pipeline: Pipeline,
  options: RetryOptions,
): readonly PlannedStage[] => {
  const before = new Map(source.stages.map((stage) => [stage.stage, stage]));
  const whole = source.stages.length === source.pipeline.stages.length;
  const changes = changesOf(source.pipeline, pipeline);
  const stages = pipeline.stages.filter(({ name }) => before.has(name) || (whole && changes.get(name) === 'new'));
  if (options.from !== null && !stages.some(({ name }) => name === options.from))
    throw new MillraceError('unknown_stage', `the run has no stage "${options.from}"`);

  const reasons = new Map<StageName, string>();
  for (const { name } of stages) {
    const status = before.get(name)?.status;
    const change = changes.get(name);
    if (change === 'new') reasons.set(name, 'it is new in the definition');
    else if (change === 'changed') reasons.set(name, 'its definition changed');
    else if (options.from !== null) {
      if (name === options.from) reasons.set(name, 'the retry begins here');
    } else if (!options.failedOnly) reasons.set(name, 'everything runs again');
    else if (options.otherParams) reasons.set(name, 'the params changed, and it can read them');
    else if (status !== 'succeeded' && status !== 'skipped') reasons.set(name, `it ended ${status}`);
  }
  closeOver(stages, reasons, options.downstream);

  const leftOut = new Map<StageName, string>();
  const outdated = new Set<StageName>(reasons.keys());
  for (const { name, dependsOn } of stages) {
    if (reasons.has(name)) continue;
    const status = before.get(name)?.status;
    const upstream = dependsOn.find((on) => outdated.has(on));
    if (upstream !== undefined) {
      outdated.add(name);
      leftOut.set(name, `it depends on ${upstream}`);
    } else if (status !== 'succeeded' && status !== 'skipped') leftOut.set(name, `it ended ${status}`);
  }

  const planned = stages.map(({ name }): PlannedStage => {
    const because = reasons.get(name);
    if (because !== undefined) return { stage: name, action: 'run', because, reusedFrom: null };
    const left = leftOut.get(name);
    if (left !== undefined) return { stage: name, action: 'leave_out', because: left, reusedFrom: null };
    const made = before.get(name)!;
    if (made.status === 'skipped')
      return {
        stage: name,
        action: 'skip',
        because: 'it was skipped, and nothing that decided it runs',
        reusedFrom: null,
      };
    return { stage: name, action: 'reuse', because: 'it succeeded', reusedFrom: originOf(source.runId, made, options) };
  });
  if (reasons.size === 0)
    throw new MillraceError(
      'nothing_to_retry',
      'every stage of the run succeeded or was skipped: name a stage with `from`',
    );
  refuseUnmet(stages, reasons, leftOut);
  return planned;
};

/** Follows a chain of retries to the run that made the result. */
const originOf = (
  runId: RunId,
  { generation, reusedFrom }: RetrySource['stages'][number],
  { otherParams }: RetryOptions,
): ReusedFrom =>
  reusedFrom === null
    ? { runId, generation, otherParams }
    : { ...reusedFrom, otherParams: otherParams || reusedFrom.otherParams };

/**
 * Adds what must run too: dependants, as long as `downstream`, and the set-ups around what runs. A set-up may be undone
 * by now, so its result does not stand for what it had set up; and what is set up is torn down.
 */
const closeOver = (stages: readonly Stage[], reasons: Map<StageName, string>, downstream: boolean): void => {
  const teardowns = stages.filter(({ teardown }) => teardown !== undefined);
  for (let size = -1; size !== reasons.size; ) {
    size = reasons.size;
    for (const { name, dependsOn } of stages) {
      const upstream = dependsOn.find((on) => reasons.has(on));
      if (downstream && upstream !== undefined && !reasons.has(name)) reasons.set(name, `it depends on ${upstream}`);
    }
    for (const { name, teardown } of teardowns)
      for (const setUp of teardown!.of) {
        if (reasons.has(setUp) && !reasons.has(name)) reasons.set(name, `it undoes ${setUp}`);
        const user = reasons.has(setUp) ? undefined : usersOf(stages, setUp).find((one) => reasons.has(one));
        if (user !== undefined && stages.some((stage) => stage.name === setUp))
          reasons.set(setUp, `it sets up for ${user}`);
      }
  }
};

/** What depends on the stage, directly or not, teardowns aside. */
const usersOf = (stages: readonly Stage[], of: StageName): readonly StageName[] => {
  const found = new Set([of]);
  for (const { name, dependsOn, teardown } of stages)
    if (teardown === undefined && dependsOn.some((on) => found.has(on))) found.add(name);
  return [...found].slice(1);
};

/** A stage cannot run without a dependency that is in the source but neither runs nor has a result. */
const refuseUnmet = (
  stages: readonly Stage[],
  reasons: ReadonlyMap<StageName, string>,
  leftOut: ReadonlyMap<StageName, string>,
): void => {
  const unmet = new Set(
    stages
      .filter(({ name, teardown }) => reasons.has(name) && teardown === undefined)
      .flatMap(({ dependsOn }) => dependsOn.filter((on) => leftOut.has(on))),
  );
  const first = stages.find(({ name }) => unmet.has(name))?.name;
  if (first === undefined) return;
  throw new MillraceError(
    'cannot_reuse',
    `stage "${first}" must run first: ${leftOut.get(first)!}, so there is no result of it to reuse`,
    { extra: { stage: first } },
  );
};

/** Compared by all that the definition says of a stage; its place in the pipeline does not matter. */
const changesOf = (before: Pipeline, now: Pipeline): ReadonlyMap<StageName, 'new' | 'changed'> => {
  const changes = new Map<StageName, 'new' | 'changed'>();
  if (before.version === now.version) return changes;
  const known = new Map(before.stages.map((stage) => [stage.name, contentOf(stage)]));
  for (const stage of now.stages) {
    const content = known.get(stage.name);
    if (content === undefined) changes.set(stage.name, 'new');
    else if (content !== contentOf(stage)) changes.set(stage.name, 'changed');
  }
  return changes;
};

const contentOf = ({ index: _, ...stage }: Stage): string => canonicalJson(stage);

/** Ids of its retries that a run keeps. */
export const MOST_RETRIES = 50;
