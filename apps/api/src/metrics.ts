import { type RunEvent, workerSlots } from '@millrace/core/domain';
import { currentSchedules } from '@millrace/core/engine';
import type { Readings } from '@millrace/core/ports';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Prometheus metrics: counters of the events this process saw, and gauges read from the store at each scrape. */
export interface Metrics {
  observe(event: RunEvent): void;
  observeRequest(labels: { method: string; route: string; status_code: string }, seconds: number): void;
  text(): Promise<string>;
  readonly contentType: string;
}

const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400];
/** Store counters with a metric of their own; every process reports the same numbers. */
const STORE_COUNTERS = {
  fenced: 'Late writes that were refused',
  rescued: 'Stages taken from lost workers',
  repaired: 'Differences that the reconciler repaired',
  lock_taken_over: 'Stale overlap locks taken over',
};

export const createMetrics = (
  store: Readings,
  version: string,
  open: { readonly sockets: () => number; readonly streams: () => number },
): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'millrace_' });
  const runs = new Counter({
    name: 'millrace_runs_total',
    help: 'Runs that ended, as seen by this process',
    labelNames: ['pipeline', 'outcome'],
    registers,
  });
  const runSeconds = new Histogram({
    name: 'millrace_run_duration_seconds',
    help: 'From the first stage to the end',
    labelNames: ['pipeline'],
    buckets: SECONDS,
    registers,
  });
  const stageSeconds = new Histogram({
    name: 'millrace_stage_duration_seconds',
    help: 'Of the attempt that ended the stage',
    labelNames: ['pipeline', 'stage', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const attempts = new Counter({
    name: 'millrace_stage_attempts_total',
    help: 'Attempts that started',
    labelNames: ['pipeline', 'stage'],
    registers,
  });
  const published = new Counter({
    name: 'millrace_events_published_total',
    help: 'Events, as seen by this process',
    labelNames: ['type'],
    registers,
  });
  const requests = new Histogram({
    name: 'millrace_http_server_request_duration_seconds',
    help: 'HTTP requests',
    labelNames: ['method', 'route', 'status_code'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  new Gauge({ name: 'millrace_build_info', help: 'Always 1', labelNames: ['version'], registers }).set({ version }, 1);
  new Gauge({
    name: 'millrace_socket_clients',
    help: 'Connected sockets of this process',
    registers,
    collect: gauge((set) => set({}, open.sockets())),
  });
  new Gauge({
    name: 'millrace_streams',
    help: 'Event streams, sockets and runs that sockets follow, of this process',
    registers,
    collect: gauge((set) => set({}, open.streams())),
  });
  const readAtScrape = atMostOnceIn(FRESH_MS, storeGauges(store, registers));

  return {
    contentType: registry.contentType,
    observe: ({ type, pipeline, stage, data }) => {
      published.inc({ type });
      if (type === 'stage.started') attempts.inc({ pipeline, stage });
      const seconds = typeof data['duration_ms'] === 'number' ? data['duration_ms'] / 1_000 : null;
      if (type === 'stage.succeeded' || type === 'stage.failed') {
        if (seconds !== null) stageSeconds.observe({ pipeline, stage, outcome: type.slice('stage.'.length) }, seconds);
      }
      if (type === 'run.succeeded' || type === 'run.failed' || type === 'run.cancelled') {
        runs.inc({ pipeline, outcome: type.slice('run.'.length) });
        if (seconds !== null) runSeconds.observe({ pipeline }, seconds);
      }
    },
    observeRequest: (labels, seconds) => requests.observe(labels, seconds),
    text: async () => {
      await readAtScrape();
      return registry.metrics();
    },
  };
};

/** How long a reading is reused, ms: Redis is asked once however many scrape. */
const FRESH_MS = 1_000;

/** Concurrent callers share the reading in flight. */
const atMostOnceIn = (ms: number, read: () => Promise<void>): (() => Promise<void>) => {
  let reading = Promise.resolve();
  let until = -Infinity;
  return () => {
    if (performance.now() < until) return reading;
    until = Infinity;
    reading = read().finally(() => (until = performance.now() + ms));
    return reading;
  };
};

type Set = (labels: Record<string, string>, value: number) => void;
const gauge = (read: (set: Set) => void) =>
  function collect(this: Gauge): void {
    read((labels, value) => this.set(labels, value));
  };

/** Without Redis these gauges are absent and `millrace_redis_up` is 0: stale numbers would look healthy. */
const storeGauges = (store: Readings, registers: Registry[]): (() => Promise<void>) => {
  const make = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `millrace_${name}`, help, labelNames, registers });
  const up = make('redis_up', '1 while Redis answers');
  const queueJobs = make('queue_jobs', 'Stages in a queue', ['queue', 'state']);
  const workers = make('workers', 'Registered workers');
  const slots = make('worker_slots', 'Stages that workers can run at a time', ['state']);
  const active = make('runs_active', 'Runs that are not over', ['pipeline']);
  const locks = make('locks_held', 'Overlap locks that are held');
  const schedules = make('schedules', 'Schedules in force', ['state']);
  const lastSuccess = make('last_success_timestamp_seconds', 'When a run last succeeded', ['pipeline']);
  const counters = Object.entries(STORE_COUNTERS).map(
    ([name, help]) => [name, new Counter({ name: `millrace_${name}_total`, help, registers })] as const,
  );

  return async () => {
    for (const each of [queueJobs, workers, slots, active, locks, schedules, lastSuccess]) each.reset();
    for (const [, counter] of counters) counter.reset();
    try {
      const [queues, who, pipelines, held, stored, successes, inForce] = await Promise.all([
        store.queues(),
        store.workers(),
        store.pipelines(),
        store.locks(),
        store.counters(),
        store.lastSuccesses(),
        currentSchedules(store),
      ]);
      for (const { queue, waiting, active: running, delayed } of queues) {
        queueJobs.set({ queue, state: 'waiting' }, waiting);
        queueJobs.set({ queue, state: 'active' }, running);
        queueJobs.set({ queue, state: 'delayed' }, delayed);
      }
      workers.set(who.length);
      const busy = who.reduce((sum, worker) => sum + worker.holds.length, 0);
      slots.set({ state: 'busy' }, busy);
      slots.set({ state: 'free' }, who.reduce((sum, worker) => sum + workerSlots(worker), 0) - busy);
      for (const { name } of pipelines) {
        active.set({ pipeline: name }, await store.countLiveRuns(name));
        const at = successes[name];
        if (at !== undefined) lastSuccess.set({ pipeline: name }, at / 1_000);
      }
      locks.set(held.length);
      const paused = [...inForce.values()].filter((schedule) => schedule.paused).length;
      const blocked = [...inForce.values()].filter((schedule) => !schedule.paused && schedule.blocked !== null).length;
      schedules.set({ state: 'paused' }, paused);
      schedules.set({ state: 'blocked' }, blocked);
      schedules.set({ state: 'active' }, inForce.size - paused - blocked);
      for (const [name, counter] of counters) counter.inc(stored[name] ?? 0);
      up.set(1);
    } catch {
      up.set(0);
    }
  };
};
