import { z } from 'zod';
import { type ErrorCode, ERRORS, MillraceError } from '../domain/index.ts';

/** RFC 9457; members beyond these are further facts of the error, e.g. `live_run_id`. */
export const wireProblem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .describe('The first 100 errors, each with its path.'),
    more_errors: z.int().optional().describe('How many more errors there are.'),
    request_id: z.string().optional(),
  })
  .meta({ id: 'Problem' });
export type WireProblem = z.infer<typeof wireProblem>;

/**
 * A refusal as `application/problem+json`. A further fact called `status` would hide HTTP's: it is told as
 * `run_status`.
 */
export const toWireProblem = (error: MillraceError, requestId?: string): WireProblem => {
  const { status: runStatus, ...extra } = error.extra;
  return {
    ...extra,
    ...(runStatus === undefined ? {} : { run_status: runStatus }),
    type: `urn:millrace:error:${error.code}`,
    title: ERRORS[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
    errors: error.errors.map(({ path, message }) => ({ path, message })),
    ...(error.moreErrors === 0 ? {} : { more_errors: error.moreErrors }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
};

/** The refusal that a problem stands for, for clients; null: the body is not one of ours. */
export const fromWireProblem = (body: unknown): MillraceError | null => {
  const parsed = wireProblem.safeParse(body);
  if (!parsed.success) return null;
  const {
    type: _type,
    title: _title,
    status: _status,
    detail,
    code,
    errors,
    more_errors: more = 0,
    ...extra
  } = parsed.data;
  return new MillraceError(code, detail, { errors, errorCount: errors.length + more, extra });
};
