/** Random scenarios as plain data, so that one can be played on any store, played again, and shrunk. */
import fc from 'fast-check';
import {
  DEFAULT_RULE,
  OVERLAP_POLICIES,
  type GateDefinition,
  type GateVerb,
  type OverlapPolicy,
  type Pipeline,
  TRIGGER_RULE_NAMES,
  type TriggerRuleName,
} from '../../domain/index.ts';
import { pipelineOf, type StageShape } from './pipelines.ts';

export interface Scenario {
  readonly pipelines: readonly Pipeline[];
  /** What the workers know, in the order in which they come; the first ones again after the last. */
  readonly codes: readonly Code[];
  readonly commands: readonly Command[];
}

/** Numbers pick among what there is at that moment, modulo its count; where there is nothing, nothing is done. */
export type Command =
  | {
      readonly do: 'start';
      readonly pipeline: number;
      readonly overlap: OverlapPolicy;
      readonly subset: number;
      readonly key: number | null;
      readonly hash: number;
      readonly tick: number | null;
    }
  | { readonly do: 'retry'; readonly run: number; readonly from: number | null; readonly downstream: boolean }
  | { readonly do: 'start_again' | 'cancel' | 'cancel_failing' | 'pause' | 'resume'; readonly run: number }
  | {
      readonly do: 'rerun';
      readonly run: number;
      readonly stage: number;
      readonly downstream: boolean;
      /** Null: what the store cuts is left to the sweep. */
      readonly key: number | null;
    }
  | {
      readonly do: 'claim' | 'claim_beside' | 'repeat' | 'report' | 'die' | 'release' | 'forget' | 'renew';
      readonly worker: number;
    }
  | { readonly do: 'learn'; readonly worker: number; readonly code: Code }
  | { readonly do: 'pause_all' | 'resume_all'; readonly pipeline: number; readonly follows: boolean }
  | { readonly do: 'sweep' }
  | { readonly do: 'end'; readonly worker: number; readonly how: Ending; readonly fetch: boolean }
  | { readonly do: 'together'; readonly worker: number; readonly slots: number; readonly how: readonly Ending[] }
  | { readonly do: 'end_beside'; readonly worker: number; readonly how: Ending }
  | { readonly do: 'late'; readonly claim: number; readonly how: Ending }
  | {
      readonly do: 'decide';
      readonly gate: number;
      readonly verb: Exclude<GateVerb, 'request_changes'>;
      readonly who: number;
      /** On what was shown before; and as a repetition of the command before. */
      readonly stale: boolean;
      readonly again: boolean;
    }
  | { readonly do: 'miss_tick'; readonly instant: number }
  | { readonly do: 'wait'; readonly ms: number };

export const ENDINGS = [
  'succeeded',
  'retryable',
  'final',
  'cancelled',
  'handed_back',
  'handed_back_later',
  'lacks_code',
  'gate',
  'gate_approved',
  'gate_rejected',
] as const;
export type Ending = (typeof ENDINGS)[number];

/** The pipelines whose code a worker has. */
export type Code = 'both' | 'p' | 'q' | 'none';
const SOME_CODE: fc.Arbitrary<Code> = fc.constantFrom<Code>('both', 'both', 'both', 'p', 'q', 'none');
const ALL_CODE: fc.Arbitrary<Code> = fc.constant('both');

/**
 * With `timeouts`, stages and runs have some, and time goes on: only for a store whose time can be skipped. With
 * `parks`, some workers lack code; what is parked is taken by since when it waits, so two stores order it alike only by
 * one clock.
 */
export const scenarios = ({
  timeouts,
  parks = true,
}: {
  timeouts: boolean;
  parks?: boolean;
}): fc.Arbitrary<Scenario> => {
  const code = parks ? SOME_CODE : ALL_CODE;
  return fc.record({
    pipelines: fc.tuple(dagOf('p', timeouts), dagOf('q', timeouts)),
    codes: fc.array(code, { minLength: 3, maxLength: 5 }),
    commands: fc.array(commands(timeouts, code), { minLength: 5, maxLength: 60, size: 'max' }),
  });
};

const dagOf = (name: string, timeouts: boolean): fc.Arbitrary<Pipeline> => {
  const timeout = timeouts ? fc.option(fc.integer({ min: 1, max: 150 }), { nil: null, freq: 4 }) : fc.constant(null);
  const stage = fc.record({
    on: fc.nat(63),
    tearsDown: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(63) }),
    failsRun: fc.boolean(),
    when: fc.oneof(fc.constant(DEFAULT_RULE), fc.constantFrom(...TRIGGER_RULE_NAMES)),
    maximumAttempts: fc.integer({ min: 1, max: 3 }),
    stage: timeout,
    queue: timeout,
    gate: fc.option(gateOf(timeouts), { nil: null, freq: 2 }),
  });
  return fc.tuple(fc.array(stage, { minLength: 1, maxLength: 6 }), timeout).map(([stages, timeoutMs]) =>
    pipelineOf(name, Object.fromEntries(shapesOf(stages).map((shape, at) => [`s${at}`, shape])), {
      timeoutMs: timeoutMs === null ? null : timeoutMs * 3,
    }),
  );
};

const gateOf = (timeouts: boolean): fc.Arbitrary<Partial<GateDefinition>> => {
  const deadline = fc.record({
    timeout: fc.integer({ min: 20, max: 150 }),
    onTimeout: fc.constantFrom('approve', 'reject', 'fail'),
    escalate: fc.constantFrom([], [{ after: 10, notify: 'all', addApprovers: ['eve'] }]),
  });
  return fc
    .tuple(
      fc.record({
        kind: fc.constantFrom('start', 'result'),
        quorum: fc.integer({ min: 1, max: 2 }),
        starterMayApprove: fc.boolean(),
        notes: fc.constantFrom('optional', 'on_reject'),
      }),
      timeouts ? fc.option(deadline) : fc.constant(null),
    )
    .map(([gate, times]) => ({ ...gate, ...times }));
};

interface DrawnStage {
  readonly on: number;
  readonly when: TriggerRuleName;
  readonly tearsDown: number;
  readonly failsRun: boolean;
  readonly maximumAttempts: number;
  readonly stage: number | null;
  readonly queue: number | null;
  readonly gate: Partial<GateDefinition> | null;
}

/** The bits of `on` and `tearsDown` choose among the stages before. A teardown is an end: only another one follows. */
const shapesOf = (drawn: readonly DrawnStage[]): readonly StageShape[] => {
  const shapes: StageShape[] = [];
  for (const { on, when, tearsDown, failsRun, maximumAttempts, stage, queue, gate } of drawn) {
    const chosen = (bits: number, among: (shape: StageShape) => boolean): readonly string[] =>
      shapes.flatMap((shape, at) => ((bits >> at) & 1 && among(shape) ? [`s${at}`] : []));
    const setUps = chosen(tearsDown, (shape) => !shape.tearsDown);
    shapes.push({
      on: chosen(on, (shape) => setUps.length > 0 || !shape.tearsDown),
      when,
      ...(setUps.length === 0 ? {} : { tearsDown: setUps, ...(failsRun ? { failsRun } : {}) }),
      retry: { maximumAttempts, initialInterval: 0, jitter: 0 },
      timeouts: { stage, queue },
      ...(gate === null || setUps.length > 0 ? {} : { gate }),
    });
  }
  return shapes;
};

const commands = (timeouts: boolean, code: fc.Arbitrary<Code>): fc.Arbitrary<Command> => {
  const worker = fc.nat(2);
  const maybe = (number: fc.Arbitrary<number>): fc.Arbitrary<number | null> =>
    fc.option(number, { nil: null, freq: 3 });
  const one = <D extends Command['do']>(verb: D): fc.Arbitrary<D> => fc.constant(verb);
  const weighted: { weight: number; arbitrary: fc.Arbitrary<Command> }[] = [
    {
      weight: 8,
      arbitrary: fc.record({
        do: one('start'),
        pipeline: fc.nat(1),
        overlap: fc.constantFrom(...OVERLAP_POLICIES),
        subset: fc.oneof(fc.constant(63), fc.nat(63)),
        key: maybe(fc.nat(1)),
        hash: fc.nat(1),
        tick: maybe(fc.integer({ min: 1, max: 6 })),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('start_again', 'cancel', 'cancel_failing'), run: fc.nat(20) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: one('retry'), run: fc.nat(20), from: maybe(fc.nat(5)), downstream: fc.boolean() }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('pause', 'resume'), run: fc.nat(20) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: one('rerun'),
        run: fc.nat(20),
        stage: fc.nat(5),
        downstream: fc.boolean(),
        key: maybe(fc.nat(1)),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom('pause_all', 'resume_all'),
        pipeline: fc.nat(2),
        follows: fc.boolean(),
      }),
    },
    { weight: 10, arbitrary: fc.record({ do: one('claim'), worker }) },
    { weight: 5, arbitrary: fc.record({ do: one('claim_beside'), worker }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: one('together'),
        worker,
        slots: fc.integer({ min: 2, max: 16 }),
        how: fc.array(fc.constantFrom('succeeded', 'succeeded', ...ENDINGS), { minLength: 1, maxLength: 4 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: one('end_beside'), worker, how: fc.constantFrom('succeeded', ...ENDINGS) }),
    },
    {
      weight: 20,
      arbitrary: fc.record({
        do: one('end'),
        worker,
        how: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'retryable', 'retryable', 'gate', ...ENDINGS),
        fetch: fc.boolean(),
      }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('repeat', 'report', 'renew'), worker }) },
    { weight: 2, arbitrary: fc.record({ do: one('learn'), worker, code }) },
    { weight: 2, arbitrary: fc.record({ do: one('sweep') }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('die', 'release', 'forget'), worker }) },
    { weight: 3, arbitrary: fc.record({ do: one('late'), claim: fc.nat(50), how: fc.constantFrom(...ENDINGS) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: one('decide'),
        gate: fc.nat(20),
        verb: fc.constantFrom('approve', 'approve', 'approve', 'reject', 'withdraw'),
        who: fc.nat(3),
        stale: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
        again: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: one('miss_tick'), instant: fc.integer({ min: 1, max: 6 }) }) },
  ];
  if (timeouts)
    weighted.push({ weight: 5, arbitrary: fc.record({ do: one('wait'), ms: fc.integer({ min: 1, max: 100 }) }) });
  return fc.oneof(...weighted);
};
