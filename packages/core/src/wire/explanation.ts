import { z } from 'zod';
import { type Blocker, type Explanation, STAGE_STATES } from '../domain/index.ts';
import { toInstant, wireInstant } from './time.ts';

const status = z.enum(STAGE_STATES);
const blocker = <C extends string, E extends z.ZodRawShape>(code: C, evidence: E) =>
  z.object({
    code: z.literal(code),
    since: wireInstant,
    evidence: z.object(evidence),
    lifts_when: z.string().meta({ description: 'In words, as they follow "when"' }),
  });
const count = z.int().nonnegative();

export const wireBlocker = z
  .discriminatedUnion('code', [
    blocker('overlap', {
      holder: z.string().nullable().meta({ description: 'The run that holds the overlap lock' }),
      ahead: count.meta({ description: 'Runs before it in the line' }),
    }),
    blocker('dependency', { stages: z.array(z.object({ stage: z.string(), status })), more: count.meta({ description: 'That are not named' }) }),
    blocker('backoff', { attempt: count, next_attempt_at: wireInstant, error: z.object({ code: z.string(), message: z.string() }).nullable() }),
    blocker('no_worker', { queue: z.string(), lost: count.meta({ description: 'Workers that served it, whose lease is over' }) }),
    blocker('queue_paused', { queue: z.string() }),
    blocker('no_compatible_worker', {
      queue: z.string(),
      pipeline: z.string(),
      version: z.string().nullable().meta({ description: 'null: a worker with any version would do' }),
      registered: z.array(z.string()).meta({ description: 'What workers of the queue have of the pipeline, as `pipeline@version`' }),
    }),
    blocker('runs_apart', { queue: z.string() }),
    blocker('no_capacity', { queue: z.string(), slots: count.meta({ description: 'Of all workers that serve it' }), waiting: count }),
  ])
  .meta({ id: 'Blocker' });
export type WireBlocker = z.infer<typeof wireBlocker>;

export const wireExplanation = z
  .object({
    run_id: z.string(),
    at: wireInstant.meta({ description: "When it was asked, by Redis's clock, as `since` is" }),
    blockers: z.array(wireBlocker).meta({ description: 'Of the run as a whole' }),
    stages: z
      .array(z.object({ stage: z.string(), status, blockers: z.array(wireBlocker) }))
      .meta({ description: 'That wait, the nearest to running first. Without blockers: a worker takes it any moment' }),
    waiting: count.meta({ description: 'Stages that wait, also those beyond `limit`' }),
  })
  .meta({ id: 'Explanation' });
export type WireExplanation = z.infer<typeof wireExplanation>;

export const toWireExplanation = (runId: string, { at, blockers, stages, waiting }: Explanation): WireExplanation => ({
  run_id: runId,
  at: toInstant(at),
  blockers: blockers.map(toWireBlocker),
  stages: stages.map((one) => ({ stage: one.stage, status: one.status, blockers: one.blockers.map(toWireBlocker) })),
  waiting,
});

const toWireBlocker = ({ since, liftsWhen, ...blocked }: Blocker): WireBlocker => {
  const told = { since: toInstant(since), lifts_when: liftsWhen };
  switch (blocked.code) {
    case 'backoff': {
      const { attempt, nextAttemptAt, error } = blocked.evidence;
      return { ...told, code: blocked.code, evidence: { attempt, next_attempt_at: toInstant(nextAttemptAt), error } };
    }
    case 'dependency':
      return { ...told, code: blocked.code, evidence: { stages: [...blocked.evidence.stages], more: blocked.evidence.more } };
    case 'no_compatible_worker':
      return { ...told, code: blocked.code, evidence: { ...blocked.evidence, registered: [...blocked.evidence.registered] } };
    default:
      return { ...told, ...blocked };
  }
};
