import { isRunId, type StageRun } from '@millrace/core/domain';
import type { JobState } from 'bullmq';
import { type Flow, FlowAdapter, type FlowQuery } from './flow-adapter.ts';
import { type FlowJob, runJob, stageJob } from './flow-job.ts';
import type { EndedJobs } from './recent-work.ts';

/** Order of the stages of a flow too wide to show in full: those most likely looked for come first. */
const INTEREST: readonly StageRun['status'][] = [
  'failed',
  'running',
  'retrying',
  'queued',
  'awaiting_gate',
  'cancelled',
];

/** The flows' parents: each job is a run, its children are the stages. */
export class RunsAdapter extends FlowAdapter {
  protected override async ended(): Promise<EndedJobs> {
    return (await this.source.recent()).runs;
  }

  protected override async read(id: string, state?: JobState): Promise<FlowJob | null> {
    const run = isRunId(id) ? await this.source.flows.run(id) : null;
    return run && runJob(this.bull, run, state);
  }

  protected override async flow({ id, depth = 10, maxChildren = 20 }: FlowQuery): Promise<Flow | null> {
    const { flows, queue } = this.source;
    const [head] = isRunId(id) ? await flows.heads([id]) : [];
    const run = head && (await flows.states(head.runId, head.pipeline));
    if (!run) return null;
    const job = runJob(this.bull, run);
    if (depth < 2) return { job };
    const specs = new Map(head.pipeline.stages.map((spec) => [spec.name, spec]));
    const children = shown(run.stages, maxChildren).map((stage) => ({
      job: stageJob(queue(stage.queue), this.bull, run, specs.get(stage.stage)!, stage),
    }));
    return { job, children };
  }
}

const shown = (stages: readonly StageRun[], most: number): readonly StageRun[] => {
  if (stages.length <= most) return stages;
  const rank = ({ status }: StageRun) => (INTEREST.indexOf(status) + INTEREST.length + 1) % (INTEREST.length + 1);
  const chosen = new Set(stages.toSorted((a, b) => rank(a) - rank(b)).slice(0, most));
  return stages.filter((stage) => chosen.has(stage));
};
