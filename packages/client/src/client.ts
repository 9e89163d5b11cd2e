import type {
  OfferedVerb,
  WireArtifact,
  WireAuditCheck,
  WireAuditEntry,
  WireCreatedToken,
  WireEvent,
  WireExplanation,
  WireGate,
  WireGateResult,
  WireGraph,
  WireHealth,
  WireListedGate,
  WireListedRun,
  WireLock,
  WireLogLine,
  WirePause,
  WirePipeline,
  WireQueue,
  WireRerunPlan,
  WireRetryPlan,
  WireRun,
  WireRunAtGates,
  WireSchedule,
  WireSession,
  WireStagePage,
  WireStartedRun,
  WireTick,
  WireToken,
  WireWorker,
} from '@millrace/core/wire';
import { type ChosenLines, followEvents, followLines } from './follow-run.ts';
import { type ClientOptions, httpOf, type Query } from './http.ts';
import type { Page } from './shapes.ts';

export interface StartRequest {
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly mode?: string | undefined;
  readonly stages?: readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly reason?: string | undefined;
  readonly force?: boolean | undefined;
}

/** The settings of a schedule; durations as "15m" or ms. */
export interface ScheduleFields {
  readonly cron?: string;
  readonly every?: string | number;
  readonly timezone?: string;
  readonly overlap?: WireSchedule['overlap'];
  readonly mode?: string | null;
  readonly stages?: readonly string[] | null;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly catch_up?: { readonly policy?: WireSchedule['catch_up']['policy']; readonly window?: string | number };
  readonly paused?: boolean;
  readonly note?: string | null;
}

/** `local`: wall-clock time in the schedule's zone, with offset: "2026-03-29T03:00:00+02:00". */
export interface SchedulePreview {
  readonly words: string;
  readonly items: readonly { readonly at: string; readonly local: string }[];
}

/** The answer to `dry_run`: what a start would run. */
export interface StartPlan {
  readonly dry_run: true;
  readonly pipeline: string;
  readonly version: string;
  readonly mode: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly stages: readonly string[];
  readonly overlap: string;
}

/** Of the ended run: what the retry runs, and with what. See docs/retries.md. */
export interface RetryRequest {
  readonly from?: string | undefined;
  readonly downstream?: boolean | undefined;
  readonly failed_only?: boolean | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly definition?: 'same' | 'current' | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly reason?: string | undefined;
  readonly plan_hash?: string | undefined;
}

/** `pipeline` null: the whole deployment. */
interface WirePaused {
  readonly pipeline: string | null;
  readonly pause: WirePause | null;
}
interface PauseBody {
  readonly reason?: string;
}

interface RerunBody {
  /** False: stages that depend on it keep their results. */
  readonly downstream?: boolean;
  readonly reason?: string;
  /** Of a plan that was shown; nothing is done if it has changed. */
  readonly plan_hash?: string;
}

/** A decision of the person whose token it is. `shown_digest`: of the gate as the person saw it. */
export interface GateDecisionBody {
  readonly shown_digest: string;
  readonly notes?: string | undefined;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
}

/** A name as a path segment. No name contains a lone surrogate: U+FFFD replaces it, and the API answers "unknown". */
const segment = (name: string): string => encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\ufffd'));

const keyOf = (key: string | undefined): Readonly<Record<string, string>> =>
  key === undefined ? {} : { 'Idempotency-Key': key };

/** The API, one method per operation; each throws `ApiError` or `UnreachableError`. Lists return one page. */
export const createClient = (options: ClientOptions) => {
  const http = httpOf(options);
  const run = (runId: string, rest = ''): string => `/api/v1/runs/${segment(runId)}${rest}`;
  const pipeline = (name: string, rest = ''): string => `/api/v1/pipelines/${segment(name)}${rest}`;
  const gate = (id: string, rest = ''): string => `/api/v1/gates/${segment(id)}${rest}`;
  const schedule = (id: string, rest = ''): string => `/api/v1/schedules/${segment(id)}${rest}`;

  return {
    http,
    session: () => http.get<WireSession>('/api/v1/session'),
    signIn: (token: string) => http.send<WireSession>('POST', '/api/v1/session', { body: { token } }),
    signOut: () => http.send<void>('DELETE', '/api/v1/session'),

    pipelines: (query: Query = {}, signal?: AbortSignal) =>
      http.get<Page<WirePipeline>>('/api/v1/pipelines', query, signal),
    pipeline: (name: string, query: Query = {}, signal?: AbortSignal) =>
      http.get<WirePipeline>(pipeline(name), query, signal),
    graph: (name: string, version?: string, signal?: AbortSignal) =>
      http.get<WireGraph>(pipeline(name, '/graph'), { format: 'json', version }, signal),
    /** The graph as text in the language `format`. */
    graphText: async (name: string, format: 'mermaid' | 'dot') =>
      (await http.open('GET', pipeline(name, '/graph'), { query: { format } })).text(),
    /** Starts nothing. */
    plan: (name: string, body: StartRequest) =>
      http.send<StartPlan>('POST', pipeline(name, '/runs'), { body: { ...body, dry_run: true } }),
    start: (name: string, body: StartRequest, idempotencyKey?: string) =>
      http.send<WireStartedRun>('POST', pipeline(name, '/runs'), {
        body,
        headers: keyOf(idempotencyKey),
      }),

    /** Without their stages unless `stages` is `all`. */
    runs: (query: Query = {}, signal?: AbortSignal) => http.get<Page<WireListedRun>>('/api/v1/runs', query, signal),
    /** With its first 500 stages; get the rest with `stages`, from `stages_next_cursor` on. */
    run: (runId: string, query: Query = {}, signal?: AbortSignal) =>
      http.get<WireRunAtGates>(run(runId), query, signal),
    stages: (runId: string, query: Query = {}, signal?: AbortSignal) =>
      http.get<WireStagePage>(run(runId, '/stages'), query, signal),
    /** What the run and its waiting stages wait for; with `stage`, only that stage. */
    explain: (runId: string, query: Query = {}, signal?: AbortSignal) =>
      http.get<WireExplanation>(run(runId, '/explain'), query, signal),
    cancel: (runId: string, body: { readonly reason?: string; readonly grace?: string } = {}) =>
      http.send<WireRun>('POST', run(runId, '/cancel'), { body }),
    pause: (runId: string, body: PauseBody = {}) => http.send<WireRun>('POST', run(runId, '/pause'), { body }),
    resume: (runId: string, body: PauseBody & { readonly from?: string } = {}) =>
      http.send<WireRun>('POST', run(runId, '/resume'), { body }),
    rerun: (runId: string, stage: string, body: RerunBody = {}) =>
      http.send<WireRun>('POST', run(runId, `/stages/${segment(stage)}/rerun`), { body }),
    planRerun: (runId: string, stage: string, body: Pick<RerunBody, 'downstream'> = {}) =>
      http.send<WireRerunPlan>('POST', run(runId, `/stages/${segment(stage)}/rerun`), {
        body: { ...body, dry_run: true },
      }),
    /** Starts nothing. */
    planRetry: (runId: string, body: RetryRequest = {}) =>
      http.send<WireRetryPlan>('POST', run(runId, '/retry'), { body: { ...body, dry_run: true } }),
    retry: (runId: string, body: RetryRequest = {}, idempotencyKey?: string) =>
      http.send<WireStartedRun>('POST', run(runId, '/retry'), {
        body,
        headers: idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey },
      }),
    /** Null: the whole deployment. */
    pausePipeline: (name: string | null, body: PauseBody = {}) =>
      http.send<WirePaused>('POST', name === null ? '/api/v1/pause' : pipeline(name, '/pause'), { body }),
    resumePipeline: (name: string | null, body: PauseBody = {}) =>
      http.send<WirePaused>('POST', name === null ? '/api/v1/resume' : pipeline(name, '/resume'), { body }),
    events: (runId: string, query: Query = {}, signal?: AbortSignal) =>
      http.get<Page<WireEvent>>(run(runId, '/events'), query, signal),
    followEvents: (runId: string, afterSeq = 0) => followEvents(http, run(runId), afterSeq),
    logs: (runId: string, query: Query = {}, signal?: AbortSignal) =>
      http.get<Page<WireLogLine>>(run(runId, '/logs'), query, signal),
    /** A stream: `format` text or ndjson (of `LogLine`). */
    downloadLogs: (runId: string, query: Query = {}, signal?: AbortSignal) =>
      http.open('GET', run(runId, '/logs/download'), { query, signal }),
    followLines: (runId: string, chosen: ChosenLines = {}, afterSeq = 0) =>
      followLines(http, run(runId), chosen, afterSeq),
    /** The raw response; its body is the run's folder as a tar. */
    exportRun: (runId: string, query: Query = {}, signal?: AbortSignal) =>
      http.open('GET', run(runId, '/export'), { query, signal }),
    artifacts: (runId: string, query: Query = {}, signal?: AbortSignal) =>
      http.get<Page<WireArtifact>>(run(runId, '/artifacts'), query, signal),
    /** The raw response; its body is the artifact's bytes. */
    artifactContent: (
      runId: string,
      artifactId: string,
      headers: Readonly<Record<string, string>> = {},
      signal?: AbortSignal,
    ) => http.open('GET', run(runId, `/artifacts/${segment(artifactId)}/content`), { headers, signal }),

    /** Pending ones unless `status` is `closed`. */
    gates: (query: Query = {}, signal?: AbortSignal) => http.get<Page<WireListedGate>>('/api/v1/gates', query, signal),
    gate: (gateId: string, signal?: AbortSignal) => http.get<WireGate>(gate(gateId), {}, signal),
    decideGate: (gateId: string, verb: OfferedVerb, body: GateDecisionBody, idempotencyKey?: string) =>
      http.send<WireGate>('POST', gate(gateId, `/${verb}`), { body, headers: keyOf(idempotencyKey) }),
    /** At the newest gate of the stage; without `shown_digest`, on whatever it shows. */
    decideStage: (
      runId: string,
      stage: string,
      verb: 'approve' | 'reject',
      body: Partial<GateDecisionBody> = {},
      idempotencyKey?: string,
    ) =>
      http.send<WireGate>('POST', run(runId, `/gates/${segment(stage)}/${verb}`), {
        body,
        headers: keyOf(idempotencyKey),
      }),
    /** One result each, in order: one that is refused does not keep the others from being made. */
    decideGates: (
      decisions: readonly (GateDecisionBody & { readonly gate_id: string; readonly verb: OfferedVerb })[],
      idempotencyKey?: string,
    ) =>
      http.send<{ readonly items: readonly WireGateResult[] }>('POST', '/api/v1/gates/decisions', {
        body: { decisions },
        headers: keyOf(idempotencyKey),
      }),

    schedules: (query: Query = {}, signal?: AbortSignal) =>
      http.get<Page<WireSchedule>>('/api/v1/schedules', query, signal),
    schedule: (id: string, signal?: AbortSignal) => http.get<WireSchedule>(schedule(id), {}, signal),
    nextTicks: (id: string, n: number, signal?: AbortSignal) =>
      http.get<{ items: readonly string[] }>(schedule(id, '/next'), { n }, signal),
    previewSchedule: (query: Query, signal?: AbortSignal) =>
      http.get<SchedulePreview>('/api/v1/schedules/preview', query, signal),
    createSchedule: (
      body: ScheduleFields & { readonly id?: string; readonly pipeline: string },
      idempotencyKey: string,
    ) => http.send<WireSchedule>('POST', '/api/v1/schedules', { body, headers: { 'Idempotency-Key': idempotencyKey } }),
    patchSchedule: (id: string, body: ScheduleFields) => http.send<WireSchedule>('PATCH', schedule(id), { body }),
    /** `schedule`: the definition's, now in force again; null: none. */
    deleteSchedule: (id: string) =>
      http.send<{ readonly detail: string; readonly schedule: WireSchedule | null }>('DELETE', schedule(id)),
    pauseSchedule: (id: string, body: { readonly note?: string }) =>
      http.send<WireSchedule>('POST', schedule(id, '/pause'), { body }),
    resumeSchedule: (id: string, body: { readonly note?: string }) =>
      http.send<WireSchedule>('POST', schedule(id, '/resume'), { body }),
    triggerSchedule: (id: string, idempotencyKey: string) =>
      http.send<WireRun>('POST', schedule(id, '/trigger'), {
        body: {},
        headers: { 'Idempotency-Key': idempotencyKey },
      }),
    ticks: (id: string, query: Query = {}, signal?: AbortSignal) =>
      http.get<Page<WireTick>>(schedule(id, '/ticks'), query, signal),

    tokens: (query: Query = {}, signal?: AbortSignal) => http.get<Page<WireToken>>('/api/v1/tokens', query, signal),
    /** The answer shows the token, once. */
    createToken: (body: {
      readonly name: string;
      readonly role: string;
      readonly pipelines?: readonly string[] | undefined;
      readonly expires_in?: string | undefined;
    }) => http.send<WireCreatedToken>('POST', '/api/v1/tokens', { body }),
    revokeToken: (name: string) => http.send<WireToken>('DELETE', `/api/v1/tokens/${segment(name)}`),

    /** Newest first. */
    audit: (query: Query = {}, signal?: AbortSignal) => http.get<Page<WireAuditEntry>>('/api/v1/audit', query, signal),
    /** `expect`: "<seq>:<hash>" of an earlier check. */
    verifyAudit: (expect?: string) => http.get<WireAuditCheck>('/api/v1/audit/verify', { expect }),

    workers: (query: Query = {}, signal?: AbortSignal) => http.get<Page<WireWorker>>('/api/v1/workers', query, signal),
    queues: (query: Query = {}, signal?: AbortSignal) => http.get<Page<WireQueue>>('/api/v1/queues', query, signal),
    locks: (query: Query = {}, signal?: AbortSignal) => http.get<Page<WireLock>>('/api/v1/locks', query, signal),
    health: (signal?: AbortSignal) => http.get<WireHealth>('/api/v1/health', {}, signal),
  };
};
export type Client = ReturnType<typeof createClient>;
