import { z } from 'zod';
import { type Blocker, type Explanation, PAUSE_SCOPES, STAGE_STATES } from '../domain/index.ts';
import { wirePauseCause } from './run.ts';
import { toInstant, toInstantOrNull, wireInstant } from './time.ts';

const status = z.enum(STAGE_STATES);
const blocker = <C extends string, E extends z.ZodRawShape>(code: C, evidence: E) =>
  z.object({
    code: z.literal(code),
    since: wireInstant,
    evidence: z.object(evidence),
    lifts_when: z.string().meta({ description: 'When the blocker lifts, as a clause that completes "lifts when …"' }),
  });
const count = z.int().nonnegative();

export const wireBlocker = z
  .discriminatedUnion('code', [
    blocker('overlap', {
      holder: z.string().nullable().meta({ description: 'The live run, which holds the overlap lock' }),
      ahead: count.meta({ description: 'Runs queued ahead of this one' }),
    }),
    blocker('paused', {
      scope: z.enum(PAUSE_SCOPES).meta({
        description:
          'What was paused: this run, its pipeline, or all pipelines; `rerun`: the run, while a rerun opens stages again',
      }),
      by: z.string().nullable(),
      reason: z.string().nullable(),
      cause: wirePauseCause.optional(),
    }),
    blocker('awaiting_gate', {
      gate: z.string().meta({ description: 'Id of the gate' }),
      who: z
        .array(z.string())
        .meta({ description: 'Who may decide: `role:<role>`, with all higher ones, or `name:<token>`' }),
      votes: count.meta({ description: 'Approvals so far' }),
      quorum: count,
      deadline: wireInstant.nullable(),
    }),
    blocker('dependency', {
      stages: z.array(z.object({ stage: z.string(), status })),
      more: count.meta({ description: 'Dependencies not listed' }),
    }),
    blocker('backoff', {
      attempt: count,
      next_attempt_at: wireInstant,
      error: z.object({ code: z.string(), message: z.string() }).nullable(),
    }),
    blocker('no_worker', {
      queue: z.string(),
      lost: count.meta({ description: 'Workers that served the queue and lost their lease' }),
    }),
    blocker('queue_paused', { queue: z.string() }),
    blocker('no_compatible_worker', {
      queue: z.string(),
      pipeline: z.string(),
      version: z.string().nullable().meta({ description: 'null: any version will do' }),
      registered: z
        .array(z.string())
        .meta({ description: 'Versions of the pipeline that workers of the queue have, as `pipeline@version`' }),
    }),
    blocker('runs_apart', { queue: z.string() }),
    blocker('no_capacity', {
      queue: z.string(),
      slots: count.meta({ description: 'Slots of all workers that serve the queue' }),
      waiting: count,
    }),
  ])
  .meta({ id: 'Blocker' });
export type WireBlocker = z.infer<typeof wireBlocker>;

export const wireExplanation = z
  .object({
    run_id: z.string(),
    at: wireInstant.meta({ description: "Time of the answer, by Redis's clock, like `since`" }),
    blockers: z.array(wireBlocker).meta({ description: 'Blockers of the whole run' }),
    stages: z
      .array(z.object({ stage: z.string(), status, blockers: z.array(wireBlocker) }))
      .meta({ description: 'Waiting stages, closest to running first. No blockers: the next free worker takes it' }),
    waiting: count.meta({ description: 'Waiting stages, including those beyond `limit`' }),
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
    case 'awaiting_gate': {
      const { who, deadline, ...evidence } = blocked.evidence;
      return {
        ...told,
        code: blocked.code,
        evidence: { ...evidence, who: [...who], deadline: toInstantOrNull(deadline) },
      };
    }
    case 'dependency':
      return {
        ...told,
        code: blocked.code,
        evidence: { stages: [...blocked.evidence.stages], more: blocked.evidence.more },
      };
    case 'no_compatible_worker':
      return {
        ...told,
        code: blocked.code,
        evidence: { ...blocked.evidence, registered: [...blocked.evidence.registered] },
      };
    default:
      return { ...told, ...blocked };
  }
};
