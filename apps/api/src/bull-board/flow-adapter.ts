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

/** Facts from BullMQ's own keys. */
const LISTED = ['active', 'waiting', 'waiting-children', 'prioritized', 'delayed'] as const;
/** Most jobs of one list per answer, whatever the page requests. */
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
 * A queue of ours on the board: BullMQ's lists hold what waits, runs or is delayed; the details of each job, and the
 * ended ones, come from the runs' records. Read-only: the engine would not notice a job moved by the board.
 */
export abstract class FlowAdapter extends BullMQAdapter {
  protected readonly bull: Queue;
  protected readonly source: FlowSource;

  constructor(bull: Queue, source: FlowSource, description: string) {
    super(bull, { readOnlyMode: true, allowRetries: false, description });
    this.bull = bull;
    this.source = source;
  }

  /** Newest first. */
  protected abstract ended(): Promise<EndedJobs>;
  /** Null: no record has such a job in this queue. `state`: the list it is in; absent: as recorded. */
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
    // The only methods that the board calls.
    const producer = { getFlow: (query: FlowQuery) => this.flow(query) };
    return Promise.resolve(producer as unknown as FlowProducer);
  }

  /** A job added to the queue by hand exists in BullMQ only. */
  private async known(id: string, state?: JobState): Promise<Job | undefined> {
    return (await this.read(id, state)) ?? this.bull.getJob(id);
  }

  private async idsIn(status: JobStatus, start: number, last: number): Promise<readonly string[]> {
    if (status !== 'completed' && status !== 'failed') return this.bull.getRanges([status as JobState], start, last);
    return (await this.ended())[status].slice(start, last + 1).map(({ jobId }) => jobId);
  }
}
