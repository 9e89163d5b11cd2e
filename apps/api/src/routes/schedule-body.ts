import { DEFAULT_CATCH_UP, problemOfCron, problemOfInterval, problemOfTimezone } from '@millrace/core/definition';
import {
  isName,
  LIMITS,
  NAME_RULE,
  OVERLAP_POLICIES,
  type OverlapPolicy,
  parseDuration,
  type StageName,
} from '@millrace/core/domain';
import type { Recurrence } from '@millrace/core/engine';
import type { ScheduleSettings } from '@millrace/core/ports';
import { z } from 'zod';

/** Request bodies of schedules, and the settings they stand for. */

const problem = (text: string | null, context: { addIssue(message: string): void }): void => {
  if (text !== null) context.addIssue(text);
};

const duration = z.union([z.string().max(100), z.number()]).transform((value, context) => {
  const ms = parseDuration(value);
  if (ms === null || !Number.isSafeInteger(ms))
    context.addIssue('must be a duration such as "30s", "5m" or "1h30m", or a number of ms');
  return ms ?? 0;
});

const recurrence = {
  cron: z
    .string()
    .max(200)
    .superRefine((cron, context) => problem(problemOfCron(cron), context))
    .optional()
    .meta({
      description:
        'Five fields, or six with seconds first. If both day of month and weekday are set, either one matching is enough',
    }),
  every: duration
    .transform((ms, context) => {
      problem(problemOfInterval(ms), context);
      return ms;
    })
    .optional()
    .meta({ description: 'Instead of "cron": "90s", or ms; aligned to the Unix epoch' }),
  timezone: z
    .string()
    .max(100)
    .superRefine((timezone, context) => problem(problemOfTimezone(timezone), context))
    .optional()
    .meta({ description: 'IANA name; default UTC' }),
};

const catchUp = z
  .strictObject({ policy: z.enum(['none', 'last', 'all']).optional(), window: duration.optional() })
  .meta({
    description: 'Which ticks missed while no scheduler was running are run late; default: the last, within 15m',
  });
const overlap = z.enum(OVERLAP_POLICIES as [OverlapPolicy, ...OverlapPolicy[]]).nullable();
const note = z.string().max(LIMITS.reason_bytes).nullable();

const whole = {
  ...recurrence,
  overlap: overlap.optional().meta({ description: "Default: the mode's policy, or the pipeline's" }),
  mode: z.string().nullable().optional(),
  stages: z
    .array(z.string())
    .min(1)
    .max(LIMITS.stages)
    .nullable()
    .optional()
    .meta({ description: "Only these stages; null, the default: the mode's, or all" }),
  params: z.record(z.string(), z.unknown()).optional(),
  catch_up: catchUp.optional(),
  paused: z.boolean().optional(),
  note: note.optional(),
};

const NEEDED = 'give either "cron" or "every"';
const notBoth = (body: { cron?: unknown; every?: unknown }): boolean =>
  body.cron === undefined || body.every === undefined;
const notNone = (body: { cron?: unknown; every?: unknown }): boolean =>
  body.cron !== undefined || body.every !== undefined;

export const createBody = z
  .strictObject({
    id: z
      .string()
      .refine(isName, `must be ${NAME_RULE}`)
      .refine((id) => id !== 'preview', 'is taken: /schedules/preview is a path of its own')
      .optional()
      .meta({ description: "Default: the pipeline's name, with a number if taken" }),
    pipeline: z.string(),
    ...whole,
  })
  .refine(notBoth, { path: ['every'], message: NEEDED })
  .refine(notNone, { path: ['cron'], message: `is needed: ${NEEDED}` });

export const wholeBody = z
  .strictObject({
    pipeline: z.string().optional().meta({ description: "If given, must be the schedule's pipeline" }),
    ...whole,
  })
  .refine(notBoth, { path: ['every'], message: NEEDED })
  .refine(notNone, { path: ['cron'], message: `is needed: ${NEEDED}` });
export const patchBody = z.strictObject(whole).refine(notBoth, { path: ['every'], message: NEEDED });
export const pauseBody = z.strictObject({ note: note.optional() });

const { cron, every, timezone } = recurrence;
/** Query of the preview; problems use the form's field names. */
export const previewQuery = z
  .strictObject({
    cron,
    every: z.preprocess(numberIfDigits, every),
    timezone,
    n: z.coerce.number().pipe(z.int().min(1).max(100)).default(5),
  })
  .refine(notBoth, { path: ['every'], message: NEEDED })
  .refine(notNone, { path: ['cron'], message: `is needed: ${NEEDED}` });

/** In a query "90000" is a number of ms, as it is in a body. */
function numberIfDigits(text: unknown): unknown {
  return typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text;
}

export const recurrenceOf = (body: Pick<z.output<typeof createBody>, 'cron' | 'every' | 'timezone'>): Recurrence => ({
  cron: body.cron ?? null,
  everyMs: body.every ?? null,
  timezone: body.timezone ?? 'UTC',
});

/** Settings of a whole schedule, with defaults for omitted fields. */
export const settingsFrom = (body: z.output<typeof wholeBody>): ScheduleSettings => ({
  ...recurrenceOf(body),
  overlap: body.overlap ?? null,
  mode: body.mode ?? null,
  stages: (body.stages ?? null) as readonly StageName[] | null,
  params: body.params ?? {},
  catchUp: {
    policy: body.catch_up?.policy ?? DEFAULT_CATCH_UP.policy,
    windowMs: body.catch_up?.window ?? DEFAULT_CATCH_UP.windowMs,
  },
});

/** Settings of an edit: omitted fields keep their value; undefined: the body has no settings. */
export const patchedSettings = (
  body: z.output<typeof patchBody>,
  now: ScheduleSettings,
): ScheduleSettings | undefined => {
  const { paused: _paused, note: _note, ...patch } = body;
  if (Object.keys(patch).length === 0) return undefined;
  const respecified = notNone(body);
  return {
    cron: respecified ? (body.cron ?? null) : now.cron,
    everyMs: respecified ? (body.every ?? null) : now.everyMs,
    timezone: body.timezone ?? now.timezone,
    overlap: body.overlap === undefined ? now.overlap : body.overlap,
    mode: body.mode === undefined ? now.mode : body.mode,
    stages: body.stages === undefined ? now.stages : (body.stages as readonly StageName[] | null),
    params: body.params ?? now.params,
    catchUp: {
      policy: body.catch_up?.policy ?? now.catchUp.policy,
      windowMs: body.catch_up?.window ?? now.catchUp.windowMs,
    },
  };
};
