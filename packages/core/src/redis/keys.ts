/**
 * Every key of a deployment. All begin with the one hash tag `{prefix}`, so that each script is single-slot on Redis Cluster.
 * BullMQ's keys are `{prefix}:<queue>:…` (its own layout); Millrace's are `{prefix}/…`, which no queue's name can collide with.
 *
 * | key | type | members | lifetime |
 * |---|---|---|---|
 * | `/run/<id>` | hash | the run's state: `st seq pl v …`; `an`, `ab`: artifacts recorded and their bytes; per stage i: `s<i>` packed record, `o<i>` output, `x<i>` error, `h<i>` past attempts, `n<i>` dependencies met, `r<i>` "fence ordinal answer" of the last report, `w<i>` "since attempt" of when no worker had its code | until pruned |
 * | `/run/<id>/events` | stream | the event log, ids `<seq>-0` | with the run |
 * | `/run/<id>/artifacts` | hash | id -> its event, as in the log, of each artifact that the run has | with the run |
 * | `/run/<id>/todo` | list | transitions cut at the budget of one script | until expanded |
 * | `/unfinished` | set | runs that have such a list | until expanded |
 * | `/plan/<pipeline>/<version>` | hash | the definition (`def`), its plan (domain/plan.ts), and `retired` while the pipeline is | for good |
 * | `/pipelines` | hash | name -> current version | |
 * | `/pipeline_names` | set | every name ever registered | |
 * | `/queue_names` | set | the queues of every version ever registered | for good |
 * | `/versions/<pipeline>` | set | every version registered | for good |
 * | `/retired` | set | names of pipelines that were retired: no run of them starts | until registered again |
 * | `/runs`, `/runs/<pipeline>` | zset | run ids by created_at; `/runs` is derived: a store of an earlier build lacks it until a scheduler has swept (index-runs.ts) | until pruned |
 * | `/live/<pipeline>` | zset | runs that are not terminal, by created_at | |
 * | `/ended` | zset | terminal runs by when they ended | until pruned |
 * | `/pruned_artifacts` | list | pruned runs whose artifacts are still to be removed, 100,000 | until removed |
 * | `/definitions` | hash | source -> "until ttl JSON": which pipelines its files define; ended ones until another tells | |
 * | `/lost` | string | when a process found that Redis had forgotten everything | 1 h |
 * | `/slots` | hash | pipeline -> "run fence since": who holds the overlap slot | while held |
 * | `/slot/<pipeline>/queue` | list | runs that wait for the slot | |
 * | `/fences`, `/slot_fences` | hash | pipeline -> last fence given | for good |
 * | `/worker/<id>` | hash | `reg beat nr until info`; `c:<slot>` -> "job fence since stage" per claim; `p:<queue>` while stages are parked there that it can run; `apart`: the queue of the stage that it runs alone, or empties itself for; `judged`: once its rescue has begun, "until alone" | while registered |
 * | `/workers` | zset | workers by the end of their lease | |
 * | `/parked` | set | "queue/pipeline@version" of what is parked, without the version for commands | while stages are |
 * | `/parked/<queue>/<pipeline>@<version>` | zset | jobs that no worker had the code of, by since when | until taken or ended |
 * | `/apart/<queue>` | list | jobs of stages that run apart and wait; the queue's `meta` has `apart` meanwhile: "-" or the worker that empties itself for them | while some wait |
 * | `/timers` | zset | `r:<run>`, `s:<job>`, `q:<job>` by when they are due | until due or ended |
 * | `/idem/<key>` | string | "hash made pipeline" of an Idempotency-Key, or of one change to schedules: a run's or a schedule's id | 24 h |
 * | `/schedules` | hash | id -> JSON of what the API has set for a schedule | |
 * | `/schedule_changes` | hash | `revision`; `born`, when the first pipeline was registered; `s:<id>` when a schedule last began; `p:<pipeline>` when a retired pipeline came back | for good |
 * | `/schedule/<id>` | hash | `cursor`: the last instant handled | for good |
 * | `/schedule/<id>/ticks` | list | the ledger, newest first, 1,000 | |
 * | `/counters` | hash | `fenced rescued repaired …` | for good |
 * | `/format` | string | the number of the format of all that is here (format.ts) | for good |
 * | `/lock/<pipeline>` | string | the run that holds the Redlock; on each lock node | its ttl, renewed |
 * | `/clock` | hash | `at step`: when Redis's clock was last seen to jump, and by how many ms; `place`: how far the first of `/clock_todo` is done | |
 * | `/clock_todo` | list | what is still to be moved after such a jump | until moved |
 * | `/leader` | hash | `holder until fence` of the leading scheduler | |
 * | `/rate/<what>/<address>` | string | requests of an address within its window; written by the API | the window |
 * | `/signed_out` | zset | ids of sessions that were signed out, by when their cookies are over; written by the API | until then |
 * | `/wide_flows` | list | flows too wide to drop at once | until dropped |
 * | `/feed`, `/control` | channel | events of all runs; wake-ups for workers; in database n > 0 `{prefix}@n/…` | |
 */
export const keysOf = (prefix: string) => {
  const root = `{${prefix}}`;
  return {
    root,
    ...channelsOf(root, 0),
    run: (id: string) => `${root}/run/${id}`,
    events: (id: string) => `${root}/run/${id}/events`,
    artifacts: (id: string) => `${root}/run/${id}/artifacts`,
    todo: (id: string) => `${root}/run/${id}/todo`,
    unfinished: `${root}/unfinished`,
    plan: (pipeline: string, version: string) => `${root}/plan/${pipeline}/${version}`,
    pipelines: `${root}/pipelines`,
    pipelineNames: `${root}/pipeline_names`,
    queueNames: `${root}/queue_names`,
    allRuns: `${root}/runs`,
    runs: (pipeline: string) => `${root}/runs/${pipeline}`,
    live: (pipeline: string) => `${root}/live/${pipeline}`,
    /** BullMQ's list of the flows that are not over: all live runs, by created_at. */
    allLive: `${root}:runs:waiting-children`,
    remembered: (key: string) => `${root}/idem/${key}`,
    prunedArtifacts: `${root}/pruned_artifacts`,
    definitions: `${root}/definitions`,
    lost: `${root}/lost`,
    slots: `${root}/slots`,
    slotQueue: (pipeline: string) => `${root}/slot/${pipeline}/queue`,
    worker: (id: string) => `${root}/worker/${id}`,
    workers: `${root}/workers`,
    parked: `${root}/parked`,
    parkedIn: (group: string) => `${root}/parked/${group}`,
    apart: (queue: string) => `${root}/apart/${queue}`,
    timers: `${root}/timers`,
    schedules: `${root}/schedules`,
    scheduleChanges: `${root}/schedule_changes`,
    schedule: (id: string) => `${root}/schedule/${id}`,
    ticks: (id: string) => `${root}/schedule/${id}/ticks`,
    format: `${root}/format`,
    counters: `${root}/counters`,
    leader: `${root}/leader`,
    clock: `${root}/clock`,
    rateLimits: `${root}/rate`,
    signedOut: `${root}/signed_out`,
    /** BullMQ's prefix, and one of its keys. */
    queuePrefix: root,
    queue: (name: string, part: string) => `${root}:${name}:${part}`,
  };
};

/** Redis's pub/sub knows no databases: the channels of one other than 0 carry its number. */
export const channelRootOf = (root: string, db: number): string => (db === 0 ? root : `${root}@${db}`);
export const channelsOf = (root: string, db: number) => {
  const channelRoot = channelRootOf(root, db);
  return { feed: `${channelRoot}/feed`, control: `${channelRoot}/control` };
};
export type Keys = ReturnType<typeof keysOf>;
