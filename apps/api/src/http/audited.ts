import { createHash } from 'node:crypto';
import { MillraceError } from '@millrace/core/domain';
import type { AuditChannel, AuditOutcome, AuditWriter } from '@millrace/core/engine';
import type { Request } from 'express';
import type { Call, Reply, Route } from './define-route.ts';

/** Calls the route's handler, with an entry in the audit log if the route has one. */
export const audited = async (
  route: Route,
  call: Call,
  { log, channelOf }: { readonly log: AuditWriter; readonly channelOf: (request: Request) => AuditChannel },
): Promise<Reply> => {
  const { audit } = route;
  const principal = call.principal ?? audit?.who?.(call) ?? null;
  if (audit === null || principal === null) return route.handler(call);
  const { params, request } = call;
  const before = audit.before === undefined ? null : await audit.before(call).catch(() => null);
  // From here to the handler's first command nothing is awaited: the entry precedes the change on the connection.
  const carried = audit.carried ?? false;
  const entry = log.begin(
    {
      who: principal.name,
      role: principal.role,
      channel: channelOf(request),
      what: `${route.method.toUpperCase()} ${route.path}`,
      target: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value).slice(0, 200)])),
      reason: reasonIn(call.body),
      request_id: request.id as string,
      before: factsOf(before),
    },
    { carried },
  );
  try {
    const reply = await route.handler(carried ? { ...call, entry } : call);
    entry.end({ ...outcomeOf(reply, audit.after ?? ((json) => json)), code: null });
    return reply;
  } catch (error) {
    entry.end(
      error instanceof MillraceError
        ? { status: error.status, code: error.code, after: null }
        : { status: 500, code: 'internal', after: null },
    );
    throw error;
  }
};

const outcomeOf = (reply: Reply, after: (json: unknown) => unknown): Omit<AuditOutcome, 'code'> =>
  typeof reply === 'function'
    ? { status: 200, after: null }
    : { status: reply.status, after: factsOf(after(reply.json)) };

/** Fields of what is answered that an entry keeps: no secret is among them, and nothing that grows. */
const AUDITED: ReadonlySet<string> = new Set(
  `run_id retry_of gate_id shown_digest id name pipeline version status state generation stage mode dry_run role pipelines expires_at
  live_runs signed_in detail paused note set_by cron every_ms timezone overlap stages params catch_up`.split(/\s+/),
);
/** Bytes of JSON that an entry keeps of either. */
const MOST_BYTES = 4_096;

/** Of a run, `stages` are views, too large to keep, and params may be: what a run was started with is in the run. */
const factsOf = (shown: unknown): unknown => {
  if (typeof shown !== 'object' || shown === null) return null;
  const isRun = 'run_id' in shown;
  const facts = Object.fromEntries(
    Object.entries(shown).filter(([name]) => AUDITED.has(name) && !(isRun && (name === 'stages' || name === 'params'))),
  );
  const json = JSON.stringify(facts);
  const bytes = Buffer.byteLength(json);
  if (bytes <= MOST_BYTES) return facts;
  return { too_large: bytes, sha256: createHash('sha256').update(json).digest('hex') };
};

const reasonIn = (body: unknown): string | null => {
  const { reason, note, notes } = (body ?? {}) as Readonly<Record<'reason' | 'note' | 'notes', unknown>>;
  const given = reason ?? note ?? notes;
  return typeof given === 'string' ? given.slice(0, 1_024) : null;
};
