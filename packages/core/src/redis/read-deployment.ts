import { byAge, type PipelineName, type PipelineVersion, type RunId } from '../domain/index.ts';
import type { LockView, ParkedView, QueueView, WorkerInfo, WorkerView } from '../ports/index.ts';
import { storedNames, unpack } from './layout/packed.ts';
import { CLAIM, CLOCK, GROUP, HOLDER, JOB, LEADER, RUN, STAGE, WORKER } from './layout/records.ts';
import type { PipelineRegistry } from './pipelines.ts';
import type { Database } from './script.ts';

/** What the deployment looks like now: workers, queues, locks, counters. */

const STORED = storedNames(WORKER);
const OF_LEADER = storedNames(LEADER);
const OF_CLOCK = storedNames(CLOCK);

export const workers = async (
  db: Database,
  page?: { readonly after: string | null; readonly limit: number },
): Promise<readonly WorkerView[]> => {
  const { after = null, limit = Infinity } = page ?? {};
  const leases = await leasesOf(db);
  if (page !== undefined) leases.sort(([a], [b]) => (a < b ? -1 : 1));
  const views: WorkerView[] = [];
  for (const [worker, leaseUntil] of leases) {
    if (views.length === limit) break;
    const view = after !== null && worker <= after ? null : await workerView(db, worker, leaseUntil);
    if (view !== null) views.push(view);
  }
  return views;
};

/** Names read at a time. */
const NAMES = 1_000;

/** Names and lease ends, ordered by the latter. */
const leasesOf = async (db: Database): Promise<(readonly [string, number])[]> => {
  const leases = new Map<string, number>();
  for (let from = 0, read = NAMES; read === NAMES; from += NAMES) {
    const flat = await db.redis.zrange(db.keys.workers, `${from}`, `${from + NAMES - 1}`, 'WITHSCORES');
    for (let at = 0; at < flat.length; at += 2) leases.set(flat[at]!, Number(flat[at + 1]));
    read = flat.length / 2;
  }
  return [...leases];
};

const workerView = async (db: Database, worker: string, leaseUntil: number): Promise<WorkerView | null> => {
  const hash = await db.redis.hgetall(db.keys.worker(worker));
  const info = hash[STORED.info];
  if (info === undefined) return null;
  const holds = await holdsOf(db, hash);
  return {
    ...(JSON.parse(info) as WorkerInfo),
    worker,
    leaseUntil,
    registeredAt: Number(hash[STORED.registeredAt]),
    holds,
    // The mark is only removed by its next claim.
    holdsOff: hash[STORED.apart] !== undefined && holds.length > 0,
  };
};

/**
 * Oldest first. A slot keeps its last claim until its next one; the claim is held only while the stage still runs under
 * it.
 */
const holdsOf = async (db: Database, hash: Record<string, string>): Promise<WorkerView['holds']> => {
  const claims = Object.entries(hash).filter(([field]) => field.startsWith(STORED.claim));
  const holds = await Promise.all(
    claims.map(async ([, claim]) => {
      const { job, fence, since, stage } = unpack(CLAIM, claim);
      const { run, stage: index } = unpack(JOB, job);
      const packed = await db.redis.hget(db.keys.run(run), `${RUN.fields.stage.stored}${index}`);
      const current = packed === null ? null : unpack(STAGE, packed);
      return current?.status === 'running' && current.fence === fence ? [{ runId: run as RunId, stage, since }] : [];
    }),
  );
  return holds.flat().sort(byAge);
};

/** Queues of workers and of current versions: shown even if empty. */
const inUse = async (
  db: Database,
  pipelines: PipelineRegistry,
): Promise<{ readonly names: ReadonlySet<string>; readonly served: readonly WorkerInfo[] }> => {
  const served = await registeredWorkers(db);
  const names = new Set(served.flatMap((worker) => worker.queues));
  for (const pipeline of await pipelines.current()) for (const stage of pipeline.stages) names.add(stage.queue);
  return { names, served };
};

export const queueNames = async (db: Database, pipelines: PipelineRegistry): Promise<readonly string[]> =>
  [...new Set([...(await inUse(db, pipelines)).names, ...(await db.redis.smembers(db.keys.queueNames))])].sort();

/** Queues in use, and non-empty ones of earlier versions. */
export const queues = async (
  db: Database,
  pipelines: PipelineRegistry,
  wanted?: readonly string[],
): Promise<readonly QueueView[]> => {
  const { names, served } = await inUse(db, pipelines);
  const views = await Promise.all(
    (wanted ?? [...new Set([...names, ...(await db.redis.smembers(db.keys.queueNames))])].sort()).map(async (queue) => {
      const [waiting, apart, active, delayed, paused] = await Promise.all([
        db.redis.llen(db.keys.queue(queue, 'wait')),
        db.redis.lrange(db.keys.apart(queue), 0, -1),
        db.redis.llen(db.keys.queue(queue, 'active')),
        db.redis.zcard(db.keys.queue(queue, 'delayed')),
        db.redis.hexists(db.keys.queue(queue, 'meta'), 'paused'),
      ]);
      const serving = served.filter((worker) => worker.queues.includes(queue)).length;
      return { queue, waiting: waiting + apart.length, apart, active, delayed, paused: paused === 1, workers: serving };
    }),
  );
  return views.filter(({ queue, waiting, active, delayed }) => names.has(queue) || waiting + active + delayed > 0);
};

/** Queues they serve, including those of workers whose lease has just ended. */
const registeredWorkers = async (db: Database): Promise<readonly WorkerInfo[]> =>
  infosOf(db, await db.redis.zrange(db.keys.workers, '0', '-1'));

export const liveWorkers = async (db: Database): Promise<readonly WorkerInfo[]> =>
  infosOf(db, await db.redis.zrangebyscore(db.keys.workers, `(${await clock(db)}`, '+inf'));

const infosOf = async (db: Database, ids: readonly string[]): Promise<readonly WorkerInfo[]> => {
  const infos = await Promise.all(ids.map((id) => db.redis.hget(db.keys.worker(id), STORED.info)));
  return infos.flatMap((info) => (info === null ? [] : [JSON.parse(info) as WorkerInfo]));
};

export const parked = async (db: Database): Promise<readonly ParkedView[]> => {
  const groups = (await db.redis.smembers(db.keys.parked)).sort();
  const views = await Promise.all(
    groups.map(async (group): Promise<readonly ParkedView[]> => {
      const { queue, pipeline, version } = unpack(GROUP, group);
      const key = db.keys.parkedIn(group);
      const [stages, [, since]] = await Promise.all([
        db.redis.zcard(key),
        db.redis.zrange(key, '0', '0', 'WITHSCORES'),
      ]);
      return since === undefined
        ? []
        : [
            {
              queue,
              pipeline: pipeline as PipelineName,
              version: version === '' ? null : (version as PipelineVersion),
              stages,
              since: Number(since),
            },
          ];
    }),
  );
  return views.flat();
};

export const locks = async (
  db: Database,
  page?: { readonly after: string | null; readonly limit: number },
): Promise<readonly LockView[]> => {
  const after = page?.after ?? '';
  const now = await clock(db);
  const holders = Object.entries(await db.redis.hgetall(db.keys.overlaps)).sort(([a], [b]) => (a < b ? -1 : 1));
  const shown = holders.filter(([pipeline]) => nameOfLock(pipeline) > after).slice(0, page?.limit);
  return Promise.all(shown.map(([pipeline, packed]) => lockView(db, pipeline as PipelineName, packed, now)));
};

export const lock = async (db: Database, pipeline: PipelineName): Promise<LockView | null> => {
  const packed = await db.redis.hget(db.keys.overlaps, pipeline);
  return packed === null ? null : lockView(db, pipeline, packed, await clock(db));
};

const nameOfLock = (pipeline: string): string => `overlap:${pipeline}`;

const lockView = async (db: Database, pipeline: PipelineName, packed: string, now: number): Promise<LockView> => {
  const { run, fence, since } = unpack(HOLDER, packed);
  return {
    lock: nameOfLock(pipeline),
    pipeline,
    holder: run as RunId,
    fence,
    since,
    ageMs: now - since,
    queued: (await db.redis.lrange(db.keys.overlapQueue(pipeline), 0, 99)) as RunId[],
  };
};

export const counters = async (db: Database): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(
    Object.entries(await db.redis.hgetall(db.keys.counters)).map(([name, value]) => [name, Number(value)]),
  );

export const leader = async (db: Database) => {
  const hash = await db.redis.hgetall(db.keys.leader);
  const { [OF_LEADER.holder]: holder, [OF_LEADER.termEnd]: termEnd, [OF_LEADER.fence]: fence } = hash;
  const ttlMs = Number(termEnd ?? 0) - (await clock(db));
  return holder === undefined || ttlMs <= 0 ? null : { holder, fence: Number(fence), ttlMs };
};

export const clockStep = async (db: Database) => {
  const { [OF_CLOCK.steppedAt]: at, [OF_CLOCK.step]: step } = await db.redis.hgetall(db.keys.clock);
  return at === undefined ? null : { at: Number(at), stepMs: Number(step) };
};

export const clock = async (db: Database): Promise<number> => {
  const [seconds, micros] = await db.redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
};
