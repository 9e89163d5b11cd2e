/**
 * Arguments and reply of each entry script (scripts/*.lua). From this table come the Lua locals at the head of the
 * assembled script, in the same order, the expansion of `reply { … }` in it, and the named arguments and replies of
 * `runScript`.
 */
import type {
  CancelAnswer,
  GateAnswer,
  Outcome,
  PauseAnswer,
  PutScheduleAnswer,
  RerunAnswer,
  ResumeAnswer,
  StoredToken,
} from '../../ports/index.ts';
import type { GateActor, RunId, RunStatus, StageName } from '../../domain/index.ts';
import {
  type Field,
  type Fields,
  flag,
  ids,
  json,
  list,
  ms,
  number,
  numbers,
  optional,
  row,
  rows,
  text,
  type Values,
} from './fields.ts';
import { CANCELLED, STARTED, SUSPECT } from './records.ts';

export interface Signature {
  readonly args: Fields;
  /** Further arguments in any number of groups: ARGV[at + <name>.<field>] in Lua. */
  readonly tail?: { readonly name: string; readonly each: Fields };
  /** One value, several by name, or (`each`) a list of such. */
  readonly reply: Field | Fields | { readonly each: Fields };
}

const toExpand = ids<readonly RunId[]>('runs with work left that did not fit into this script');
const latest = optional(ms('latest instant that an honest clock shows; a later one is not believed'));
const judgedBy = optional(number('revision of the schedules that this was judged by'));
const idempotency = {
  idempotencyKey: optional(text('Idempotency-Key of the request')),
  bodyHash: optional(text('hash of its body')),
};

export const SIGNATURES = {
  advance: {
    args: {
      worker: text('who asks'),
      queue: text('which it serves'),
      random: number('from [0, 1), for fences and jitter'),
    },
    tail: {
      name: 'slots',
      each: {
        slot: text('its place in the worker'),
        fetch: flag('it wants a claim'),
        outcome: optional(text('how its claim ended: the record OUTCOME')),
        payload: text('what goes with that outcome: output JSON, error JSON, reason'),
      },
    },
    reply: {
      each: {
        recorded: optional(text<Outcome['kind'] | 'retrying' | 'fenced'>('what the outcome was recorded as')),
        nextDueAt: ms("when the queue's first delayed job is due, or 0"),
        expand: ids<readonly RunId[]>('runs with work left, in the first reply'),
        unregistered: flag("the worker's lease has ended"),
        claim: optional(row(STARTED, 'what the slot runs next')),
        holdsOff: flag('the worker must wait with this queue'),
      },
    },
  },
  append_audit: {
    args: {
      afterSeq: number('of the last entry, to which these were chained'),
      hash: text('of the last of these'),
      keep: number('entries to keep'),
      most: number('of older ones to remove at most'),
    },
    tail: { name: 'entries', each: { id: text('under which it is open'), text: text('of the entry, JSON') } },
    reply: flag('they are in the log'),
  },
  cancel_run: {
    args: {
      runId: text('which'),
      reason: json('why, for its events'),
      by: json('who'),
      graceMs: json<number | null>('what running stages are given, ms'),
      failWith: optional(json('{code, message}: it ends as failed, with this error')),
      commandId: optional(text('the same when the command is sent again')),
    },
    reply: {
      kind: text<CancelAnswer['kind']>('what became of it'),
      status: optional(text<RunStatus>('of a run that was over')),
      expand: toExpand,
    },
  },
  decide_gate: {
    args: {
      runId: text('whose'),
      gate: text('of it: the record GATE_NAME'),
      verb: text<'approve' | 'reject' | 'withdraw'>('what the person does'),
      name: text('of the person'),
      principals: text('that the person is, separated by blanks'),
      by: json<GateActor>('the person'),
      shownDigest: text('of what the person saw'),
      notes: json<string | null>('of the person'),
      isSilent: flag('there are none, or blanks only'),
      values: json('of the form, or null'),
      commandId: text('the same when it is sent again'),
    },
    reply: {
      kind: text<GateAnswer['kind']>('what became of it'),
      waitsFor: ids<readonly StageName[]>('stages whose gates come first'),
      expand: toExpand,
    },
  },
  expand_run: { args: { runId: text('which') }, reply: toExpand },
  fire_timeouts: {
    args: { limit: number('timers to fire at most'), latest },
    reply: { fired: number('timers that changed something'), expand: toExpand, more: flag('more may be due') },
  },
  compare_claims: {
    args: { worker: text('whose') },
    tail: {
      name: 'held',
      each: { job: text('that it runs'), fence: number('of its claim'), attempt: number('of its claim') },
    },
    reply: {
      fenced: numbers('places in `held` of what it no longer holds'),
      cancelled: rows(CANCELLED, 'what of it is cancelled'),
    },
  },
  follow_clock_step: {
    args: { most: number('things to move at most') },
    reply: flag('something is left to move: call again'),
  },
  keep_lease: { args: { worker: text('whose'), ttlMs: ms('of the lease') }, reply: flag('it is registered') },
  lead: {
    args: { scheduler: text('who asks'), ttlMs: ms('of its term') },
    reply: { leader: flag('it leads'), fence: number('of the term'), holder: text('who leads') },
  },
  note_clock_step: {
    args: {
      stepMs: ms('how far the clock jumped, negative: back'),
      since: ms('instant from which on the new clock may have been written'),
    },
    tail: { name: 'moved', each: { kind: text<'queue' | 'schedule'>('of what'), name: text('its name') } },
    reply: flag('it had not been noted'),
  },
  pause_run: {
    args: { runId: text('which'), by: json('who'), reason: json('why') },
    reply: {
      kind: text<PauseAnswer['kind']>('what became of it'),
      status: optional(text<RunStatus>('of the run')),
    },
  },
  resume_run: {
    args: { runId: text('which'), by: json('who'), reason: json('why') },
    reply: {
      kind: text<ResumeAnswer['kind']>('what became of it'),
      status: optional(text<RunStatus>('of the run')),
      expand: toExpand,
    },
  },
  note_token_use: {
    args: {},
    tail: { name: 'uses', each: { name: text('of the token'), at: ms('when it was used') } },
    reply: flag('one was later than what was known'),
  },
  prune_runs: {
    args: {
      keepCount: number('ended runs to keep'),
      keepMs: ms('how long at most'),
      limit: number('to delete at most'),
    },
    reply: number('runs deleted'),
  },
  put_schedule: {
    args: {
      scheduleId: text('which'),
      stored: optional(json('what the API sets, or nothing any more')),
      begins: flag('it begins now'),
      revision: optional(number('that the schedules are expected at')),
      ...idempotency,
      pipeline: optional(text('its pipeline, kept with the Idempotency-Key')),
    },
    reply: {
      kind: text<PutScheduleAnswer['kind']>('what became of it'),
      made: optional(text('the schedule that the Idempotency-Key made')),
    },
  },
  put_token: {
    args: {
      name: text('of the token'),
      stored: optional(json<StoredToken>('the token, or nothing any more')),
      most: number('tokens that there may be'),
    },
    reply: text<'put' | 'taken' | 'full' | 'unknown'>('what became of it'),
  },
  reconcile: {
    args: {
      patienceMs: ms('a stage that changed later is left alone'),
      maxLost: number('lost workers after which a stage fails'),
      first: number('stage index to begin with in the first of the runs'),
    },
    tail: { name: 'listed', each: { runId: text('of a live run') } },
    reply: {
      done: number('runs that were gone through'),
      next: number('stage index to go on with in the run after them'),
      repaired: number('differences'),
      waiting: rows(SUSPECT, 'stages that should have been in a list for longer than that'),
    },
  },
  record_tick: {
    args: {
      scheduleId: text('which'),
      instant: ms('of the tick'),
      outcome: text('skipped | missed'),
      reason: json<string | null>('null: the ledger does not list it'),
      judgedBy,
    },
    reply: text<'recorded' | 'done' | 'schedule_changed'>('done: that instant had been handled'),
  },
  register_definitions: {
    args: {
      source: text('whose definition files'),
      ttlMs: ms('how long this holds; 0: it ends'),
      loaded: flag('they were loaded anew'),
      names: text('JSON of what they define'),
      afterLoss: flag('Redis had forgotten everything'),
    },
    reply: flag('the source is known'),
  },
  register_pipeline: {
    args: {
      name: text('of the pipeline'),
      version: text('of it'),
      makeCurrent: flag('as the current one'),
      definition: text('the pipeline as JSON, or the first part of it'),
      queues: text('of its stages, separated by blanks'),
    },
    tail: { name: 'planFields', each: { name: text('of the hash field'), value: text('packed, see plan.ts') } },
    reply: flag('the version is new'),
  },
  release_worker: {
    args: { worker: text('who leaves') },
    reply: { stages: number('handed back'), more: flag('it holds more: call again') },
  },
  renew_lease: {
    args: {
      worker: text('whose'),
      ttlMs: ms('of the lease'),
      register: flag('if it is not registered'),
      info: json('WorkerInfo'),
      ordinal: optional(number('the same when a renewal is sent again')),
    },
    tail: {
      name: 'held',
      each: { job: text('that it runs'), fence: number('of its claim'), attempt: number('of its claim') },
    },
    reply: {
      registered: flag('it has a lease'),
      orphans: number('claims that it never received, taken back'),
      fenced: numbers('places in `held` of what it no longer holds'),
      cancelled: rows(CANCELLED, 'what of it is cancelled'),
    },
  },
  remove_stale: {
    args: { queue: text('of which'), from: number('place in its list to begin with, from the left') },
    reply: {
      removed: number('jobs taken out of the list'),
      next: optional(number('place to go on with; nothing: this was the last part')),
    },
  },
  report: {
    args: {
      runId: text('whose'),
      stageIndex: number('of the stage'),
      generation: number('of the stage'),
      attempt: number('of the claim'),
      fence: number('of the claim'),
      worker: text('of the claim'),
      ordinal: number('which report of the claim this is, or 0'),
      mostArtifacts: optional(number('that the run may have')),
      mostBytes: optional(number('of artifacts that the run may have')),
    },
    tail: { name: 'reported', each: { type: text('of the event, or checkpoint'), data: text('of it, JSON') } },
    reply: {
      kind: text<'ok' | 'fenced' | 'over'>('over: an artifact was left out'),
      artifacts: number('that the run would have with the first that was left out'),
      bytes: number('of those'),
    },
  },
  set_pause: {
    args: {
      pipeline: optional(text('which; none: the whole deployment')),
      paused: flag('it is paused from now on'),
      by: json('who'),
      reason: json('why'),
    },
    reply: flag('it was not so before'),
  },
  follow_pauses: {
    args: {},
    tail: { name: 'listed', each: { runId: text('of a live run') } },
    reply: { done: number('runs that were gone through'), expand: toExpand },
  },
  requeue_lost: {
    args: { since: ms('when their queue was read') },
    tail: { name: 'lost', each: { job: text('that was in none of its lists') } },
    reply: number('stages queued again'),
  },
  rerun_stage: {
    args: {
      runId: text('which'),
      stageIndex: number('of the stage'),
      reach: text('one of REACH for each stage of the pipeline'),
      gate: optional(text('GATE_NAME of the gate after whose decision it is made anew')),
      ifSeq: optional(number('of the last event that the caller has seen; refused if there are later ones')),
      by: json('who'),
      reason: json('why'),
      ...idempotency,
    },
    reply: {
      kind: text<Exclude<RerunAnswer['kind'], 'unknown_stage'>>('what became of it'),
      status: optional(text<RunStatus>('of the run')),
      expand: toExpand,
    },
  },
  rescue_lost: {
    args: {
      maxLost: number('lost workers after which a stage fails'),
      limit: number('stages to take at most'),
      latest,
    },
    reply: {
      worker: optional(text('forgotten: it holds nothing any more')),
      stages: number('taken'),
      more: flag('call again'),
    },
  },
  retire_pipeline: { args: { name: text('which') }, reply: flag('it was current') },
  start_run: {
    args: {
      runId: text('chosen by the caller'),
      pipeline: text('which'),
      version: text('of it'),
      overlap: text('allow | skip | queue | cancel_running'),
      trigger: text('JSON, as its events show it'),
      mode: json('of the run'),
      params: json('of the run'),
      labels: json('of the run'),
      reason: json('of the start'),
      subset: text("'1' or '0' for each stage of the pipeline, or '' for all"),
      subsetCount: number('how many'),
      subsetMet: text("'index:n' of those that wait for n stages outside, which count as met"),
      stageNames: json('of the stages that run'),
      ...idempotency,
      scheduleId: optional(text('whose tick this is')),
      tick: ms('its instant, or 0'),
      tickOutcome: text('fired | caught_up, for the ledger'),
      takenOverFrom: optional(text('run whose stale lock was taken over')),
      judgedBy,
      onlyIfCurrent: flag('refused unless the version is the current one'),
      retryOf: optional(text('the ended run that it retries')),
      kept: number('stages that have ended from the start'),
      retryData: text("of a retry, further members of run.created's data, each with a comma before it"),
      auditId: optional(text('of the entry of the audit log that is opened with the run')),
      auditText: optional(text('of it, JSON')),
    },
    tail: {
      name: 'subsetRoots',
      each: {
        name: text('of a field of the run'),
        value: text("of those of the subset that wait for none of it, like the plan's roots"),
      },
    },
    reply: {
      kind: text<
        | 'started'
        | 'queued'
        | 'repeated'
        | 'overlap'
        | 'idempotency_mismatch'
        | 'outdated'
        | 'source_gone'
        | 'unknown_version'
        | 'retired'
        | 'tick_done'
        | 'schedule_changed'
      >('what became of it'),
      runId: text<RunId>('of the run, or under `overlap` of the live one'),
      cancelled: ids<readonly RunId[]>('older runs that it cancels'),
      expand: toExpand,
      events: list('its log, none of it when the run went on after its start'),
    },
  },
  store_plan: {
    args: { name: text('of the pipeline'), version: text('of it') },
    tail: { name: 'planFields', each: { name: text('of the hash field'), value: text('packed, see plan.ts') } },
    reply: flag('the version is not registered yet'),
  },
} as const satisfies Readonly<Record<string, Signature>>;

export type ScriptName = keyof typeof SIGNATURES;

type Each<Tail> = Tail extends { name: infer Name extends string; each: infer E extends Fields }
  ? { readonly [N in Name]: readonly Values<E>[] }
  : unknown;
/** The tail is passed by name, as a list. */
export type ArgsOf<Name extends ScriptName> = Values<(typeof SIGNATURES)[Name]['args']> &
  Each<(typeof SIGNATURES)[Name] extends { tail: infer Tail } ? Tail : null>;

type Answer<Reply> =
  Reply extends Field<infer T>
    ? T
    : Reply extends { each: infer E extends Fields }
      ? readonly Values<E>[]
      : Reply extends Fields
        ? Values<Reply>
        : never;
export type ReplyOf<Name extends ScriptName> = Answer<(typeof SIGNATURES)[Name]['reply']>;
