/** What is compared with what, and the marks it gives. Pure. */
import type { Gate } from '@millrace/client';

export type Comparison = NonNullable<Gate['changed']['since_previous']>;
export type Change = Comparison['stages'][number]['output'];

/** The earlier gates that this one can be compared with, the first by default. */
export const comparisonsOf = ({ changed: { since_previous, since_approved } }: Pick<Gate, 'changed'>) => [
  ...(since_previous === null ? [] : [{ since: 'previous' as const, comparison: since_previous }]),
  ...(since_approved === null ? [] : [{ since: 'approved' as const, comparison: since_approved }]),
];

/** What became of a stage's output; null: not compared. */
export const outputChange = (comparison: Comparison | null, stage: string): Change | null =>
  comparison?.stages.find((one) => one.stage === stage)?.output ?? null;

/** What became of an artifact; null: not compared. */
export const artifactChange = (comparison: Comparison | null, stage: string, name: string): Change | null =>
  comparison?.stages.find((one) => one.stage === stage)?.artifacts.find((one) => one.name === name)?.change ?? null;

/** Artifacts of the stage that are not there any more. */
export const removedFrom = (comparison: Comparison | null, stage: string): readonly string[] =>
  comparison?.stages
    .find((one) => one.stage === stage)
    ?.artifacts.filter(({ change }) => change === 'removed')
    .map(({ name }) => name) ?? [];

/** Stages that were shown then and are not now. */
export const removedStages = (comparison: Comparison | null): readonly string[] =>
  comparison?.stages.filter(({ output }) => output === 'removed').map(({ stage }) => stage) ?? [];
