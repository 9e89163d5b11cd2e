/**
 * Whether a stage can run, or never will, by how its dependencies ended. The single source for all code, both stores
 * included (in Lua: scripts/lib/states.lua). The rules are those of Airflow.
 */
import { isTerminalStage, type StageStatus } from './states.ts';

/** How a dependency counts. One that never ran because of a failure before it (`upstream_failed`) counts as failed. */
export const STAGE_OUTCOMES = ['succeeded', 'failed', 'cancelled', 'skipped'] as const;
export type StageOutcome = (typeof STAGE_OUTCOMES)[number];

/** The number of the stage's dependencies within its run, and how many ended in each way. */
export type ParentCounts = Readonly<Record<StageOutcome | 'total', number>>;

/** `skip` and `fail`: it never runs, and ends `skipped` or `upstream_failed`. */
export type Decision = 'wait' | 'run' | 'skip' | 'fail';

/** `any`: at least one dependency ended in one of these ways; `all`: every one did; neither: in any case. */
interface Clause {
  readonly any?: readonly StageOutcome[];
  readonly all?: readonly StageOutcome[];
  readonly decision: Decision;
}

export interface TriggerRule {
  /** The first match decides; while none matches, the stage waits. */
  readonly clauses: readonly Clause[];
  /** What a waiting stage waits for, as a clause to follow "lifts when": for one dependency, and for several. */
  readonly liftsWhen: { readonly one: string; readonly several: string };
}

const FAILURES = ['failed', 'cancelled'] as const;

export const TRIGGER_RULES = {
  all_succeeded: {
    clauses: [
      { any: FAILURES, decision: 'fail' },
      { any: ['skipped'], decision: 'skip' },
      { all: ['succeeded'], decision: 'run' },
    ],
    liftsWhen: { one: 'that dependency succeeds', several: 'all of these dependencies succeed' },
  },
  all_failed: {
    clauses: [
      { any: ['succeeded', 'skipped'], decision: 'skip' },
      { all: FAILURES, decision: 'run' },
    ],
    liftsWhen: { one: 'that dependency fails', several: 'all of these dependencies fail' },
  },
  all_done: {
    clauses: [{ all: STAGE_OUTCOMES, decision: 'run' }],
    liftsWhen: { one: 'that dependency ends', several: 'all of these dependencies end' },
  },
  one_succeeded: {
    clauses: [
      { any: ['succeeded'], decision: 'run' },
      { all: ['skipped'], decision: 'skip' },
      { all: STAGE_OUTCOMES, decision: 'fail' },
    ],
    liftsWhen: { one: 'that dependency succeeds', several: 'one of these dependencies succeeds' },
  },
  one_failed: {
    clauses: [
      { any: FAILURES, decision: 'run' },
      { all: STAGE_OUTCOMES, decision: 'skip' },
    ],
    liftsWhen: { one: 'that dependency fails', several: 'one of these dependencies fails' },
  },
  one_done: {
    clauses: [
      { any: ['succeeded', ...FAILURES], decision: 'run' },
      { all: STAGE_OUTCOMES, decision: 'skip' },
    ],
    liftsWhen: { one: 'that dependency succeeds or fails', several: 'one of these dependencies succeeds or fails' },
  },
  none_failed: {
    clauses: [
      { any: FAILURES, decision: 'fail' },
      { all: STAGE_OUTCOMES, decision: 'run' },
    ],
    liftsWhen: {
      one: 'that dependency succeeds or is skipped',
      several: 'all of these dependencies succeed or are skipped',
    },
  },
  none_failed_min_one_succeeded: {
    clauses: [
      { any: FAILURES, decision: 'fail' },
      { all: ['skipped'], decision: 'skip' },
      { all: STAGE_OUTCOMES, decision: 'run' },
    ],
    liftsWhen: {
      one: 'that dependency succeeds, or is skipped after another one succeeded',
      several: 'all of these dependencies succeed or are skipped, and at least one dependency succeeded',
    },
  },
  none_skipped: {
    clauses: [
      { any: ['skipped'], decision: 'skip' },
      { all: STAGE_OUTCOMES, decision: 'run' },
    ],
    liftsWhen: {
      one: 'that dependency succeeds or fails',
      several: 'all of these dependencies succeed or fail',
    },
  },
  always: {
    clauses: [{ decision: 'run' }],
    liftsWhen: { one: 'the run starts', several: 'the run starts' },
  },
} as const satisfies Readonly<Record<string, TriggerRule>>;
export type TriggerRuleName = keyof typeof TRIGGER_RULES;
export const TRIGGER_RULE_NAMES = Object.keys(TRIGGER_RULES) as TriggerRuleName[];

/** A stage without dependencies within its run has nothing to wait for, whatever its rule. */
export const decide = (name: TriggerRuleName, counts: ParentCounts): Decision => {
  if (counts.total === 0) return 'run';
  const { clauses }: TriggerRule = TRIGGER_RULES[name];
  const amount = (outcomes: readonly StageOutcome[]): number =>
    outcomes.reduce((sum, outcome) => sum + counts[outcome], 0);
  const holds = (clause: Clause): boolean => {
    if (clause.any) return amount(clause.any) > 0;
    return !clause.all || amount(clause.all) === counts.total;
  };
  return clauses.find(holds)?.decision ?? 'wait';
};

/** Of a teardown, which waits for all its dependencies. `ran`: one of its set-ups ran, or none is in the run. */
export const decideTeardown = (counts: ParentCounts, ran: boolean): Decision => {
  const decision = decide('all_done', counts);
  return decision === 'run' && !ran ? 'skip' : decision;
};

/** Whether how it ended counts for how the run ends, if it is a leaf. */
export const decidesEnd = ({ teardown }: { readonly teardown?: { readonly failsRun: boolean } }): boolean =>
  teardown === undefined || teardown.failsRun;

/** The rule of a stage that names none: its edges are plain, and only they are on the path of a plain run. */
export const DEFAULT_RULE: TriggerRuleName = 'all_succeeded';

/** Whether the stage can run as soon as its run starts. `outside`: dependencies not in the run, which do not count. */
export const startsReady = (
  { dependsOn, when }: { readonly dependsOn: readonly unknown[]; readonly when: TriggerRuleName },
  outside = 0,
): boolean => decide(when, { ...countParents([]), total: dependsOn.length - outside }) === 'run';

/** How the state counts for the stages that depend on it; null: it has not ended. */
export const outcomeOf = (status: StageStatus): StageOutcome | null => {
  if (status === 'upstream_failed') return 'failed';
  return isTerminalStage(status) ? (status as StageOutcome) : null;
};

/** Counts the dependencies within the run by how they ended. */
export const countParents = (states: Iterable<StageStatus>): ParentCounts => {
  const counts = { total: 0, succeeded: 0, failed: 0, skipped: 0, cancelled: 0 };
  for (const state of states) {
    counts.total += 1;
    const outcome = outcomeOf(state);
    if (outcome) counts[outcome] += 1;
  }
  return counts;
};
