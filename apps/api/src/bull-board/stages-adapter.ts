import { isRunId } from '@millrace/core/domain';
import { RUNS_QUEUE } from '@millrace/core/bullmq';
import type { Job, JobState } from 'bullmq';
import { type Flow, FlowAdapter, type FlowQuery } from './flow-adapter.ts';
import { type FlowJob, stageJob } from './flow-job.ts';
import type { EndedJobs } from './recent-work.ts';

/** A pool: the stages that its workers run. */
export class StagesAdapter extends FlowAdapter {
  override getWorkers(): ReturnType<FlowAdapter['getWorkers']> {
    return this.source.workers(this.bull.name);
  }

  /** With the stage's output, which lists omit: outputs are large. */
  override async getJob(id: string): Promise<Job | undefined> {
    return (await this.read(id, undefined, true)) ?? super.getJob(id);
  }

  protected override async ended(): Promise<EndedJobs> {
    return (await this.source.recent()).stages(this.bull.name);
  }

  protected override async read(id: string, state?: JobState, withOutput = false): Promise<FlowJob | null> {
    const { flows, store, queue } = this.source;
    const [runId = '', index = '', generation] = id.split('.');
    if (!isRunId(runId) || !/^\d{1,5}$/.test(index)) return null;
    const found = await flows.stage(runId, Number(index));
    const stage = found?.run.stages[0];
    if (!stage || stage.queue !== this.bull.name || String(stage.generation) !== generation) return null;
    const [output] = withOutput && stage.status === 'succeeded' ? await store.outputsOf(runId, [Number(index)]) : [];
    return stageJob(this.bull, queue(RUNS_QUEUE), found.run, found.stage, stage, { state, output });
  }

  protected override async flow({ id }: FlowQuery): Promise<Flow | null> {
    const job = await this.read(id);
    return job && { job };
  }
}
