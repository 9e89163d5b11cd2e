/** Pipelines for tests, built in the model's own form: no handler of theirs is ever run. */
import { createHash } from 'node:crypto';
import {
  DEFAULT_RETRY,
  type GateDefinition,
  type GateOpening,
  type Pipeline,
  type PipelineName,
  type PipelineVersion,
  type RetryPolicy,
  type StageName,
  type StageTimeouts,
  type TriggerRuleName,
} from '../../domain/index.ts';

export interface StageShape {
  readonly on?: readonly string[];
  readonly when?: TriggerRuleName;
  /** Of these, which are added to its dependencies; its failure does not fail the run. */
  readonly tearsDown?: readonly string[];
  readonly failsRun?: true;
  readonly queue?: string;
  readonly retry?: Partial<RetryPolicy>;
  readonly timeouts?: Partial<StageTimeouts>;
  /** Its handler is a command, not a function. */
  readonly command?: true;
  /** Of kind `stage`, it has no handler. */
  readonly gate?: Partial<GateDefinition>;
}

const GATE: GateDefinition = {
  kind: 'start',
  required: true,
  autoApprove: false,
  timeout: null,
  onTimeout: null,
  roles: [],
  approvers: [],
  quorum: 1,
  starterMayApprove: true,
  notes: 'optional',
  form: null,
  dependsOn: [],
  when: null,
  auto: null,
  escalate: [],
  holdsOverlap: true,
};

/** What a worker opens the gate of the stage with. */
export const openingOf = (
  { stages }: Pipeline,
  name: string,
  given: Partial<Omit<GateOpening, 'definition'>> = {},
): GateOpening => {
  const definition = stages.find((stage) => stage.name === name)!.gate!;
  return {
    definition,
    dependsOnIndexes: definition.dependsOn.map((first) => stages.find((stage) => stage.name === first)!.index),
    shownDigest: 'shown',
    shown: [],
    verdict: 'ask',
    reason: null,
    outputJson: definition.kind === 'result' ? '{"n":1}' : null,
    ...given,
  };
};

/** Stages in topological order; a stage given as a list has just these dependencies. */
export const pipelineOf = (
  name: string,
  stages: Readonly<Record<string, StageShape | readonly string[]>>,
  options: Partial<Pick<Pipeline, 'timeoutMs' | 'overlap' | 'description'>> = {},
): Pipeline => {
  const model = {
    name: name as PipelineName,
    description: '',
    params: null,
    modes: {},
    overlap: 'skip' as const,
    timeoutMs: null,
    schedules: [],
    ...options,
    stages: Object.entries(stages).map(([stage, shape], index) =>
      stageOf(stage as StageName, index, isList(shape) ? { on: shape } : shape),
    ),
  };
  const version = createHash('sha256').update(JSON.stringify(model)).digest('hex').slice(0, 16) as PipelineVersion;
  return { ...model, version };
};

/** `s0` .. `s<n-1>`, each a dependency of the next. */
export const chainOf = (name: string, length: number, shape: StageShape = {}): Pipeline =>
  pipelineOf(
    name,
    Object.fromEntries(Array.from({ length }, (_, i) => [`s${i}`, { ...shape, on: i === 0 ? [] : [`s${i - 1}`] }])),
  );

export const diamondOf = (name: string, shape: StageShape = {}): Pipeline =>
  pipelineOf(name, {
    a: shape,
    b: { ...shape, on: ['a'] },
    c: { ...shape, on: ['a'] },
    d: { ...shape, on: ['b', 'c'] },
  });

const isList = (shape: StageShape | readonly string[]): shape is readonly string[] => Array.isArray(shape);

const stageOf = (
  name: StageName,
  index: number,
  {
    on = [],
    when = 'all_succeeded',
    tearsDown,
    failsRun,
    queue = 'default',
    retry = {},
    timeouts = {},
    command,
    gate,
  }: StageShape,
): Pipeline['stages'][number] => ({
  name,
  index,
  dependsOn: [...new Set([...on, ...(tearsDown ?? [])])] as StageName[],
  when: tearsDown ? 'all_done' : when,
  ...(tearsDown ? { teardown: { of: tearsDown as readonly StageName[], failsRun: failsRun === true } } : {}),
  ...(gate ? { gate: { ...GATE, ...gate } } : {}),
  queue,
  handler: handlerOf(command, gate),
  retry: { ...DEFAULT_RETRY, jitter: 0, ...retry },
  timeouts: { attempt: null, heartbeat: null, stage: null, queue: null, ...timeouts },
  output: { required: [], schema: null },
  graceMs: 1_000,
});

const handlerOf = (command: StageShape['command'], gate: StageShape['gate']): Pipeline['stages'][number]['handler'] => {
  if (gate?.kind === 'stage') return { kind: 'gate' };
  return command ? { kind: 'command', command: ['true'], env: {}, cwd: null } : { kind: 'function', sourceHash: '0' };
};
