import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { Readings } from '@millrace/core/ports';
import type { FlowReadings } from '@millrace/core/redis';
import type { FlowProducer, Job, JobState, Queue } from 'bullmq';
import type { FlowJob } from './flow-job.ts';
import type { EndedJobs, RecentWork } from './recent-work.ts';

type JobCounts = Awaited<ReturnType<BullMQAdapter['getJobCounts']>>;
type JobStatus = Parameters<BullMQAdapter['getJobs']>[0][number];
export type FlowQuery = Parameters<FlowProducer['getFlow']>[0];
export type Flow = { readonly job: FlowJob; readonly children?: readonly Flow[] };

/** What BullMQ's own keys tell. */
const LISTED = ['active', 'waiting', 'waiting-children', 'prioritized', 'delayed'] as const;
/** Jobs of one list in one answer, whatever the page asks for. */
const MAX_JOBS = 500;

export interface FlowSource {
  readonly flows: FlowReadings;
  readonly store: Pick<Readings, 'outputsOf'>;
  readonly recent: () => Promise<RecentWork>;
  readonly workers: (queue: string) => ReturnType<BullMQAdapter['getWorkers']>;
  /** BullMQ's queue of this name, whether the board shows it or not. */
  readonly queue: (name: string) => Queue;
}

/**
 * A queue of ours on the board: what waits, runs or is delayed stands in BullMQ's lists; what each job is, and which have ended,
 * the runs' records say. Read-only: a job that the board moved would be moved behind the engine's back.
 */
export abstract class FlowAdapter extends BullMQAdapter {
  protected readonly bull: Queue;
  protected readonly source: FlowSource;

  constructor(bull: Queue, source: FlowSource, description: string) {
    super(bull, { readOnlyMode: true, allowRetries: false, description });
    this.bull = bull;
    this.source = source;
  }

  /** The newest of them. */
  protected abstract ended(): Promise<EndedJobs>;
  /** Null: no record has such a job in this queue. `state`: the list that it stands in; absent: what the record says. */
  protected abstract read(id: string, state?: JobState): Promise<FlowJob | null>;
  protected abstract flow(query: FlowQuery): Promise<Flow | null>;

  override async getJobCounts(): Promise<JobCounts> {
    const [listed, { completed, failed }] = await Promise.all([this.bull.getJobCounts(...LISTED), this.ended()]);
    return { ...listed, completed: completed.length, failed: failed.length };
  }

  override async getJobs(statuses: JobStatus[], start = 0, end = -1): Promise<Job[]> {
    const last = Math.min(end < 0 ? Infinity : end, start + MAX_JOBS - 1);
    const lists = await Promise.all(
      statuses.map(async (status) => {
        const ids = await this.idsIn(status, start, last);
        return Promise.all(ids.map((id) => this.known(id, status as JobState)));
      }),
    );
    return lists.flat().filter((job) => job !== undefined);
  }

  override getJob(id: string): Promise<Job | undefined> {
    return this.known(id);
  }

  override getFlowProducer(): Promise<FlowProducer | null> {
    // All that the board calls of it.
    const producer = { getFlow: (query: FlowQuery) => this.flow(query) };
    return Promise.resolve(producer as unknown as FlowProducer);
  }

  /** What somebody has added to the queue by hand is BullMQ's alone. */
  private async known(id: string, state?: JobState): Promise<Job | undefined> {
    return (await this.read(id, state)) ?? this.bull.getJob(id);
  }

  private async idsIn(status: JobStatus, start: number, last: number): Promise<readonly string[]> {
    if (status !== 'completed' && status !== 'failed') return this.bull.getRanges([status as JobState], start, last);
    return (await this.ended())[status].slice(start, last + 1).map(({ jobId }) => jobId);
  }
}
