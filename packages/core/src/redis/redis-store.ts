import type { Redis } from 'ioredis';
import type { RunId } from '../domain/index.ts';
import type { Store } from '../ports/index.ts';
import { advanceAll } from './advance.ts';
import { appendAudit, auditBefore, auditHead, openAudit, openAudits } from './audit.ts';
import { definitions, lostAt, registerDefinitions, releaseDefinitions } from './definitions.ts';
import {
  decideGate,
  feedbackOf,
  gate,
  gateOfStage,
  gatesOfRun,
  lastApproved,
  listGates,
  pendingGates,
} from './gates.ts';
import { channelRootOf, keysOf } from './keys.ts';
import { releaseWorker, renewLease, rescueLost } from './leases.ts';
import { pipelineRegistry } from './pipelines.ts';
import * as deployment from './read-deployment.ts';
import { eventsAfter, eventsBefore, listRuns, progress, remembered } from './read-runs.ts';
import { reconciler } from './reconcile.ts';
import { getRun, getStages, getSummary, outputsOf } from './read-stages.ts';
import { report } from './report.ts';
import { rerunStage } from './rerun-stage.ts';
import {
  artifactEvent,
  artifactEvents,
  artifactUse,
  forgetArtifacts,
  knownRuns,
  prunedArtifacts,
} from './run-artifacts.ts';
import { putSchedule, recordTick, scheduleChanges, scheduleCursor, schedules, ticks } from './schedules.ts';
import { type Database, runScript, storeError } from './script.ts';
import { noteTokenUse, putToken, tokens } from './tokens.ts';
import { lastSuccesses, results } from './results.ts';
import {
  cancelRun,
  expandRun,
  followPauses,
  pauseRun,
  pauses,
  resumeRun,
  setPause,
  startRun,
} from './run-transitions.ts';
import { fireTimeouts, limitQueues, noteClockStep, pruneRuns } from './upkeep.ts';

/** The Store on Redis: each transition is one script, each reading a few commands. The caller closes the connection. */
export const redisStore = (redis: Redis, prefix: string): Store => {
  const keys = keysOf(prefix);
  const { db: number = 0 } = redis.options;
  const db: Database = {
    redis,
    keys,
    scriptKeys: number === 0 ? [keys.root] : [keys.root, channelRootOf(keys.root, number)],
  };
  const pipelines = pipelineRegistry(db);
  const reconciling = reconciler(db, pipelines);
  return wrapped(redis, {
    registerPipeline: (pipeline, options) => pipelines.register(pipeline, options),
    retirePipeline: (name) => pipelines.retire(name),
    registerDefinitions: (command) => registerDefinitions(db, command),
    releaseDefinitions: (source) => releaseDefinitions(db, source),
    startRun: (command) => startRun(db, pipelines, command),
    cancelRun: (command) => cancelRun(db, command),
    pauseRun: (command) => pauseRun(db, command),
    rerunStage: (command) => rerunStage(db, pipelines, command),
    resumeRun: (command) => resumeRun(db, command),
    setPause: (command) => setPause(db, command),
    followPauses: (runIds) => followPauses(db, runIds),
    expandRun: (runId) => expandRun(db, runId),
    renewLease: (command) => renewLease(db, command),
    releaseWorker: (worker) => releaseWorker(db, worker),
    advance: async (command) => (await advanceAll(db, [command]))[0]!,
    advanceAll: (commands) => advanceAll(db, commands),
    decideGate: (request) => decideGate(db, request),
    report: (claim, events, ordinal, artifactsOfRun) => report(db, claim, events, ordinal, artifactsOfRun),
    rescueLost: (options) => rescueLost(db, options),
    fireTimeouts: (limit, latest) => fireTimeouts(db, limit, latest),
    noteClockStep: (step) => noteClockStep(db, step),
    reconcile: (cursor, limit, patienceMs) => reconciling.pass(cursor, limit, patienceMs),
    reconcileRuns: (runIds, patienceMs) => reconciling.runs(runIds, patienceMs),
    pruneRuns: (keep, limit) => pruneRuns(db, keep, limit),
    limitQueues: (limits) => limitQueues(db, limits),
    forgetArtifacts: (runIds) => forgetArtifacts(db, runIds),
    lead: ({ scheduler, ttlMs }) => runScript(db, 'lead', { scheduler, ttlMs }),
    putSchedule: (command) => putSchedule(db, command),
    recordTick: (tick) => recordTick(db, tick),
    putToken: (command) => putToken(db, command),
    noteTokenUse: (uses) => noteTokenUse(db, uses),
    openAudit: (entry) => openAudit(db, entry),
    appendAudit: (command) => appendAudit(db, command),

    pipelines: () => pipelines.current(),
    pipeline: (name, version) => pipelines.get(name, version),
    knownPipeline: async (name) => pipelines.known(name),
    remembered: (key) => remembered(db, key),
    definitions: () => definitions(db),
    lostAt: () => lostAt(db),
    run: (runId) => getRun(db, pipelines, runId),
    runSummary: (runId) => getSummary(db, pipelines, runId),
    stages: (runId, query) => getStages(db, pipelines, runId, query),
    // A run's flow is created with it and outlives it by up to a day (prune_runs.lua). The flow is read first: the run
    // may be created in between.
    wasPruned: async (runId) => {
      const [flow, run] = await Promise.all([
        redis.exists(db.keys.queue('runs', runId)),
        redis.exists(db.keys.run(runId)),
      ]);
      return flow === 1 && run === 0;
    },
    artifactEvents: (runId, range) => artifactEvents(db, runId, range),
    artifactEvent: (runId, id) => artifactEvent(db, runId, id),
    artifactUse: (runId) => artifactUse(db, runId),
    prunedArtifacts: (limit) => prunedArtifacts(db, limit),
    knownRuns: (runIds) => knownRuns(db, runIds),
    runs: (query) => listRuns(db, pipelines, query),
    liveRuns: async (pipeline, limit) => (await redis.zrange(db.keys.live(pipeline), '0', `${limit - 1}`)) as RunId[],
    countLiveRuns: (pipeline) => redis.zcard(db.keys.live(pipeline)),
    results: (names) => results(db, names),
    lastSuccesses: async () => lastSuccesses(db, await pipelines.names()),
    progress: (runId) => progress(db, runId),
    events: (runId, range) => eventsAfter(db, runId, range),
    eventsBefore: (runId, range) => eventsBefore(db, runId, range),
    outputsOf: (runId, indexes) => outputsOf(db, runId, indexes),
    workers: (page) => deployment.workers(db, page),
    queues: (names) => deployment.queues(db, pipelines, names),
    queueNames: () => deployment.queueNames(db, pipelines),
    parked: () => deployment.parked(db),
    pauses: () => pauses(db),
    liveWorkers: () => deployment.liveWorkers(db),
    locks: (page) => deployment.locks(db, page),
    lock: (pipeline) => deployment.lock(db, pipeline),
    schedules: () => schedules(db),
    scheduleChanges: () => scheduleChanges(db),
    scheduleCursor: (id) => scheduleCursor(db, id),
    ticks: (id, limit, before) => ticks(db, id, limit, before),
    gate: (gateId) => gate(db, gateId),
    gates: (request) => listGates(db, request),
    gatesOfRun: (runId) => gatesOfRun(db, runId),
    gateOfStage: (runId, stage) => gateOfStage(db, runId, stage),
    feedbackOf: (runId, stage, generation) => feedbackOf(db, runId, stage, generation),
    lastApproved: (pipeline, stage) => lastApproved(db, pipeline, stage),
    pendingGates: (names) => pendingGates(db, names),
    tokens: () => tokens(db),
    auditHead: () => auditHead(db),
    auditBefore: (range) => auditBefore(db, range),
    openAudits: () => openAudits(db),
    counters: () => deployment.counters(db),
    leader: () => deployment.leader(db),
    clockStep: () => deployment.clockStep(db),
    now: () => deployment.clock(db),
  });
};

/** Turns a failure of Redis into an error of the catalogue, whatever the command. */
const wrapped = (redis: Redis, store: Store): Store =>
  Object.fromEntries(
    Object.entries(store).map(([name, call]) => [
      name,
      async (...args: unknown[]) => {
        try {
          return await (call as (...args: unknown[]) => Promise<unknown>)(...args);
        } catch (error) {
          throw storeError(error, name, redis);
        }
      },
    ]),
  ) as unknown as Store;
