import { z } from 'zod';
import { type RerunPlan, STAGE_STATES } from '../domain/index.ts';

const planned = z
  .object({ stage: z.string(), status: z.enum(STAGE_STATES), generation: z.int().positive() })
  .meta({ id: 'RerunStage' });

/** The answer to `dry_run`: what a rerun would do. */
export const wireRerunPlan = z
  .object({
    dry_run: z.literal(true),
    run_id: z.string(),
    stage: z.string(),
    downstream: z.boolean(),
    plan_hash: z.string().meta({ description: 'Of the stages that would run again and their states' }),
    runs_again: z.array(planned).meta({ description: 'Stages that open their next generation, as they are now' }),
    keeps: z.array(planned).meta({ description: 'Stages that have ended and keep their results' }),
  })
  .meta({ id: 'RerunPlan' });
export type WireRerunPlan = z.infer<typeof wireRerunPlan>;

export const toWireRerunPlan = ({
  runId,
  stage,
  downstream,
  planHash,
  runsAgain,
  keeps,
}: RerunPlan): WireRerunPlan => ({
  dry_run: true,
  run_id: runId,
  stage,
  downstream,
  plan_hash: planHash,
  runs_again: [...runsAgain],
  keeps: [...keeps],
});
