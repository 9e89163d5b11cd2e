/**
 * The data stored in Redis, field by field. Scripts read and write it by these names
 * (scripts/generate/lua/records.mjs), and so do the readers in TypeScript; docs/redis-keys.md lists it. A new field of
 * a record is one line here.
 */
import type {
  GateDecision,
  GateKind,
  GateStatus,
  PipelineName,
  PipelineVersion,
  RunId,
  RunResult,
  StageName,
  StageStatus,
  TriggerRuleName,
  WaitCause,
} from '../../domain/index.ts';
import { decimal, type Field, type Fields, flag, json, list, ms, number, optional, text } from './fields.ts';

/** A hash: `stored` is the field's name in Redis, short because it is stored once per run. */
export interface HashRecord {
  readonly of: string;
  readonly fields: Readonly<Record<string, HashField>>;
}
export interface HashField {
  readonly stored: string;
  readonly says: string;
  readonly by: string;
}
/** Concatenated texts, with `separators[n]` after field n; the last field takes the rest. */
export interface PackedRecord<F extends Fields = Fields> {
  readonly of: string;
  readonly by: string;
  readonly fields: F;
  readonly separators: readonly string[];
  /** The value of a missing record. */
  readonly initial?: Readonly<Record<keyof F, string>>;
}

/** Short texts and numbers that stand for something, by name on both sides: `TIMER_KIND.run` in Lua. */
export interface Codes {
  readonly of: string;
  readonly fields: Readonly<Record<string, Code>>;
}
export interface Code {
  readonly stored: string | number;
  readonly says: string;
}
type CodeOf<C extends Codes> = C['fields'][keyof C['fields']]['stored'];

const code = <Stored extends string | number>(stored: Stored, says: string) => ({ stored, says });

const at = <Stored extends string>(stored: Stored, says: string, by: string) => ({ stored, says, by });
const packed = <F extends Fields>(of: string, by: string, separator: string, fields: F): PackedRecord<F> => ({
  of,
  by,
  fields,
  separators: Object.keys(fields)
    .slice(1)
    .map(() => separator),
});

const MOVES = 'save_runs (lib/runs)';
const CANCEL = 'lib/cancel';

export const RUN = {
  of: '`/run/<run>`; what most runs have in common is absent; the last nine once per stage: the name, then its index',
  fields: {
    status: at('st', 'its state', MOVES),
    lastSeq: at('seq', 'seq of its last event', MOVES),
    pipeline: at('pl', 'which', 'start_run'),
    version: at('v', 'of the pipeline', 'start_run'),
    generation: at('gen', 'absent: 1', 'nobody yet'),
    lastFence: at('fc', 'fence of the last claim', MOVES),
    stagesLeft: at('left', 'stages that are not terminal', MOVES),
    stagesRunning: at('act', 'stages that run', MOVES),
    retryOf: at('ro', 'the run that it retries', 'retry-keeps.ts'),
    retries: at('rt', 'the last 50 that retry it, ids with blanks between them', 'start_run'),
    overlaps: at('ov', "'1': it needs the overlap slot", 'start_run'),
    subset: at(
      'sub',
      "for each stage of the pipeline, '1' when it is in the run and '0' when not; '': all are",
      'start_run',
    ),
    roots: at('roots', 'of the subset, packed like those of the plan', 'start_run'),
    params: at('p', 'JSON', 'start_run'),
    trigger: at('tk', 'JSON, as its events show it', 'start_run'),
    mode: at('md', 'JSON', 'start_run'),
    labels: at('lb', 'JSON', 'start_run'),
    reason: at('rs', 'JSON', 'start_run'),
    fence: at('fe', 'of the run', 'start_run'),
    timeout: at('tm', 'ms', 'start_run'),
    createdAt: at('ct', 'ms', 'start_run'),
    admittedAt: at('at', 'ms, when its roots were queued', 'start_run, lib/end_run'),
    begunAt: at('bt', 'ms, when its first stage began', 'lib/claim'),
    endedAt: at('et', 'ms', 'lib/end_run'),
    error: at(
      'err',
      'JSON {code, message, stage, attempt} of the first stage that failed, or of its timeout',
      'lib/outcomes, lib/rerun, lib/end_run',
    ),
    leavesFailed: at('lf', 'stages that no other one waits for and that did not succeed', 'lib/doom'),
    cancelReason: at('cr', 'JSON', CANCEL),
    cancelBy: at('cb', 'JSON', CANCEL),
    cancelGrace: at('cg', 'JSON, ms that running stages are given', CANCEL),
    cancelError: at('cf', 'JSON: it ends as failed, with this error', CANCEL),
    cancelCommand: at('cq', 'id of the command that cancelled it', 'cancel_run'),
    pause: at('pz', 'JSON: the record PAUSE, of the last one', 'lib/pause'),
    rerun: at('rr', 'the record RERUN, while stages are still to be opened again', 'lib/rerun'),
    timeLeft: at('tl', 'ms that were left of its timeout when it was paused', 'lib/pause'),
    delayedStages: at('due', 'stages that wait for an instant', MOVES),
    artifactCount: at('an', 'artifacts recorded', 'report'),
    artifactBytes: at('ab', 'their bytes', 'report'),
    stage: at('s', 'the record STAGE', MOVES),
    output: at('o', "JSON; '': it is long, and in `/run/<run>/outputs`", MOVES),
    parentsEnded: at(
      'n',
      'how its parents ended, as digits of one number (lib/ready); until one has, those outside of the subset',
      'lib/ready, start_run',
    ),
    parentsOutside: at('m', 'of a special stage: its parents outside of the subset', 'start_run'),
    lastReport: at('r', 'the record LAST_REPORT', 'report'),
    lacksCode: at('w', 'the record LACKS_CODE', 'lib/park'),
    uncounted: at(
      'u',
      'it ended while it was still to be opened again: its dependants have not counted it',
      'lib/rerun',
    ),
    hasGates: at('gt', "'1': it has opened gates", 'lib/gate_moves'),
    atGates: at('ga', 'stages that wait at their gates', 'lib/gate_moves'),
    provenance: at('pv', 'the record PROVENANCE, of a stage whose result this run did not make', 'retry-keeps.ts'),
    stageDue: at('sd', 'ms, when its timeout was due while the run was paused', 'fire_timeouts'),
  },
} as const satisfies HashRecord;

export const ATTEMPTS = {
  of: '`/run/<run>/attempts`; each once per stage: the name, then its index',
  fields: {
    past: at('h', 'JSON objects with commas between them: the record ATTEMPT', 'lib/outcomes'),
    error: at('x', 'JSON {code, message} of the last one that failed', 'lib/outcomes'),
  },
} as const satisfies HashRecord;

export const GATES = {
  of: '`/run/<run>/gates`; but for three once per gate: the name, then GATE_NAME',
  fields: {
    all: at('all', 'GATE_NAME of each, with blanks between them, in the order of their opening', 'lib/gate_moves'),
    newest: at('n:', 'once per stage: the name, then that of the stage: GATE_NAME of its last one', 'lib/gate_moves'),
    state: at('s:', 'the record GATE', 'lib/gates'),
    rules: at('r:', 'JSON: the record GATE_RULES', 'lib/gate_moves'),
    facts: at('f:', 'JSON {definition, shown}: what no script reads', 'lib/gate_moves'),
    starter: at('b:', 'JSON: who started the run, or null', 'lib/gate_moves'),
    previous: at('p:', "GATE_NAME of the stage's last one before, absent: none", 'lib/gate_moves'),
    votes: at('v:', 'a GATE_VOTE a line', 'decide_gate'),
    values: at('w:', 'JSON: values of the last approval that had any', 'decide_gate'),
    decision: at('d:', 'JSON: the record GATE_DECISION', 'lib/gates'),
    feedback: at('k:', 'once per stage: the name, then that of the stage: the record FEEDBACK', 'lib/gates'),
    answered: at('a:', 'of the last commands that changed something, a line each: the record ANSWERED', 'decide_gate'),
  },
} as const satisfies HashRecord;

export const GATE_NAME = packed('a gate within its run', 'lib/gate_moves', '.', {
  stage: text<StageName>('name'),
  generation: number('of the stage'),
  opening: number('from 1 on, within the generation'),
});

export const GATE = packed('the state of a gate', 'lib/gates', ' ', {
  state: text<GateStatus>('see domain/gates.ts'),
  kind: text<GateKind>('start | result | stage'),
  index: number('of the stage'),
  openedAt: ms('when'),
  deadline: ms('0: none'),
  reminded: number('escalations that have passed'),
  timeLeft: ms("of the stage's timeout, 0: it has none"),
  digest: text('of what is shown'),
});

export const FEEDBACK = packed('what was said at the gate that had a stage made anew', 'lib/gates', ' ', {
  generation: number('of the stage, that it is for'),
  gate: text('GATE_NAME'),
});

export const ANSWERED = packed('what a command at a gate was answered', 'decide_gate', ' ', {
  command: text('id'),
  kind: text<'decided' | 'voted'>('the answer'),
});

export const STAGE = {
  ...packed('a stage of a run', MOVES, ' ', {
    status: text<StageStatus>('its state'),
    generation: number('which pass over it this is, from 1 on'),
    attempt: number('of the last claim, or 0'),
    fence: number('of the last claim, or 0'),
    failures: number('failed attempts'),
    losses: number('workers lost while they ran nothing else'),
    queuedAt: ms('0: never'),
    begunAt: ms('of the last attempt, 0: never'),
    endedAt: ms('0: it did not'),
    dueAt: ms('when it may be claimed again, 0: at once'),
    worker: text("of the last claim, '-': none"),
    keeps: flag("the next claim keeps the attempt's number"),
    suspicions: number('workers lost while it ran beside others; from 2 on it runs alone'),
    wait: text("'' or what it waits for outside of its queue: one of WAIT"),
  }),
  initial: {
    status: 'pending',
    generation: '1',
    attempt: '0',
    fence: '0',
    failures: '0',
    losses: '0',
    queuedAt: '0',
    begunAt: '0',
    endedAt: '0',
    dueAt: '0',
    worker: '-',
    keeps: '0',
    suspicions: '0',
    wait: '',
  },
} as const;

export const PROVENANCE = packed("where a stage's result comes from", 'retry-keeps.ts', ' ', {
  kind: text<'reused'>('how'),
  run: text('that made it'),
  generation: number('of the stage in that run'),
  otherParams: flag('it was made for a run with other params'),
});

export const JOB = packed("a job's id", 'lib/jobs', '.', {
  run: text('id'),
  stage: number('index'),
  generation: number('of the stage'),
});

export const LAST_REPORT = packed('the last report of a claim', 'report', ' ', {
  fence: number('of the claim'),
  ordinal: number('of the report'),
  artifacts: number('0, or those that the run would have with the first that was left out'),
  bytes: number('of those'),
});

export const CHECKPOINT = packed('the last checkpoint of a stage', 'report', ' ', {
  generation: number('of the stage'),
  json: text('what its handler gave'),
});

export const LACKS_CODE = packed('a stage that no worker had the code of', 'lib/park', ' ', {
  since: ms('when it was parked first'),
  attempt: number('that waits since then'),
});

/**
 * Lists of a plan and of a run's subset: a long one is in several fields, so that no script reads more of it than it
 * visits.
 */
export const LIST = {
  of: 'a list of DEPENDANT or DEPENDENCY, in parts',
  fields: {
    items: code(100, 'of one part at most'),
    part: code('.', "between the field's name and the number of the part, which the first one lacks"),
    more: code(' +', 'behind a part that is not the last, before the number of items in all'),
  },
} as const satisfies Codes;

export const HANDLER = {
  of: 'what runs a stage',
  fields: {
    command: code('c', 'a command, or nothing, of a stage that is a gate: it is all in its definition'),
    function: code('f', 'a function: its code is in the worker'),
  },
} as const satisfies Codes;

export const WAIT = {
  of: 'what a stage waits for outside of its queue',
  fields: {
    aside: code('aside', 'a live worker has its code and has only to come by: no event tells of it'),
    paused: code('paused' satisfies WaitCause, 'see domain/wait-causes.ts'),
    noCompatibleWorker: code('no_compatible_worker' satisfies WaitCause, 'see domain/wait-causes.ts'),
  },
} as const satisfies Codes;

export const PLAN = {
  of: '`/plan/<pipeline>/<version>`; the last four once per stage: the name, then its index',
  fields: {
    definition: at('def', 'the pipeline, as JSON; a long text goes on in def.1, def.2 …', 'register_pipeline'),
    definitionParts: at('defs', 'number of parts of a long definition', 'plan.ts'),
    registeredAt: at('registered', 'ms', 'register_pipeline'),
    retired: at('retired', "'1' while the pipeline is", 'retire_pipeline, register_pipeline'),
    stageCount: at('n', 'number of stages', 'plan.ts'),
    timeout: at('timeout', "of a run, ms, '0': none", 'plan.ts'),
    roots: at(
      'roots',
      'stages without dependencies, a DEPENDANT each; a long list goes on in roots.1, roots.2 …: LIST',
      'plan.ts',
    ),
    stage: at('s', 'the record PLAN_STAGE', 'plan.ts'),
    dependants: at('d', 'a DEPENDANT each, in parts as roots', 'plan.ts'),
    dependencies: at('p', 'a DEPENDENCY each, in the order they were declared, in parts as roots', 'plan.ts'),
    special: at('x', 'the record PLAN_SPECIAL, of a special stage', 'plan.ts'),
  },
} as const satisfies HashRecord;

export const PLAN_STAGE = packed('a stage of a plan', 'plan.ts', ' ', {
  name: text('of the stage'),
  queue: text('of the stage'),
  timed: flag('one of its two timeouts is set'),
  maximumAttempts: decimal('retry policy'),
  initialInterval: decimal('retry policy, ms'),
  backoffCoefficient: decimal('retry policy'),
  maximumInterval: decimal('retry policy, ms'),
  jitter: decimal('retry policy'),
  stageTimeout: ms('of the whole stage, 0: none'),
  queueTimeout: ms('of its wait for a worker, 0: none'),
  handler: text<CodeOf<typeof HANDLER>>('one of HANDLER'),
  special: flag('it has a PLAN_SPECIAL'),
});

/** What only special stages have. Code on the path of plain ones does not read it. */
export const PLAN_SPECIAL = packed('a special stage of a plan', 'plan.ts', ' ', {
  rule: text<TriggerRuleName>('its trigger rule'),
  setUps: text("indexes of the set-ups of a teardown, with commas between them, or '-'"),
  decidesEnd: flag('as a leaf it decides how the run ends'),
});

/** The facts a script needs to queue a stage. Several are separated by blanks. */
export const DEPENDANT = packed('a stage that waits for another', 'plan.ts', ':', {
  index: number('of the stage'),
  dependencies: number('how many it has'),
  queue: text('of the stage'),
  name: text('of the stage'),
  queueTimeout: ms('of its wait for a worker, 0: none'),
  stageTimeout: ms('of the whole stage, 0: none'),
  special: flag('it has a PLAN_SPECIAL'),
});

export const DEPENDENCY = packed('a stage that another waits for', 'plan.ts', ':', {
  index: number('of the stage'),
  name: text('of the stage'),
});

export const MET = packed('dependencies outside of the subset', 'run-transitions.ts', ':', {
  index: number('of the stage'),
  count: number('how many count as met; of a special stage: do not count'),
  special: flag('it has a PLAN_SPECIAL'),
});

export const WORKER = {
  of: '`/worker/<worker>`; the last two once per slot, and once per queue',
  fields: {
    registeredAt: at('reg', 'ms', 'renew_lease'),
    renewedAt: at('beat', 'ms, of the last renewal that was no repetition', 'renew_lease'),
    renewal: at('nr', 'its ordinal', 'renew_lease'),
    leaseEnd: at('until', 'ms', 'renew_lease, keep_lease, rescue_lost, note_clock_step'),
    ttl: at('ttl', 'of its lease, ms', 'renew_lease'),
    info: at('info', 'WorkerInfo, as JSON', 'renew_lease'),
    code: at(
      'has',
      'what it may claim: " pipeline@version pipeline@version ", the code it has less what is paused',
      'renew_lease, set_pause',
    ),
    apart: at('apart', 'the queue of the stage that it runs alone, or empties itself for', 'lib/claim_apart'),
    judged: at('judged', 'once its rescue has begun: the record JUDGED', 'rescue_lost'),
    claim: at('c:', 'the record CLAIM', 'advance'),
    parkedIn: at('p:', "'1' while stages are parked there that it can run", 'lib/park'),
  },
} as const satisfies HashRecord;

export const CLAIM = packed("what a worker's slot runs", 'advance', ' ', {
  job: text('the record JOB'),
  fence: number('of the claim'),
  since: ms('when it was claimed'),
  stage: text('name'),
});

export const JUDGED = packed('the rescue of a worker', 'rescue_lost', ' ', {
  leaseEnd: ms('of the lease that had ended'),
  alone: flag('one stage was all that it held'),
});

/** How a claim ended, as sent to `advance`. */
export const OUTCOME = packed('how a claim ended', 'advance.ts', ' ', {
  run: text('id'),
  stage: number('index'),
  generation: number('of the stage'),
  attempt: number('of the claim'),
  fence: number('of the claim'),
  kind: text<'succeeded' | 'failed' | 'cancelled' | 'handed_back' | 'gate'>('how'),
  retryable: flag('of a failure'),
  after: ms('to wait before the next attempt, at least'),
});

export const REACH = {
  of: 'how a rerun reaches a stage (domain/rerun.ts)',
  fields: {
    none: code('0', 'it does not'),
    all: code('1', 'it is to run again, or depends on a stage that is'),
    next: code('2', 'it waits for the stage that is to run again, and keeps its result'),
    beyond: code('3', 'it waits for one of those, and keeps its result'),
  },
} as const satisfies Codes;

export const RERUN = packed('a rerun, some of whose stages are still to be opened again', 'lib/rerun', ' ', {
  reach: text('one of REACH for each stage of the pipeline, those behind it none'),
  stage: text('name of the stage that was told to run again'),
  place: number('in the list of the dependants of the next one, up to which they no longer count its end'),
  told: json('{by, reason}'),
});

export const RESULT = packed('how a run ended', 'lib/end_run', ' ', {
  status: text<RunResult['status']>('succeeded | failed'),
  duration: ms('from its first stage on, 0: none began'),
  endedAt: ms('when it ended'),
});

export const HOLDER = packed('who holds the overlap slot', 'lib/roots', ' ', {
  run: text('id'),
  fence: number('of the slot'),
  since: ms('when it took it'),
});

export const TIMER_KIND = {
  of: 'the kinds of timers',
  fields: {
    run: code('r', 'of a run'),
    stage: code('s', 'of a whole stage'),
    queue: code('q', "of a stage's wait for a worker"),
    gate: code('g', 'of a gate: its next escalation, or its deadline'),
  },
} as const satisfies Codes;

export const TIMER = packed('a timeout', 'lib/timers', ':', {
  kind: text<CodeOf<typeof TIMER_KIND>>('one of TIMER_KIND'),
  id: text("the run, the record JOB, or a gate's id"),
});

/** Commands are entirely in their definition: a worker with any version of the pipeline can run them. */
export const GROUP: PackedRecord<{ queue: Field<string>; pipeline: Field<string>; version: Field<string> }> = {
  of: 'what is parked together',
  by: 'lib/park',
  fields: {
    queue: text('of the stages'),
    pipeline: text('whose code they need'),
    version: text("of it, '' for commands"),
  },
  separators: ['/', '@'],
};

export const REMEMBERED = packed('what an Idempotency-Key made', 'start_run, put_schedule, rerun_stage', ' ', {
  bodyHash: text('of the request'),
  made: text('id of the run or of the schedule; after a rerun, of its run'),
  pipeline: text("its pipeline, or ''"),
});

export const DEFINITIONS = packed('the definition files of a source', 'register_definitions', ' ', {
  endsAt: ms('when it does'),
  ttl: ms('of it'),
  names: json('{pipelines, broken}'),
});

export const SCHEDULE_CHANGES = {
  of: '`/schedule_changes`; the last two once per schedule, and once per pipeline',
  fields: {
    revision: at(
      'revision',
      'of all that schedules are judged by',
      'put_schedule, register_pipeline, retire_pipeline, register_definitions',
    ),
    born: at('born', 'ms, when the first pipeline was registered', 'register_pipeline'),
    begun: at('s:', 'ms, when the schedule last began', 'put_schedule'),
    returned: at('p:', 'ms, when the retired pipeline came back', 'register_pipeline'),
  },
} as const satisfies HashRecord;

export const SCHEDULE = {
  of: '`/schedule/<schedule>`',
  fields: { cursor: at('cursor', 'ms, the last instant handled', 'start_run, record_tick, follow_clock_step') },
} as const satisfies HashRecord;

export const LEADER = {
  of: '`/leader`',
  fields: {
    holder: at('holder', 'the leading scheduler', 'lead'),
    termEnd: at('until', 'ms', 'lead'),
    fence: at('fence', 'of the term', 'lead'),
    ttl: at('ttl', 'of the term, ms', 'lead'),
  },
} as const satisfies HashRecord;

export const AUDIT_HEAD = {
  of: '`/audit_head`',
  fields: {
    seq: at('seq', 'of the last entry', 'append_audit'),
    hash: at('hash', 'SHA-256 of its text, hex', 'append_audit'),
    firstSeq: at('first', 'of the oldest entry kept', 'append_audit'),
  },
} as const satisfies HashRecord;

export const CLOCK = {
  of: '`/clock`',
  fields: {
    steppedAt: at('at', "ms, when Redis's clock was last seen to jump", 'note_clock_step'),
    step: at('step', 'ms, negative: back', 'note_clock_step'),
    place: at(
      'place',
      'how far the first of `/clock_todo` is: the record CLOCK_PLACE, for `changes` a cursor of HSCAN',
      'follow_clock_step',
    ),
  },
} as const satisfies HashRecord;

export const CLOCK_TODO = packed('what is to be moved after a step of the clock', 'note_clock_step', ' ', {
  kind: text<'leases' | 'queue' | 'timers' | 'schedules' | 'changes'>('of what'),
  step: decimal('ms, negative: back'),
  since: ms('from which on the new clock may have been written'),
  names: text('of the queue, or of schedules with blanks between them'),
});

export const CLOCK_PLACE = packed('how far a sorted set is moved', 'follow_clock_step', ' ', {
  score: text('reached'),
  stayed: number('members of that score that stay where they are'),
});

/** On the channel `feed`, a line each. */
export const FEED_LINE = packed('an event on the feed', 'emit (lib/events)', ' ', {
  run: text<RunId>('id'),
  pipeline: text<PipelineName>('of the run'),
  event: text('the record EVENT'),
});

export const FEED_MARK = {
  of: 'lines of the feed that are no events begin with these',
  fields: {
    workers: code('workers', 'all of it: the workers have changed'),
    tokens: code('tokens', 'all of it: the named tokens have changed'),
    heartbeat: code('beat', 'the record HEARTBEAT'),
  },
} as const satisfies Codes;

export const HEARTBEAT = packed('a heartbeat of a live run on the feed', 'feed.ts', ' ', {
  mark: text<typeof FEED_MARK.fields.heartbeat.stored>('of FEED_MARK'),
  run: text<RunId>('id'),
  lastSeq: number('that its log has reached'),
});

/** On the channel `control`. */
export const CONTROL_VERB = {
  of: 'what workers are told',
  fields: { cancel: code('cancel', 'the run is being cancelled') },
} as const satisfies Codes;

export const CONTROL = packed('a message to workers', 'lib/cancel, fire_timeouts', ' ', {
  verb: text<CodeOf<typeof CONTROL_VERB>>('one of CONTROL_VERB'),
  run: text<RunId>('id'),
});

export const TODO_KIND = {
  of: 'kinds of work that did not fit into a script',
  fields: {
    dependants: code('d', 'what follows from the end of a stage for its dependants'),
    cancels: code('c', "cancels the run's stages"),
    roots: code('r', 'queues its roots'),
    resumes: code('p', "goes on with the run's stages after a pause"),
    reopens: code('g', 'goes on with a rerun: opens stages again'),
    older: code('o', 'cancels the older runs of its overlap slot'),
  },
} as const satisfies Codes;

export const TODO = packed('work of a run that did not fit into a script', 'leave_for_later (lib/ready)', ' ', {
  kind: text<CodeOf<typeof TODO_KIND>>('one of TODO_KIND'),
  stage: text("index of the stage whose dependants they are, or '-'"),
  place: number('to go on from: in its list, for cancels the index of a stage'),
});

/** A JSON array: the same text in the log and on the feed. An item of a map will be its last part. */
export const EVENT = {
  of: 'an event, as a JSON array',
  by: 'emit (lib/events)',
  fields: {
    seq: number('in the run'),
    at: ms('of Redis'),
    type: text('see docs/lifecycle.md'),
    stage: text("name, or 'pipeline'"),
    attempt: number('0 for the run'),
    generation: number('of the stage, 1 for the run'),
    data: json('object'),
  },
} as const;

/** A JSON object. */
export const ATTEMPT = {
  of: 'an attempt that ended, as a JSON object',
  by: 'lib/outcomes',
  fields: {
    attempt: number('its number'),
    status: text('how it ended'),
    startedAt: ms('ms'),
    finishedAt: ms('ms'),
    worker: text('that ran it'),
    error: json('{code, message} or null'),
    fence: number('of its claim'),
    generation: number('of the stage'),
    recorded: optional(text('what its worker was answered; left out when it had no part in the end')),
  },
} as const;

/** A JSON object, as the event shows it. */
export const PAUSE = {
  of: 'a pause of a run, of a pipeline or of the deployment, as a JSON object',
  by: 'lib/pause, set_pause',
  fields: {
    since: ms('when it was paused'),
    scope: text('run | pipeline | deployment | rerun: what was paused'),
    by: json('who, or null'),
    reason: json('or null'),
    cause: optional(json('{kind, gate}, left out when somebody paused it')),
  },
} as const;

/** What a script has to know of a gate's definition. */
export const GATE_RULES = {
  of: 'how a gate is decided, as a JSON object',
  by: 'gates.ts',
  fields: {
    principals: json('who may decide, as `role:<role>` or `name:<token>`'),
    added: json('of each escalation: who may decide from then on, too'),
    after: json('of each escalation: ms from the opening'),
    notify: json('of each escalation: a text or null'),
    quorum: number('approvals'),
    starter: json('whether who started the run may decide'),
    notes: text('optional | on_reject | always'),
    dependsOn: json('[name, index] of stages whose gates come first'),
    timeout: ms('0: none'),
    onTimeout: json('approve | reject | fail | null'),
  },
} as const;

export const GATE_VOTE = {
  of: 'an approval that counts, as a JSON object',
  by: 'decide_gate',
  fields: { by: json('{name, role}'), at: ms('when'), notes: json('or null') },
} as const;

export const GATE_DECISION = {
  of: 'how a gate was closed, as a JSON object',
  by: 'lib/gates',
  fields: {
    by: json('{name, role} or null'),
    via: text<GateDecision['via']>('person | deadline | auto | run'),
    at: ms('when'),
    notes: json('or null'),
    values: json('of its form, or null'),
    backTo: json('stage, or null'),
  },
} as const;

export const TICK = {
  of: 'a tick of a schedule, as a JSON object',
  by: 'start_run, record_tick',
  fields: {
    instant: ms('of the tick'),
    outcome: text('fired | caught_up | skipped | missed'),
    reason: json('text or null'),
    runId: json('or null'),
    handledAt: ms('when'),
  },
} as const;

/** An array in a reply, by name on both sides: `STARTED.list { … }` in Lua. */
export interface ListRecord<F extends Fields = Fields> {
  readonly of: string;
  readonly by: string;
  readonly fields: F;
}

/** The facts a worker needs to run a stage. */
export const STARTED = {
  of: 'a claim as its worker is given it',
  by: 'describe_claim (lib/claim)',
  fields: {
    job: text('the record JOB'),
    pipeline: text<PipelineName>('of the run'),
    version: text<PipelineVersion>('of the pipeline'),
    stage: text<StageName>('name'),
    attempt: number('its number'),
    fence: number('of the claim'),
    startedAt: ms('of the attempt'),
    deadline: optional(ms("of the whole stage, '' when it has none")),
    wide: flag('its inputs are too many to travel along: they are read with a call of their own'),
    subset: text("of the run, '' when the inputs do not travel along"),
    dependencies: text("a DEPENDENCY each, '' when the inputs do not travel along"),
    params: text('of the run, JSON'),
    trigger: text('of the run, JSON'),
    inputs: list('the outputs, JSON, of those of its dependencies that are in the run'),
    checkpoint: optional(text("that an earlier attempt kept, JSON, or ''")),
  },
} as const;

export const CANCELLED = {
  of: 'a claim of a run that is being cancelled',
  by: 'lib/compare',
  fields: {
    place: number('in `held`'),
    reason: json<string | null>('of the cancel'),
    graceMs: json<number | null>('that the stage is given'),
  },
} as const;

export const SUSPECT = {
  of: 'a stage that should be in a list of its queue',
  by: 'reconcile',
  fields: { queue: text('of the stage'), job: text('the record JOB') },
} as const;

/** By their names in Lua. */
export const LIST_RECORDS: Readonly<Record<string, ListRecord>> = { STARTED, CANCELLED, SUSPECT };
export const CODES: Readonly<Record<string, Codes>> = {
  LIST,
  HANDLER,
  WAIT,
  REACH,
  TIMER_KIND,
  TODO_KIND,
  FEED_MARK,
  CONTROL_VERB,
};
export const HASH_RECORDS: Readonly<Record<string, HashRecord>> = {
  RUN,
  ATTEMPTS,
  GATES,
  PLAN,
  WORKER,
  SCHEDULE,
  SCHEDULE_CHANGES,
  LEADER,
  AUDIT_HEAD,
  CLOCK,
};
export const PACKED_RECORDS: Readonly<Record<string, PackedRecord>> = {
  STAGE,
  PROVENANCE,
  JOB,
  LAST_REPORT,
  CHECKPOINT,
  LACKS_CODE,
  PLAN_STAGE,
  PLAN_SPECIAL,
  DEPENDANT,
  DEPENDENCY,
  MET,
  CLAIM,
  JUDGED,
  OUTCOME,
  RERUN,
  RESULT,
  HOLDER,
  TIMER,
  GROUP,
  REMEMBERED,
  DEFINITIONS,
  TODO,
  CLOCK_TODO,
  CLOCK_PLACE,
  FEED_LINE,
  HEARTBEAT,
  CONTROL,
  GATE_NAME,
  GATE,
  ANSWERED,
  FEEDBACK,
};
export const JSON_RECORDS: Readonly<Record<string, { of: string; by: string; fields: Fields }>> = {
  EVENT,
  ATTEMPT,
  PAUSE,
  TICK,
  GATE_RULES,
  GATE_VOTE,
  GATE_DECISION,
};
