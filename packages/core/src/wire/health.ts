import { z } from 'zod';
import { wireStranded } from './deployment.ts';
import { wireInstant } from './time.ts';
import { wireRecord } from './pipeline.ts';
import { wirePauseInForce } from './run.ts';

const bytes = z.number().nonnegative();
/** How the pipelines and the system do. */
export const wireHealth = z
  .object({
    status: z.enum(['ok', 'degraded']),
    concerns: z.array(z.string()).meta({ description: 'Why the status is not `ok`, one sentence each' }),
    pipelines: z.array(
      z.object({
        pipeline: z.string(),
        status: z.enum(['ok', 'failing', 'stale', 'never_ran']),
        error_rate: z.number().nullable(),
        ...wireRecord,
      }),
    ),
    system: z.object({
      redis: z.object({
        version: z.string(),
        role: z.string(),
        aof: z.boolean(),
        eviction_policy: z.string(),
        used_memory_bytes: bytes,
        max_memory_bytes: bytes,
        clients: z.number(),
        uptime_seconds: z.number(),
      }),
      workers: z.object({ count: z.int(), slots: z.int(), busy: z.int() }),
      queues_without_workers: z.array(z.string()).meta({ description: 'Queues with waiting stages and no worker' }),
      stranded: z.array(wireStranded),
      pauses: z.array(wirePauseInForce).meta({ description: 'Paused pipelines, and the deployment if it is' }),
      scheduler: z.object({ leader: z.string(), fence: z.int() }).nullable(),
      clock_step: z
        .object({ at: wireInstant, step_ms: z.number().meta({ description: 'Negative: back' }) })
        .nullable()
        .meta({ description: "The last observed jump of Redis's clock" }),
      disk: z.object({ path: z.string(), free_bytes: bytes, total_bytes: bytes }),
      memory: z.object({ rss_bytes: bytes }),
      counters: z.record(z.string(), z.number()),
    }),
    definition_problems: z.array(
      z.object({ message: z.string(), errors: z.array(z.object({ path: z.string(), message: z.string() })) }),
    ),
  })
  .meta({ id: 'Health' });
export type WireHealth = z.infer<typeof wireHealth>;
