import { compilePipeline, sourceOfYaml } from '@millrace/core/definition';
import {
  EVENT_TYPES,
  type EventType,
  MillraceError,
  type PipelineName,
  type PipelineVersion,
  type RunEvent,
  type RunId,
  type RunResult,
  type RunSummary,
  type StageName,
  type StageRun,
} from '@millrace/core/domain';
import { trackRecordOf } from '@millrace/core/engine';
import {
  fromWireEvent,
  fromWireProblem,
  toDot,
  toMermaid,
  toWireEvent,
  toWireGraph,
  toWireListedRun,
  toWireLogLines,
  toWirePipeline,
  toWireProblem,
  toWireRun,
  toWireStagePage,
  wireEvent,
  wireGraph,
  wireListedRun,
  wirePipeline,
  wireProblem,
  wireRun,
  wireStagePage,
} from '@millrace/core/wire';
import { describe, expect, test } from 'vitest';

const RUN_ID = '0190a0a0-0000-7000-8000-000000000001' as RunId;
const AT = Date.UTC(2026, 0, 5, 12, 15, 30, 123);

const event = (type: EventType, over: Partial<RunEvent> = {}): RunEvent => ({
  seq: 7,
  runId: RUN_ID,
  pipeline: 'market-data' as PipelineName,
  stage: 'translator',
  attempt: 1,
  generation: 1,
  type,
  at: AT,
  data: { files_processed: 5 },
  ...over,
});

const run = (over: Partial<RunSummary> = {}): RunSummary => ({
  runId: RUN_ID,
  pipeline: 'market-data' as PipelineName,
  version: 'abc' as PipelineVersion,
  status: 'running',
  generation: 1,
  retryOf: RUN_ID,
  retries: [RUN_ID],
  degraded: false,
  trigger: { kind: 'schedule', scheduleId: 'market-data', tick: AT, by: 'sched' },
  mode: null,
  params: { camelCase: { stays_as: 'it is' } },
  labels: { a: 'b' },
  reason: null,
  fence: 3,
  createdAt: AT,
  startedAt: AT + 1,
  pause: null,
  finishedAt: null,
  durationMs: null,
  nextAttemptAt: null,
  error: { code: 'timed_out', message: 'm', stage: 'translator' as StageName, attempt: 1 },
  lastSeq: 7,
  stageCounts: { total: 3, ended: 1, running: 0 },
  ...over,
});

const STAGES: readonly StageRun[] = [
  {
    stage: 'translator' as StageName,
    status: 'retrying',
    generation: 1,
    attempt: 1,
    queue: 'default',
    provenance: 'reused',
    reusedFrom: { runId: RUN_ID, generation: 1, otherParams: false },
    queuedAt: AT,
    waitingFor: null,
    startedAt: AT + 1,
    finishedAt: null,
    durationMs: null,
    nextAttemptAt: AT + 500,
    worker: 'w1',
    fence: 1,
    output: undefined,
    error: { code: 'TypeError', message: 'x' },
    attempts: [
      {
        generation: 1,
        attempt: 1,
        status: 'failed',
        startedAt: AT + 1,
        finishedAt: AT + 2,
        worker: 'w1',
        error: { code: 'TypeError', message: 'x' },
      },
    ],
  },
];

test('the envelope, to the letter', () => {
  expect(toWireEvent(event('stage.succeeded'))).toEqual({
    seq: 7,
    run_id: RUN_ID,
    pipeline: 'market-data',
    stage: 'translator',
    attempt: 1,
    generation: 1,
    type: 'stage.succeeded',
    event: 'success',
    timestamp: '2026-01-05T12:15:30.123Z',
    msg: 'translator: stage succeeded',
    data: { files_processed: 5 },
  });
});

test.each(Object.keys(EVENT_TYPES) as EventType[])(
  '%s meets the schema, says something, and comes back as it was',
  (type) => {
    const data = type === 'stage.log' ? { lines: [{ s: 'out', t: 'hello' }] } : {};
    const wire = wireEvent.strict().parse(toWireEvent(event(type, { data })));
    expect(wire.msg).not.toBe('');
    expect(fromWireEvent(wire)).toEqual(event(type, { data }));
  },
);

test('failures say why, log lines say themselves', () => {
  expect(toWireEvent(event('stage.failed', { data: { error: { code: 'x', message: 'no such file' } } })).msg).toBe(
    'translator: stage failed: no such file',
  );
  expect(toWireEvent(event('run.cancelling', { stage: 'pipeline', data: { reason: 'enough', by: null } })).msg).toBe(
    'cancel requested: enough',
  );
  expect(toWireEvent(event('run.cancelling', { stage: 'pipeline', data: { reason: null } })).msg).toBe(
    'cancel requested',
  );
  const log = event('stage.log', {
    data: {
      lines: [
        { s: 'out', t: 'a' },
        { s: 'err', t: 'b' },
        { s: 'log', t: 'c' },
      ],
    },
  });
  expect(toWireEvent(log).msg).toBe('a\nb\nc');
  expect(toWireLogLines(log).map((line) => [line.stream, line.line, line.seq])).toEqual([
    ['stdout', 'a', 7],
    ['stderr', 'b', 7],
    ['log', 'c', 7],
  ]);
  expect(toWireLogLines(event('stage.progress'))).toEqual([]);
});

test('a run: snake_case but for what users named, ISO instants, null for what is not yet', () => {
  const page = { run: run(), items: STAGES, nextAfter: 4 };
  const wire = wireRun.strict().parse(toWireRun(page));
  expect(wire).toMatchObject({
    run_id: RUN_ID,
    created_at: '2026-01-05T12:15:30.123Z',
    finished_at: null,
    params: { camelCase: { stays_as: 'it is' } },
    trigger: { kind: 'schedule', schedule_id: 'market-data', tick: '2026-01-05T12:15:30.123Z', by: 'sched' },
    stage_counts: { total: 3, ended: 1, running: 0 },
    stages: [
      {
        next_attempt_at: '2026-01-05T12:15:30.623Z',
        output: null,
        attempts: [{ started_at: '2026-01-05T12:15:30.124Z' }],
      },
    ],
    stages_next_cursor: '4',
  });
  const { stages, stages_next_cursor: next, ...bare } = wire;
  expect(wireListedRun.strict().parse(toWireListedRun(run()))).toEqual(bare);
  expect(wireListedRun.strict().parse(toWireListedRun(run(), page))).toEqual(wire);
  expect(wireStagePage.strict().parse(toWireStagePage(page))).toEqual({
    items: stages,
    next_cursor: next,
    last_seq: 7,
  });
  const keys = (value: unknown): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...keys(inner)])
      : [];
  expect(keys({ ...wire, params: {} }).filter((key) => /[A-Z]/.test(key))).toEqual([]);
});

const { pipeline } = compilePipeline(
  sourceOfYaml(
    'name: demo\nstages:\n  end: { run: { command: [a], env: { SECRET: hidden } } }\n  graph: { depends_on: [end], run: { command: [b] }, timeout: 5m, retry: { maximum_attempts: 3 } }\n',
    'demo.yaml',
  ),
);

test('a pipeline: durations in ms, environment by name only', () => {
  const wire = wirePipeline.parse(toWirePipeline(pipeline, [], trackRecordOf(NOTHING)));
  expect(wire).toMatchObject({
    name: 'demo',
    state: 'idle',
    last_run: null,
    stages: [{ handler: { env: ['SECRET'] } }, { retry: { maximum_attempts: 3 }, timeouts: { attempt_ms: 300_000 } }],
  });
  expect(JSON.stringify(wire)).not.toMatch('hidden');
});

test('the graph, in names that are words of Mermaid and Graphviz too', () => {
  const graph = wireGraph.parse(toWireGraph(pipeline));
  expect(graph.edges).toEqual([{ from: 'end', to: 'graph' }]);
  expect(toMermaid(graph)).toBe('flowchart LR\n  s_end["end"]\n  s_graph["graph"]\n  s_end --> s_graph\n');
  expect(toDot(graph)).toBe(
    'digraph "demo" {\n  rankdir=LR;\n  node [shape=box];\n  "end";\n  "graph";\n  "end" -> "graph";\n}\n',
  );
});

describe('problems', () => {
  test('go there and back', () => {
    const error = new MillraceError('overlap', 'another is live', {
      errors: [{ path: 'a', message: 'b' }],
      extra: { live_run_id: RUN_ID },
    });
    const wire = wireProblem.parse(toWireProblem(error, 'req-1'));
    expect(wire).toEqual({
      type: 'urn:millrace:error:overlap',
      title: 'Another run of this pipeline is live',
      status: 409,
      detail: 'another is live',
      code: 'overlap',
      errors: [{ path: 'a', message: 'b' }],
      live_run_id: RUN_ID,
      request_id: 'req-1',
    });
    expect(fromWireProblem(wire)).toMatchObject({
      code: 'overlap',
      message: 'another is live',
      extra: { live_run_id: RUN_ID },
    });
    expect(fromWireProblem({ error: 'something else' })).toBeNull();
  });

  test('a further fact never hides a member of the problem', () => {
    const wire = toWireProblem(
      new MillraceError('run_is_terminal', 'it has ended', { extra: { status: 'failed', code: 'x', title: 'y' } }),
    );
    expect(wire).toMatchObject({
      status: 409,
      run_status: 'failed',
      code: 'run_is_terminal',
      title: 'The run has ended',
    });
  });
});

const NOTHING = { runs: [], liveRun: null, recent: 30, results: [], lastSuccessAt: null, schedules: [], now: AT };

test('the record of a pipeline: rates and percentiles over its results', () => {
  const liveRun = run({ status: 'running' });
  const runs = [run({ status: 'cancelled' }), run({ status: 'failed' })];
  const results: RunResult[] = [
    { status: 'failed', durationMs: 9 },
    ...[40, 10, 30, 20].map((durationMs) => ({ status: 'succeeded' as const, durationMs })),
  ];
  const ofRuns = { runs, liveRun: null, recent: 1, results, lastSuccessAt: AT };
  const every = {
    id: 's',
    pipeline: 'p' as PipelineName,
    cron: null,
    everyMs: 1_000,
    timezone: 'UTC',
    paused: null,
    blocked: null,
    filesTold: true,
    setBy: 'definition',
    definition: null,
    note: null,
    begunAt: null,
    revision: 0,
    overlap: null,
    params: {},
    mode: null,
    stages: null,
    catchUp: { policy: 'none', windowMs: 0 },
  } as const;
  expect(trackRecordOf({ ...ofRuns, liveRun, schedules: [every], now: AT + 2_001 })).toMatchObject({
    successRate: 0.8,
    p50: 20,
    p95: 40,
    mean: 25,
    lastSuccessAt: AT,
    ageMs: 2_001,
    expectedEveryMs: 1_000,
    stale: true,
    liveRun: { status: 'running' },
    lastRun: { status: 'cancelled' },
    recentRuns: [{ status: 'cancelled' }],
  });
  const later = { ...ofRuns, now: AT + 9_000 };
  expect(trackRecordOf({ ...later, schedules: [every], now: AT + 2_000 }).stale).toBe(false);
  expect(trackRecordOf({ ...later, schedules: [{ ...every, paused: { at: AT, by: null } }] })).toMatchObject({
    expectedEveryMs: null,
    stale: false,
  });
  expect(trackRecordOf({ ...later, schedules: [{ ...every, blocked: 'no file defines pipeline p' }] })).toMatchObject({
    expectedEveryMs: null,
    stale: false,
  });
  expect(trackRecordOf(NOTHING)).toMatchObject({ successRate: null, p50: null, lastRun: null, stale: false });
});
