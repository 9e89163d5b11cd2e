import { isTerminalStage, jobIdOf, type Run, type RunId } from '@millrace/core/domain';
import type { FlowReadings, RunHead } from '@millrace/core/redis';
import { keptFor } from './kept-for.ts';

/** Number of ended runs shown, and of live runs whose ended stages are shown. */
const ENDED_RUNS = 1_000;
const LIVE_RUNS = 200;
/** Stages shown of each of the two, newest runs first. A run that would exceed this is shown without its stages. */
const MAX_STAGES = 20_000;
/** Runs read at once. */
const BATCH = 50;
/** How long a reading is reused, ms: a poll of the board requests each queue separately. */
const FRESH_MS = 1_000;

/** Newest first. */
export interface EndedJobs {
  readonly completed: readonly EndedJob[];
  readonly failed: readonly EndedJob[];
}
export interface EndedJob {
  readonly jobId: string;
  /** ms since the epoch. */
  readonly finishedAt: number;
}

/** The ended work of one instant. */
export interface RecentWork {
  readonly runs: EndedJobs;
  /** Of the stages' queue of this name. */
  stages(queue: string): EndedJobs;
}

interface EndedStage extends EndedJob {
  readonly queue: string;
  readonly succeeded: boolean;
}
interface RunSummary {
  readonly head: RunHead;
  /** Stages read; 0: it is shown without them. */
  readonly read: number;
  readonly stages: readonly EndedStage[];
}
type Summaries = ReadonlyMap<RunId, RunSummary>;

const NONE: EndedJobs = { completed: [], failed: [] };

/**
 * One reading for all queues of a poll. An ended run never changes, so it is read once; a live one is read again after
 * new events.
 */
export const recentWork = (flows: FlowReadings, freshMs = FRESH_MS): (() => Promise<RecentWork>) => {
  let ended: Summaries = new Map();
  let live: Summaries = new Map();

  const read = async (): Promise<RecentWork> => {
    const [endedIds, liveIds] = await Promise.all([flows.newestEnded(ENDED_RUNS), flows.someLive(LIVE_RUNS)]);
    ended = await summariesOf(flows, endedIds, ended, true);
    live = await summariesOf(
      flows,
      liveIds.filter((id) => !ended.has(id)),
      live,
      false,
    );
    return workOf([...ended.values()], [...live.values()]);
  };
  return keptFor(freshMs, read);
};

const summariesOf = async (flows: FlowReadings, ids: readonly RunId[], known: Summaries, areOver: boolean) => {
  const found = new Map<RunId, RunSummary>();
  let stages = 0;
  for (let from = 0; from < ids.length; from += BATCH) {
    const batch = ids.slice(from, from + BATCH);
    const asked = areOver ? batch.filter((id) => !known.has(id)) : batch;
    const heads = new Map((await flows.heads(asked)).flatMap((head) => (head ? [[head.runId, head]] : [])));
    const summaries = batch.map(async (id) => {
      const before = known.get(id);
      const head = heads.get(id) ?? before?.head;
      if (head === undefined) return null;
      const kept = before?.head.seq === head.seq ? before : null;
      const read = kept?.read ?? (stages + head.pipeline.stages.length > MAX_STAGES ? 0 : head.pipeline.stages.length);
      stages += read;
      return kept ?? summaryOf(flows, head, read);
    });
    for (const summary of await Promise.all(summaries)) if (summary) found.set(summary.head.runId, summary);
  }
  return found;
};

const summaryOf = async (flows: FlowReadings, head: RunHead, read: number): Promise<RunSummary> => {
  const run = read > 0 ? await flows.states(head.runId, head.pipeline) : null;
  return { head, read, stages: run ? endedStages(run, head) : [] };
};

/** The stages that ended as a job; one skipped or cancelled before it ran never was a job. */
const endedStages = (run: Run, { pipeline }: RunHead): readonly EndedStage[] => {
  const places = new Map(pipeline.stages.map(({ name, index }) => [name, index]));
  return run.stages.flatMap(({ stage, queue, status, generation, startedAt, finishedAt }) => {
    if (!isTerminalStage(status) || finishedAt === null || (startedAt === null && status !== 'failed')) return [];
    const jobId = jobIdOf(run.runId, places.get(stage)!, generation);
    return [{ jobId, queue, succeeded: status === 'succeeded', finishedAt }];
  });
};

const workOf = (ended: readonly RunSummary[], live: readonly RunSummary[]): RecentWork => {
  const runs = ended.map(({ head: { runId, status, finishedAt } }) => {
    return { jobId: runId, finishedAt: finishedAt ?? 0, succeeded: status === 'succeeded' };
  });
  const queues = new Map<string, EndedStage[]>();
  for (const stage of [...live, ...ended].flatMap(({ stages }) => stages)) {
    const others = queues.get(stage.queue);
    if (others) others.push(stage);
    else queues.set(stage.queue, [stage]);
  }
  const sorted = new Map<string, EndedJobs>();
  return {
    runs: sort(runs),
    stages: (queue) => {
      const jobs = sorted.get(queue) ?? sort(queues.get(queue) ?? []);
      sorted.set(queue, jobs);
      return jobs;
    },
  };
};

const sort = (jobs: readonly (EndedJob & { readonly succeeded: boolean })[]): EndedJobs => {
  if (jobs.length === 0) return NONE;
  const newest = jobs.toSorted((a, b) => b.finishedAt - a.finishedAt);
  const those = (wanted: boolean) => newest.filter(({ succeeded }) => succeeded === wanted);
  return { completed: those(true), failed: those(false) };
};
