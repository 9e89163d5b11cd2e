/**
 * Every key of a deployment. From this table come `keysOf` (keys.ts), the check that no script touches another key
 * (scripts/generate/lua/keys.mjs), and docs/redis-keys.md. All keys begin with the one hash tag `{prefix}`, so that
 * each script is single-slot on Redis Cluster. BullMQ's keys are `{prefix}:<queue>:…` (its own layout); Millrace's are
 * `{prefix}/…`, which no queue's name can collide with.
 */
export interface KeyRow {
  /** Behind `{prefix}`; `<…>` stands for a name or an id. */
  readonly pattern: string;
  readonly type: 'hash' | 'list' | 'set' | 'zset' | 'string' | 'channel';
  readonly members: string;
  readonly lives: string;
  /** Names of the scripts that write it, and other writers. */
  readonly by: string;
}

const row = <Pattern extends string>(
  pattern: Pattern,
  type: KeyRow['type'],
  members: string,
  lives: string,
  by: string,
) => ({
  pattern,
  type,
  members,
  lives,
  by,
});

const PIPELINES = 'register_pipeline, retire_pipeline';
const MOVES = 'every script that moves a run';

export const KEYS = {
  run: row('/run/<run>', 'hash', "the run's state and its stages': the records RUN and STAGE", 'until pruned', MOVES),
  events: row(
    '/run/<run>/events',
    'list',
    'the event log, one event an element; it may lose its beginning',
    'with the run',
    `${MOVES}, report`,
  ),
  outputs: row(
    '/run/<run>/outputs',
    'hash',
    'stage index -> its output, where that is longer than 64 bytes',
    'with the run',
    'advance',
  ),
  attempts: row(
    '/run/<run>/attempts',
    'hash',
    'of stages with an attempt that did not succeed: the record ATTEMPTS',
    'with the run',
    MOVES,
  ),
  failed: row(
    '/run/<run>/failed',
    'zset',
    'indexes of the stages that failed after the first one, by the seq of that: one of them is the next first after a rerun',
    'with the run',
    'lib/outcomes, lib/rerun',
  ),
  checkpoints: row(
    '/run/<run>/checkpoints',
    'hash',
    'stage index -> its last checkpoint: the record CHECKPOINT',
    'until the run ends',
    'report',
  ),
  artifacts: row(
    '/run/<run>/artifacts',
    'hash',
    'id -> its event, as in the log, of each artifact that the run has',
    'with the run',
    'report',
  ),
  artifactIds: row(
    '/run/<run>/artifact_ids',
    'list',
    'their ids in the order in which they were stored',
    'with the run',
    'report',
  ),
  todo: row(
    '/run/<run>/todo',
    'list',
    'transitions cut at the budget of one script: the record TODO',
    'until expanded',
    `${MOVES}, expand_run`,
  ),
  begins: row(
    '/run/<run>/begins',
    'list',
    'of a retry, until its stages may be queued: what goes into the list before',
    'until it is admitted, or 10 min without a run',
    'retry-keeps.ts, start_run, lib/end_run',
  ),
  unfinished: row('/unfinished', 'set', 'runs that have such a list', 'until expanded', `${MOVES}, expand_run`),
  runGates: row('/run/<run>/gates', 'hash', 'its gates: the record GATES', 'with the run', 'lib/gate_moves'),
  gates: row(
    '/gates',
    'zset',
    'ids of the gates that wait for a decision, by when they opened',
    'until decided',
    'lib/gates',
  ),
  pipelineGates: row('/gates/<pipeline>', 'zset', 'the same, of the pipeline', 'until decided', 'lib/gates'),
  principalGates: row(
    '/gates_of/<principal>',
    'zset',
    'the same, that this role (`role:<role>`) or person (`name:<token>`) may decide',
    'until decided',
    'lib/gates',
  ),
  closedGates: row(
    '/gates_closed',
    'zset',
    'ids of the gates that were closed, by when: the last 10,000',
    'with the run',
    'lib/gates, prune_runs',
  ),
  approvedGates: row(
    '/gates_approved',
    'hash',
    '<pipeline>/<stage> -> id of the gate that was approved last',
    'for good',
    'lib/gates',
  ),
  plan: row(
    '/plan/<pipeline>/<version>',
    'hash',
    'the definition and its plan: the record PLAN',
    'for good',
    PIPELINES,
  ),
  pipelines: row('/pipelines', 'hash', 'name -> current version', 'until retired', PIPELINES),
  pipelineNames: row('/pipeline_names', 'set', 'every name ever registered', 'for good', 'register_pipeline'),
  queueNames: row(
    '/queue_names',
    'set',
    'the queues of every version ever registered',
    'for good',
    'register_pipeline',
  ),
  versions: row('/versions/<pipeline>', 'set', 'every version registered', 'for good', 'register_pipeline'),
  retired: row(
    '/retired',
    'set',
    'names of pipelines that were retired: no run of them starts',
    'until registered again',
    PIPELINES,
  ),
  allRuns: row(
    '/runs',
    'zset',
    'run ids by created_at; derived: an older store lacks it until a scheduler has swept',
    'until pruned',
    'start_run, index-runs.ts',
  ),
  runs: row('/runs/<pipeline>', 'zset', 'run ids by created_at', 'until pruned', 'start_run'),
  live: row(
    '/live/<pipeline>',
    'zset',
    'runs that are not terminal, by created_at',
    'until the run ends',
    'start_run, lib/end_run',
  ),
  ended: row('/ended', 'zset', 'terminal runs by when they ended', 'until pruned', 'lib/end_run'),
  lastSuccess: row(
    '/last_success',
    'hash',
    'pipeline -> when a run of it last succeeded, of those whose last result is a failure',
    'for good',
    'lib/end_run',
  ),
  results: row(
    '/results/<pipeline>',
    'list',
    'how its last runs ended that were not cancelled, the last first, 100 to 200: the record RESULT',
    'for good',
    'lib/jobs',
  ),
  prunedArtifacts: row(
    '/pruned_artifacts',
    'list',
    'pruned runs whose artifacts are still to be removed, 100,000 at most',
    'until removed',
    'prune_runs',
  ),
  definitions: row(
    '/definitions',
    'hash',
    'source -> which pipelines its files define: the record DEFINITIONS',
    'until another source renews',
    'register_definitions',
  ),
  lost: row(
    '/lost',
    'string',
    'when a process found that Redis had forgotten everything',
    '1 h',
    'register_definitions',
  ),
  overlaps: row(
    '/overlaps',
    'hash',
    'pipeline -> who holds the overlap lock: the record HOLDER',
    'while held',
    'lib/roots, lib/end_run',
  ),
  overlapQueue: row(
    '/overlap/<pipeline>/queue',
    'list',
    'runs that wait for the lock',
    'until admitted',
    'start_run, lib/end_run',
  ),
  fences: row('/fences', 'hash', 'pipeline -> fence of the last run', 'for good', 'start_run'),
  overlapFences: row(
    '/overlap_fences',
    'hash',
    'pipeline -> fence of the last holder of the overlap lock',
    'for good',
    'lib/roots',
  ),
  worker: row(
    '/worker/<worker>',
    'hash',
    'its lease, what it can run and what it runs: the record WORKER',
    'while registered',
    'renew_lease, keep_lease, advance, rescue_lost',
  ),
  workers: row(
    '/workers',
    'zset',
    'workers by the end of their lease',
    'while registered',
    'renew_lease, keep_lease, rescue_lost',
  ),
  parked: row('/parked', 'set', 'groups of what is parked: the record GROUP', 'while stages are', 'lib/park'),
  pauses: row(
    '/pauses',
    'hash',
    "pipeline, or '*' for the whole deployment -> who paused it: the record PAUSE",
    'until resumed',
    'set_pause',
  ),
  resumes: row(
    '/resumes',
    'hash',
    "pipeline, or '*' for the whole deployment -> JSON {by, reason}: who resumed it last",
    'for good',
    'set_pause',
  ),
  parkedIn: row(
    '/parked/<group>',
    'zset',
    "jobs that wait for a worker with their code, by since when; meanwhile `offers` in the queue's `meta`: workers that may be woken for it",
    'until taken or ended',
    'lib/park',
  ),
  stale: row(
    '/stale/<queue>',
    'set',
    "jobs of ended stages that are still in the queue's list, too deep to be taken out at once",
    'until taken out or claimed',
    'lib/cancel, lib/claim, remove_stale',
  ),
  apart: row('/apart/<queue>', 'list', 'jobs of stages that run alone and wait', 'while some wait', 'lib/apart'),
  timers: row(
    '/timers',
    'zset',
    'timeouts by when they are due: the record TIMER',
    'until due or ended',
    'lib/timers, fire_timeouts',
  ),
  remembered: row(
    '/idem/<key>',
    'string',
    'what an Idempotency-Key made: the record REMEMBERED',
    '24 h',
    'start_run, put_schedule',
  ),
  schedules: row(
    '/schedules',
    'hash',
    'id -> JSON of what the API has set for a schedule',
    'until removed',
    'put_schedule',
  ),
  scheduleChanges: row(
    '/schedule_changes',
    'hash',
    'the record SCHEDULE_CHANGES',
    'for good',
    `put_schedule, register_definitions, ${PIPELINES}`,
  ),
  schedule: row(
    '/schedule/<schedule>',
    'hash',
    'the last instant handled: the record SCHEDULE',
    'for good',
    'start_run, record_tick',
  ),
  ticks: row(
    '/schedule/<schedule>/ticks',
    'list',
    'the ledger, newest first, 1,000',
    'for good',
    'start_run, record_tick',
  ),
  counters: row('/counters', 'hash', '`fenced rescued repaired …` -> how often', 'for good', 'lib/events'),
  format: row('/format', 'string', 'the number of the format of all that is here', 'for good', 'format.ts'),
  lock: row(
    '/lock/<pipeline>',
    'string',
    'the run that holds the Redlock; on each lock node',
    'its ttl, renewed',
    'redlock-locks.ts',
  ),
  clock: row(
    '/clock',
    'hash',
    "when Redis's clock was last seen to jump: the record CLOCK",
    'for good',
    'note_clock_step, follow_clock_step',
  ),
  clockTodo: row(
    '/clock_todo',
    'list',
    'what is to be moved after such a jump: the record CLOCK_TODO',
    'until moved',
    'note_clock_step, follow_clock_step',
  ),
  leader: row('/leader', 'hash', 'the leading scheduler: the record LEADER', 'for good', 'lead'),
  tokens: row(
    '/tokens',
    'hash',
    'name -> JSON of a named token: its role, and the hash of its text',
    'until revoked',
    'put_token',
  ),
  tokenUses: row('/token_uses', 'hash', 'name -> when the token was last used, ms', 'with the token', 'note_token_use'),
  audit: row(
    '/audit',
    'zset',
    'entries of the audit log, JSON each, by their seq',
    'the newest `MILLRACE_AUDIT_ENTRIES`',
    'append_audit',
  ),
  auditHead: row('/audit_head', 'hash', 'the record AUDIT_HEAD', 'for good', 'append_audit'),
  auditOpen: row(
    '/audit_open',
    'hash',
    'id -> JSON of an entry that is not in the log yet',
    'until it is',
    'audit.ts, start_run, append_audit',
  ),
  rate: row('/rate/<what>/<address>', 'string', 'requests of an address within its window', 'the window', 'the API'),
  signedOut: row(
    '/signed_out',
    'zset',
    'ids of sessions that were signed out, by when their cookies are over',
    'until then',
    'the API',
  ),
} as const satisfies Readonly<Record<string, KeyRow>>;

/** In a database n > 0 they begin with `{prefix}@n`: pub/sub ignores databases. */
export const CHANNELS = {
  feed: row('/feed', 'channel', 'a FEED_LINE or FEED_MARK a line', '', 'lib/jobs'),
  control: row('/control', 'channel', 'the record CONTROL', '', 'lib/cancel, fire_timeouts'),
} as const satisfies Readonly<Record<string, KeyRow>>;

/** The part of BullMQ's layout that the scripts touch (lib/jobs.lua). */
export const BULL_KEYS: readonly KeyRow[] = [
  row(':<queue>:wait', 'list', 'jobs that may be claimed', 'until claimed', 'lib/jobs, lib/ready, lib/outcomes'),
  row(':<queue>:active', 'list', 'jobs that run', 'until settled', 'lib/claim, lib/ready'),
  row(':<queue>:delayed', 'zset', 'jobs that may be claimed later, by when (ms * 4096)', 'until due', 'lib/outcomes'),
  row(':<queue>:marker', 'zset', 'wakes a blocked worker', 'until one woke', 'lib/jobs, lib/outcomes'),
  row(
    ':<queue>:meta',
    'hash',
    "BullMQ's settings of the queue, `concurrency` among them: stages that may run at once; `apart` while stages wait that run alone: '-', or the worker that empties itself for them",
    'for good',
    'lib/apart, upkeep.ts',
  ),
  row(
    ':<queue>:<job>',
    'hash',
    '`name`, `timestamp`, and `delay` once it was delayed',
    'until the stage ends',
    'lib/jobs',
  ),
  row(
    ':runs:waiting-children',
    'zset',
    'flows of all live runs, by created_at',
    'until the run ends',
    'lib/roots, lib/end_run',
  ),
  row(':runs:wait', 'list', 'ended runs with closing work', 'until the finalizer takes it', 'lib/end_run'),
  row(':runs:failed', 'zset', 'runs whose closing work was given up', '1,000', "BullMQ's worker"),
  row(
    ':runs:<run>',
    'hash',
    "a run's flow: `name`, `timestamp`, and `opts` when it has closing work",
    'until the run ends, or is closed',
    'lib/roots',
  ),
];
