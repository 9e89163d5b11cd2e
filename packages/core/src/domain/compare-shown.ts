import type { ShownStage } from './gates.ts';

export const SHOWN_CHANGES = ['same', 'changed', 'new', 'removed'] as const;
export type ShownChange = (typeof SHOWN_CHANGES)[number];

/** What became of a stage's output and artifacts since they were last shown. */
export interface StageChange {
  readonly stage: string;
  readonly output: ShownChange;
  /** By name. */
  readonly artifacts: readonly { readonly name: string; readonly change: ShownChange }[];
}

/** Compares by digest what two gates show: first the stages that are shown now, then those that are not any more. */
export const compareShown = (now: readonly ShownStage[], before: readonly ShownStage[]): readonly StageChange[] => {
  const earlier = new Map(before.map((shown) => [shown.stage, shown]));
  const shown = new Set(now.map(({ stage }) => stage));
  return [
    ...now.map((stage) => changeOf(stage, earlier.get(stage.stage))),
    ...before
      .filter(({ stage }) => !shown.has(stage))
      .map(({ stage, artifacts }) => ({
        stage,
        output: 'removed' as const,
        artifacts: artifacts.map(({ name }) => ({ name, change: 'removed' as const })),
      })),
  ];
};

const changeOf = ({ stage, outputDigest, artifacts }: ShownStage, before: ShownStage | undefined): StageChange => {
  const earlier = new Map(before?.artifacts.map(({ name, digest }) => [name, digest]));
  const names = new Set(artifacts.map(({ name }) => name));
  return {
    stage,
    output: change(outputDigest, before?.outputDigest),
    artifacts: [
      ...artifacts.map(({ name, digest }) => ({ name, change: change(digest, earlier.get(name)) })),
      ...[...earlier.keys()].filter((name) => !names.has(name)).map((name) => ({ name, change: 'removed' as const })),
    ],
  };
};

const change = (digest: string, before: string | undefined): ShownChange =>
  before === undefined ? 'new' : before === digest ? 'same' : 'changed';
