/**
 * Whether a stage can run, or never will, by how its dependencies ended. The single source for all code, both stores
 * included (in Lua: scripts/lib/states.lua).
 */
import { isTerminalStage, STAGE_STATES, type StageStatus } from './states.ts';

export type StageOutcome = 'succeeded' | 'failed' | 'skipped' | 'cancelled';
export const STAGE_OUTCOMES = STAGE_STATES.filter(isTerminalStage) as readonly StageOutcome[];

/**
 * The number of the stage's dependencies within its run, and how many ended in each state. Those outside a partial run
 * count as succeeded.
 */
export type ParentCounts = Readonly<Record<StageOutcome | 'total', number>>;

/** `skip`: it never runs. */
export type Decision = 'wait' | 'run' | 'skip';

/** `any`: at least one dependency ended in one of these ways; `all`: every one did. */
type Clause = ({ readonly any: readonly StageOutcome[] } | { readonly all: readonly StageOutcome[] }) & {
  readonly decision: Decision;
};

export interface TriggerRule {
  /** The first match decides; while none matches, the stage waits. */
  readonly clauses: readonly Clause[];
  /** What a waiting stage waits for, as a clause to follow "lifts when": for one dependency, and for several. */
  readonly liftsWhen: { readonly one: string; readonly several: string };
}

export const TRIGGER_RULES = {
  all_succeeded: {
    clauses: [
      { any: ['failed', 'skipped', 'cancelled'], decision: 'skip' },
      { all: ['succeeded'], decision: 'run' },
    ],
    liftsWhen: { one: 'that dependency succeeds', several: 'all of these dependencies succeed' },
  },
} as const satisfies Readonly<Record<string, TriggerRule>>;
export type TriggerRuleName = keyof typeof TRIGGER_RULES;

export const decide = (name: TriggerRuleName, counts: ParentCounts): Decision => {
  const { clauses }: TriggerRule = TRIGGER_RULES[name];
  const amount = (outcomes: readonly StageOutcome[]): number =>
    outcomes.reduce((sum, outcome) => sum + counts[outcome], 0);
  const holds = (clause: Clause): boolean =>
    'any' in clause ? amount(clause.any) > 0 : amount(clause.all) === counts.total;
  return clauses.find(holds)?.decision ?? 'wait';
};

/** The rule of every stage, so far. */
export const DEFAULT_RULE: TriggerRuleName = 'all_succeeded';

/**
 * Whether the stage can run as soon as its run starts. `outside`: dependencies not in the run, which count as
 * succeeded.
 */
export const startsReady = ({ dependsOn }: { readonly dependsOn: readonly unknown[] }, outside = 0): boolean =>
  decide(DEFAULT_RULE, { ...countParents([]), total: dependsOn.length, succeeded: outside }) === 'run';

/** Counts the dependencies within the run by state. */
export const countParents = (states: Iterable<StageStatus>): ParentCounts => {
  const counts = { total: 0, succeeded: 0, failed: 0, skipped: 0, cancelled: 0 };
  for (const state of states) {
    counts.total += 1;
    if (isTerminalStage(state)) counts[state as StageOutcome] += 1;
  }
  return counts;
};
