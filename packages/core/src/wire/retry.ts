import { z } from 'zod';
import type { PlannedStage } from '../domain/index.ts';
import { toWireReusedFrom, wireReusedFrom } from './run.ts';

/** What a retry would do; `plan_hash` stands for all of it. */
export const wireRetryPlan = z
  .object({
    dry_run: z.literal(true),
    retry_of: z.string(),
    pipeline: z.string(),
    version: z.string(),
    mode: z.string().nullable(),
    params: z.record(z.string(), z.unknown()),
    overlap: z.string(),
    stages: z
      .array(
        z.object({
          stage: z.string(),
          action: z.enum(['run', 'reuse', 'skip', 'leave_out']),
          because: z.string(),
          reused_from: wireReusedFrom.nullable(),
        }),
      )
      .meta({
        description:
          'In definition order. `run`: it runs; `reuse`: it has succeeded from the start; `skip`: it stays skipped; `leave_out`: the new run does not have it',
      }),
    plan_hash: z.string().meta({ description: 'With it the retry is refused if the plan has changed' }),
  })
  .meta({ id: 'RetryPlan' });
export type WireRetryPlan = z.infer<typeof wireRetryPlan>;

export const toWirePlannedStage = ({
  stage,
  action,
  because,
  reusedFrom,
}: PlannedStage): WireRetryPlan['stages'][number] => ({
  stage,
  action,
  because,
  reused_from: reusedFrom && toWireReusedFrom(reusedFrom),
});
