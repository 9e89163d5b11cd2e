/** Everything that views read. */
import { isTerminalRun, type Pipeline, type PipelineName, type RunEvent, type RunId } from '../domain/index.ts';
import type { GateReadings, Readings } from '../ports/index.ts';
import { auditBefore, auditHead, openAudits } from './audit.ts';
import { definitionViews, lostAt } from './definitions.ts';
import type { Deployment, PipelineRecord } from './deployment.ts';
import { gateOf, feedbackOf, gateOfStage, gatesOfRun, lastApproved, listGates, pendingGates } from './gate-views.ts';
import { pageRuns } from './page-runs.ts';
import { parkedViews } from './parked.ts';
import { pauseViews } from './follow-pauses.ts';
import { artifactsOf } from './retries.ts';
import { pageOfStages, summaryOf, viewOf } from './run-view.ts';
import { cursorOf, isListed } from './schedules.ts';
import { tokenViews } from './tokens.ts';
import { lockViews, queueViews, workerViews } from './system-views.ts';

/** The same verbs as the port, answered at once. */
export type Direct<Port> = {
  readonly [Verb in keyof Port]: Port[Verb] extends (...given: infer Given) => Promise<infer Answer>
    ? (...given: Given) => Answer
    : never;
};

export const readings = (deployment: Deployment): Direct<Readings & GateReadings> => ({
  pipelines: () =>
    [...deployment.pipelines.values()]
      .flatMap((record) => currentOf(record) ?? [])
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  pipeline: (name, version) => {
    const record = deployment.pipelines.get(name);
    return (record && (version === undefined ? currentOf(record) : record.versions.get(version))) ?? null;
  },
  knownPipeline: (name) => {
    const record = deployment.pipelines.get(name);
    return (record && currentOf(record)) ?? null;
  },
  remembered: (key) => {
    const kept = deployment.idempotency.get(key);
    return kept && kept.until > deployment.clock.now()
      ? { bodyHash: kept.bodyHash, made: kept.made, pipeline: kept.pipeline }
      : null;
  },
  definitions: () => definitionViews(deployment),
  lostAt: () => lostAt(deployment),
  run: (runId) => {
    const run = deployment.runs.get(runId);
    return run ? viewOf(run) : null;
  },
  runSummary: (runId) => {
    const run = deployment.runs.get(runId);
    return run ? summaryOf(run) : null;
  },
  stages: (runId, query) => {
    const run = deployment.runs.get(runId);
    return run ? pageOfStages(run, query) : null;
  },
  wasPruned: (runId) => deployment.pruned.has(runId),
  artifactUse: (runId) => ({
    deployment: nameOf(deployment),
    ...(deployment.runs.get(runId)?.artifacts ?? { count: 0, bytes: 0 }),
  }),
  prunedArtifacts: (limit) => ({
    deployment: nameOf(deployment),
    runIds: [...deployment.prunedArtifacts].slice(0, limit),
  }),
  knownRuns: (runIds) => ({
    deployment: nameOf(deployment),
    runIds: runIds.filter((runId) => deployment.runs.has(runId)),
  }),
  runs: (query) => pageRuns(deployment, query),
  liveRuns: (pipeline, limit) => liveOf(deployment, pipeline).slice(0, limit),
  countLiveRuns: (pipeline) => liveOf(deployment, pipeline).length,
  results: (pipelines) =>
    pipelines.map((name) => {
      const record = deployment.pipelines.get(name);
      return { lastSuccessAt: record?.lastSuccessAt ?? null, results: record?.results ?? [] };
    }),
  lastSuccesses: () =>
    Object.fromEntries(
      [...deployment.pipelines].flatMap(([name, { lastSuccessAt }]) =>
        lastSuccessAt === null ? [] : [[name, lastSuccessAt] as const],
      ),
    ),
  progress: (runId) => {
    const run = deployment.runs.get(runId);
    return run ? { lastSeq: run.log.length, isOver: isTerminalRun(run.status) } : null;
  },
  events: (runId, { afterSeq, limit }) => logOf(deployment, runId)?.slice(afterSeq, afterSeq + limit) ?? null,
  eventsBefore: (runId, { beforeSeq, limit }) => {
    const log = logOf(deployment, runId);
    const end = beforeSeq === null ? Infinity : Math.max(0, beforeSeq - 1);
    return log?.slice(0, end).slice(-limit) ?? null;
  },
  artifactEvents: (runId, { after, limit }) => artifactsIn(deployment, runId)?.slice(after, after + limit) ?? null,
  artifactEvent: (runId, id) => artifactsIn(deployment, runId)?.find(({ data }) => data['id'] === id) ?? null,
  outputsOf: (runId, indexes) =>
    indexes.map((index) => JSON.parse(deployment.runs.get(runId)?.stages.get(index)?.outputJson ?? 'null') as unknown),
  workers: (page) => {
    const views = workerViews(deployment);
    if (page === undefined) return views;
    const byName = [...views].sort((a, b) => (a.worker < b.worker ? -1 : 1));
    return byName.filter(({ worker }) => page.after === null || worker > page.after).slice(0, page.limit);
  },
  queues: (names) => queueViews(deployment).filter(({ queue }) => names === undefined || names.includes(queue)),
  queueNames: () => [...deployment.queues.keys()].sort(),
  pauses: () => pauseViews(deployment),
  parked: () => parkedViews(deployment),
  liveWorkers: () =>
    [...deployment.workers.values()]
      .filter(({ leaseUntil }) => leaseUntil > deployment.clock.now())
      .map(({ info }) => info),
  locks: (page) => {
    const after = page?.after ?? '';
    return lockViews(deployment)
      .filter(({ lock }) => lock > after)
      .slice(0, page?.limit);
  },
  lock: (pipeline) => lockViews(deployment).find((one) => one.pipeline === pipeline) ?? null,
  schedules: () => [...deployment.schedules.values()],
  scheduleChanges: () => ({
    revision: deployment.scheduleRevision,
    born: deployment.born,
    begun: Object.fromEntries(deployment.schedulesBegun),
    returned: Object.fromEntries(deployment.pipelinesReturned),
  }),
  scheduleCursor: (id) => cursorOf(deployment, id),
  ticks: (id, limit, before = Infinity) =>
    (deployment.ticks.get(id) ?? [])
      .filter(isListed)
      .toReversed()
      .slice(0, 1_000)
      .filter((tick) => tick.instant < before)
      .slice(0, limit),
  gate: (gateId) => gateOf(deployment, gateId),
  gates: (request) => listGates(deployment, request),
  gatesOfRun: (runId) => gatesOfRun(deployment, runId),
  gateOfStage: (runId, stage) => gateOfStage(deployment, runId, stage),
  feedbackOf: (runId, stage, generation) => feedbackOf(deployment, runId, stage, generation),
  lastApproved: (pipeline, stage) => lastApproved(deployment, pipeline, stage),
  pendingGates: (names) => pendingGates(deployment, names),
  tokens: () => tokenViews(deployment),
  auditHead: () => auditHead(deployment),
  auditBefore: (range) => auditBefore(deployment, range),
  openAudits: () => openAudits(deployment),
  counters: () => Object.fromEntries(deployment.counters),
  leader: () => {
    const { leader, clock } = deployment;
    return leader && leader.until > clock.now()
      ? { holder: leader.holder, fence: leader.fence, ttlMs: leader.until - clock.now() }
      : null;
  },
  clockStep: () => deployment.clockStep,
  now: () => deployment.clock.now(),
});

const liveOf = (deployment: Deployment, pipeline: PipelineName): readonly RunId[] =>
  [...deployment.runs.values()]
    .filter((run) => run.pipeline.name === pipeline && !isTerminalRun(run.status))
    .map(({ runId }) => runId);

const currentOf = ({ current, versions }: PipelineRecord): Pipeline | null =>
  current === null ? null : versions.get(current)!;

/** An event's place in the log is its seq - 1. */
const logOf = (deployment: Deployment, runId: RunId): readonly RunEvent[] | undefined =>
  deployment.runs.get(runId)?.log;

const artifactsIn = (deployment: Deployment, runId: RunId): readonly RunEvent[] | undefined => {
  const run = deployment.runs.get(runId);
  return run && artifactsOf(run).map((event) => ({ ...event, runId }));
};

const nameOf = ({ born }: Deployment): string => `memory-${born ?? 0}`;
