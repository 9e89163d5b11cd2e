import {
  type Blocker,
  countParents,
  decide,
  type Explanation,
  type Gate,
  hasCode,
  isTerminalStage,
  jobIdOf,
  type Pause,
  type PauseScope,
  type Pipeline,
  principalsOf,
  type RunSummary,
  type Stage,
  type StageName,
  type StageRun,
  TRIGGER_RULES,
} from '../domain/index.ts';
import type { QueueView, Store, WorkerView } from '../ports/index.ts';
import { everyStage } from './every-stage.ts';
import { pauseOf } from './pause-run.ts';

/**
 * Why a run's stages, or the named one, do not run: the blockers of each, the next to lift first. Omits stages that run
 * or have ended.
 */
export const explainRun = async (
  store: Store,
  run: RunSummary,
  { only, limit }: { only: string | null; limit: number },
): Promise<Explanation> => {
  const now = await store.now();
  if (run.finishedAt !== null || run.status === 'cancelling') return { at: now, blockers: [], stages: [], waiting: 0 };
  const pipeline = await store.pipeline(run.pipeline, run.version);
  const stages = await stagesToTell(store, run, pipeline, only);
  const waiting = stages
    .filter(({ stage, status }) => NEARNESS.includes(status) && (only === null || stage === only))
    .sort(byNearness);
  const named = [...new Set(waiting.slice(0, limit).map(({ queue }) => queue))];
  const [queues, workers] = await Promise.all([store.queues(named), store.workers()]);
  // A new run of a paused pipeline is paused once something would start it.
  const pause = run.pause ?? pauseOf(await store.pauses(), run.pipeline);
  const blockers = [...(pause ? [paused(pause)] : []), ...(run.status === 'queued' ? [await overlap(store, run)] : [])];
  const specs = new Map(pipeline?.stages.map((spec) => [spec.name, spec]));
  const states = new Map(stages.map((stage) => [stage.stage, stage]));
  const atGates = waiting.some(({ status }) => status === 'awaiting_gate');
  const gates = atGates ? await store.gatesOfRun(run.runId) : [];
  const ground = { run, pause, states, queues, workers, gates, now };
  return {
    at: now,
    blockers,
    waiting: waiting.length,
    stages: waiting.slice(0, limit).map((stage) => ({
      stage: stage.stage,
      status: stage.status,
      blockers: [...blockers, ...blockersOf(ground, stage, specs.get(stage.stage))],
    })),
  };
};

/** All stages of the run, or the requested one and its dependencies. */
const stagesToTell = async (
  store: Store,
  { runId }: RunSummary,
  pipeline: Pipeline | null,
  only: string | null,
): Promise<readonly StageRun[]> => {
  const spec = only === null ? null : pipeline?.stages.find(({ name }) => name === only);
  const names = spec ? [spec.name, ...spec.dependsOn] : undefined;
  const stages: StageRun[] = [];
  for await (const stage of everyStage(store, runId, { outputs: false, ...(names === undefined ? {} : { names }) }))
    stages.push(stage);
  return stages;
};

const NEARNESS: readonly StageRun['status'][] = ['awaiting_gate', 'queued', 'retrying', 'ready', 'pending'];
const byNearness = (a: StageRun, b: StageRun): number => NEARNESS.indexOf(a.status) - NEARNESS.indexOf(b.status);

const LIFTS_WHEN = {
  run: 'the run is resumed',
  pipeline: 'its pipeline is resumed',
  deployment: 'the deployment is resumed',
  rerun: 'the rerun has opened the last of its stages again',
} as const satisfies Readonly<Record<PauseScope, string>>;

const paused = ({ since, ...evidence }: Pause): Blocker => ({
  code: 'paused',
  since,
  evidence,
  liftsWhen: LIFTS_WHEN[evidence.scope],
});

const overlap = async (store: Store, { pipeline, runId, createdAt }: RunSummary): Promise<Blocker> => {
  const lock = await store.lock(pipeline);
  const place = lock?.queued.indexOf(runId) ?? -1;
  const ahead = place < 0 ? (lock?.queued.length ?? 0) : place;
  return {
    code: 'overlap',
    since: createdAt,
    evidence: { holder: lock?.holder ?? null, ahead },
    liftsWhen: 'the live run and the runs queued ahead of this one have ended',
  };
};

interface Ground {
  readonly run: RunSummary;
  readonly pause: Pause | null;
  readonly states: ReadonlyMap<StageName, StageRun>;
  readonly queues: readonly QueueView[];
  readonly workers: readonly WorkerView[];
  readonly gates: readonly Gate[];
  readonly now: number;
}

const blockersOf = (ground: Ground, stage: StageRun, spec: Stage | undefined): readonly Blocker[] => {
  switch (stage.status) {
    case 'awaiting_gate':
      return atGate(ground, stage);
    case 'pending':
      return spec ? dependencies(ground, spec) : [];
    case 'retrying':
      if (ground.pause) return backoff(ground, stage);
      return [...backoff(ground, stage), ...atQueue(ground, stage, spec).filter(({ code }) => code !== 'no_capacity')];
    case 'queued':
      return ground.pause ? [] : atQueue(ground, stage, spec);
    default:
      return [];
  }
};

/** Maximum dependencies named for a wide join. */
const NAMED = 20;

const dependencies = ({ run, states }: Ground, { dependsOn, when }: Stage): readonly Blocker[] => {
  const parents = dependsOn.flatMap((name) => states.get(name) ?? []);
  // A decided stage is about to be queued or skipped.
  if (decide(when, countParents(parents.map(({ status }) => status))) !== 'wait') return [];
  const open = parents.filter(({ status }) => !isTerminalStage(status)).map(({ stage, status }) => ({ stage, status }));
  const { one, several } = TRIGGER_RULES[when].liftsWhen;
  const evidence = { stages: open.slice(0, NAMED), more: Math.max(0, open.length - NAMED) };
  return [
    {
      code: 'dependency',
      since: run.startedAt ?? run.createdAt,
      evidence,
      liftsWhen: open.length === 1 ? one : several,
    },
  ];
};

/** A gate that was closed has paused its run. */
const atGate = ({ gates, now }: Ground, { stage }: StageRun): readonly Blocker[] => {
  const gate = gates.findLast((one) => one.stage === stage && one.status === 'pending');
  if (!gate) return [];
  const { gateId, openedAt, deadline, votes, definition } = gate;
  const who = principalsOf(gate, now);
  return [
    {
      code: 'awaiting_gate',
      since: openedAt,
      evidence: { gate: gateId, who, votes: votes.length, quorum: definition.quorum, deadline },
      liftsWhen: `the gate is decided${deadline === null ? '' : ', or its deadline has passed'}`,
    },
  ];
};

const backoff = (
  { now }: Ground,
  { attempt, attempts, nextAttemptAt, error, waitingFor }: StageRun,
): readonly Blocker[] =>
  nextAttemptAt === null || (waitingFor !== null && nextAttemptAt <= now)
    ? []
    : [
        {
          code: 'backoff',
          since: attempts.at(-1)?.finishedAt ?? nextAttemptAt,
          evidence: { attempt: attempt + 1, nextAttemptAt, error },
          liftsWhen: 'the next attempt is due',
        },
      ];

const registeredOf = (workers: readonly WorkerView[], pipeline: string): readonly string[] =>
  [...new Set(workers.flatMap(({ pipelines }) => pipelines.filter((one) => one.startsWith(`${pipeline}@`))))]
    .sort()
    .slice(0, NAMED);

const atQueue = (
  { run, queues, workers, now }: Ground,
  { queue, queuedAt, generation, waitingFor }: StageRun,
  spec: Stage | undefined,
): readonly Blocker[] => {
  const since = queuedAt ?? run.createdAt;
  const serving = workers.filter((worker) => worker.queues.includes(queue));
  const alive = serving.filter(({ leaseUntil }) => leaseUntil >= now);
  const { paused = false, active = 0, waiting = 0, apart = [] } = queues.find((one) => one.queue === queue) ?? {};
  const kind = spec?.handler.kind ?? 'function';
  const able = alive.filter((worker) => hasCode(worker, { pipeline: run.pipeline, version: run.version, kind }));
  const slots = able.reduce((sum, { concurrency }) => sum + concurrency, 0);
  const taken = able.length === alive.length ? active : able.reduce((sum, { holds }) => sum + holds.length, 0);
  const runsApart = spec !== undefined && apart.includes(jobIdOf(run.runId, spec.index, generation));
  const oneRunsAlone = able.every(({ holdsOff }) => holdsOff);
  const blockers: Blocker[] = [];
  if (alive.length === 0)
    blockers.push({
      code: 'no_worker',
      since,
      evidence: { queue, lost: serving.length },
      liftsWhen: `a worker that serves queue ${queue} starts`,
    });
  if (paused)
    blockers.push({ code: 'queue_paused', since, evidence: { queue }, liftsWhen: `queue ${queue} is resumed` });
  if (able.length === 0 && (waitingFor !== null || alive.length > 0))
    blockers.push({
      code: 'no_compatible_worker',
      since: waitingFor?.since ?? since,
      evidence: {
        queue,
        pipeline: run.pipeline,
        version: kind !== 'function' ? null : run.version,
        registered: registeredOf(alive, run.pipeline),
      },
      liftsWhen: `a worker with ${kind !== 'function' ? 'the pipeline' : 'this version'} starts, or the run is cancelled`,
    });
  if (able.length > 0 && !paused && runsApart)
    blockers.push({ code: 'runs_apart', since, evidence: { queue }, liftsWhen: 'an idle worker picks it up' });
  if (able.length > 0 && !paused && !runsApart && (oneRunsAlone || taken >= slots))
    blockers.push({
      code: 'no_capacity',
      since,
      evidence: { queue, slots, waiting },
      liftsWhen: `${oneRunsAlone ? 'the stage that must run alone ends' : 'a slot frees up'}, or another worker starts`,
    });
  return blockers;
};
