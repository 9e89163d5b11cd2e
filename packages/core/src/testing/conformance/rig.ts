/** What a conformance test stands on: a store, a clock that it can wait on, and words for what a test does. */
import { v7 } from 'uuid';
import {
  type Pipeline,
  planRetryOf,
  type RetryOptions,
  type Run,
  type RunEvent,
  type RunId,
  type RunSummary,
  type StageName,
} from '../../domain/index.ts';
import type {
  CancelAnswer,
  CancelRun,
  Control,
  Feed,
  KeptStage,
  Page,
  RerunAnswer,
  RerunStage,
  ResumeAnswer,
  StartAnswer,
  StartRun,
  Store,
} from '../../ports/index.ts';
import { checkRunLog } from './check-run-log.ts';
import { checkSummary } from './check-summary.ts';
import { type TestWorker, testWorker } from './test-worker.ts';

export interface Harness {
  readonly store: Store;
  readonly feed: Feed;
  /** Without it the wake-up of a cancel is not tested. */
  readonly control?: Control;
  /** Lets the store's clock go on by ms at once; null: the store lives in real time, and the suite waits. */
  readonly advanceTime: ((ms: number) => Promise<void>) | null;
  close(): Promise<void>;
}

/** A store that is empty: each test asks for its own. */
export type MakeStore = () => Promise<Harness>;

export interface Rig extends Pick<Harness, 'store' | 'feed' | 'control'> {
  /** A day can pass: the test may use long times. */
  readonly skipsTime: boolean;
  /** At least `ms` go by on the store's clock. */
  pass(ms: number): Promise<void>;
  /** Asks until the answer is neither null, undefined nor false; fails with `what` after five seconds. */
  until<T>(what: string, ask: () => Promise<T | null | undefined | false>): Promise<T>;
  register(pipeline: Pipeline): Promise<Pipeline>;
  /** Starts a run of a registered pipeline and lets the store finish what it cut. */
  ask(pipeline: Pipeline, command?: Partial<StartRun>): Promise<StartAnswer>;
  /** Registers and starts; the test fails unless the run is `started` or `queued`. */
  start(pipeline: Pipeline, command?: Partial<StartRun>): Promise<RunId>;
  cancel(runId: RunId, command?: Partial<CancelRun>): Promise<CancelAnswer>;
  resume(runId: RunId): Promise<ResumeAnswer>;
  /** Has the stage run again, with what depends on it, and lets the store finish what it cut. */
  rerun(runId: RunId, stage: string, command?: Partial<RerunStage>): Promise<RerunAnswer>;
  /** Retries an ended run, on its own version unless another is given. */
  retry(runId: RunId, options?: RetryAsked): Promise<StartAnswer>;
  /** Goes on with a transition that the store cut. */
  expand(runId: RunId): Promise<void>;
  /** What was registered so far. */
  readonly pipelines: readonly Pipeline[];
  /** A worker with a lease of a minute, registered with the code of these pipelines; without them with that of all. */
  worker(name?: string, pipelines?: readonly Pipeline[]): Promise<TestWorker>;
  run(runId: RunId): Promise<Run>;
  log(runId: RunId): Promise<readonly RunEvent[]>;
  /** The log in short: `run.created`, `a started`, `a succeeded`, `run.succeeded`. */
  facts(runId: RunId): Promise<readonly string[]>;
  /** Violations in any run of the store. */
  violations(): Promise<readonly string[]>;
}

export interface RetryAsked extends Partial<RetryOptions> {
  readonly pipeline?: Pipeline;
  /** Ids of artifacts to keep. */
  readonly artifacts?: readonly string[];
  readonly command?: Partial<StartRun>;
}

/** Tests about one verb; `rig` gives the current test's. */
export type Suite = (rig: () => Rig) => void;

export const newRunId = (): RunId => v7() as RunId;

export const rigOf = (harness: Harness): Rig => {
  const { store, feed, control, advanceTime } = harness;
  const pipelines: Pipeline[] = [];
  const rig: Rig = {
    pipelines,
    store,
    feed,
    ...(control ? { control } : {}),
    skipsTime: advanceTime !== null,
    pass: async (ms) => {
      if (advanceTime) return advanceTime(ms);
      const end = (await store.now()) + ms;
      await rig.until(`${ms} ms to pass`, async () => (await store.now()) >= end);
    },
    until: async (what, ask) => {
      const deadline = Date.now() + 5_000;
      for (let round = 0; advanceTime ? round < 1_000 : Date.now() < deadline; round++) {
        const answer = await ask();
        if (answer !== null && answer !== undefined && answer !== false) return answer;
        await (advanceTime ? advanceTime(10) : new Promise((resolve) => setTimeout(resolve, 5)));
      }
      throw new Error(`it did not come to pass: ${what}`);
    },
    register: async (pipeline) => {
      await store.registerPipeline(pipeline, { makeCurrent: true });
      if (!pipelines.includes(pipeline)) pipelines.push(pipeline);
      return pipeline;
    },
    ask: async (pipeline, command = {}) => {
      const answer = await store.startRun({ ...startOf(pipeline), ...command });
      if ('runId' in answer) await rig.expand(answer.runId);
      if ('cancelled' in answer) for (const runId of answer.cancelled) await rig.expand(runId);
      return answer;
    },
    start: async (pipeline, command = {}) => {
      await rig.register(pipeline);
      const answer = await rig.ask(pipeline, command);
      if (answer.kind !== 'started' && answer.kind !== 'queued')
        throw new Error(`the run did not start: ${JSON.stringify(answer)}`);
      return answer.runId;
    },
    cancel: async (runId, command = {}) => {
      const answer = await store.cancelRun({ runId, reason: 'enough', by: 'ann', graceMs: null, ...command });
      if ('more' in answer) await Promise.all(answer.more.map(rig.expand));
      return answer;
    },
    resume: async (runId) => {
      const answer = await store.resumeRun({ runId, by: 'bob', reason: null });
      if ('more' in answer) await Promise.all(answer.more.map(rig.expand));
      return answer;
    },
    rerun: async (runId, stage, command = {}) => {
      const asked = { runId, stage: stage as StageName, downstream: true, gate: null, ifSeq: null, idempotency: null };
      for (;;) {
        const answer = await store.rerunStage({ ...asked, by: 'rae', reason: null, ...command });
        if ('more' in answer) await Promise.all(answer.more.map(rig.expand));
        if (answer.kind !== 'unfinished') return answer;
      }
    },
    retry: async (runId, asked = {}) => {
      const source = await rig.run(runId);
      const ran = (await store.pipeline(source.pipeline, source.version))!;
      const { pipeline = ran } = asked;
      return rig.ask(pipeline, { ...retryOf({ source, ran, pipeline }, asked), ...asked.command });
    },
    expand: async (runId) => {
      for (const left = [runId]; left.length > 0; ) left.push(...(await store.expandRun(left.shift()!)).more);
    },
    worker: (name, known) => testWorker(rig, name, known),
    run: async (runId) => (await store.run(runId)) ?? missing(runId),
    log: async (runId) => {
      const log: RunEvent[] = [];
      for (;;) {
        const page = (await store.events(runId, { afterSeq: log.at(-1)?.seq ?? 0, limit: 1_000 })) ?? missing(runId);
        if (page.length === 0) return log;
        log.push(...page);
      }
    },
    facts: async (runId) =>
      (await rig.log(runId)).map(({ stage, type }) =>
        stage === 'pipeline' ? type : `${stage} ${type.replace(/^stage\./, '')}`,
      ),
    violations: async () => {
      const problems: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Page<RunSummary> = await store.runs({ limit: 100, cursor });
        for (const summary of page.items) {
          const { runId, version } = summary;
          const [pipeline, run] = [await store.pipeline(summary.pipeline, version), await rig.run(runId)];
          if (!pipeline) problems.push(`${runId}: its version ${version} is gone`);
          else
            problems.push(
              ...[...checkRunLog(pipeline, await rig.log(runId), run), ...checkSummary(summary, run)].map(
                (problem) => `${runId}: ${problem}`,
              ),
            );
        }
        cursor = page.nextCursor;
      } while (cursor !== null);
      return problems;
    },
  };
  return rig;
};

/** A plain start by hand: every stage, overlap `allow`. */
export const startOf = (pipeline: Pipeline): StartRun => ({
  runId: newRunId(),
  pipeline: pipeline.name,
  version: pipeline.version,
  trigger: { kind: 'manual', by: 'ann' },
  overlap: 'allow',
  mode: null,
  params: {},
  stages: null,
  labels: {},
  reason: null,
  idempotency: null,
});

/** What a retry's start differs in. */
export const retryOf = (
  { source, ran, pipeline }: { readonly source: Run; readonly ran: Pipeline; readonly pipeline: Pipeline },
  { from = null, downstream = true, failedOnly = true, otherParams = false, artifacts = [] }: RetryAsked = {},
): Partial<StartRun> => {
  const planned = planRetryOf({ runId: source.runId, pipeline: ran, stages: source.stages }, pipeline, {
    from,
    downstream,
    failedOnly,
    otherParams,
  });
  const present = planned.filter(({ action }) => action !== 'leave_out').map(({ stage }) => stage);
  const kept = planned.flatMap(({ stage, action, reusedFrom }): readonly KeptStage[] => {
    if (action === 'skip') return [{ stage, status: 'skipped', reusedFrom: null }];
    return action === 'reuse' ? [{ stage, status: 'succeeded', reusedFrom }] : [];
  });
  return {
    trigger: { kind: 'retry', by: 'ann' },
    stages: present.length === pipeline.stages.length ? null : present,
    retry: { of: source.runId, kept, artifacts },
  };
};

const missing = (runId: RunId): never => {
  throw new Error(`there is no run ${runId}`);
};
