/** The part of a stage that ordering needs. */
export interface Node {
  readonly name: string;
  readonly dependsOn: readonly string[];
}
export type StageOrder<T extends Node> =
  | { readonly kind: 'ordered'; readonly stages: readonly T[] }
  | { readonly kind: 'cycle'; readonly cycle: readonly string[] };

/**
 * Sorts the stages so that each follows its dependencies. An order that is already valid is kept.
 * Depth-first, without recursion (a chain may be 10,000 deep). Ignores dependencies that are not among the stages.
 * Returns a cycle in dependency order with the first name repeated at the end: a depends on b depends on a.
 */
export const orderStages = <T extends Node>(stages: readonly T[]): StageOrder<T> => {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const state = new Map<string, 'open' | 'done'>();
  const ordered: T[] = [];
  for (const root of stages) {
    if (state.has(root.name)) continue;
    const trail = [{ stage: root, next: 0 }];
    state.set(root.name, 'open');
    for (let top = trail.at(-1); top; top = trail.at(-1)) {
      const dependency = top.stage.dependsOn[top.next++];
      if (dependency === undefined) {
        state.set(top.stage.name, 'done');
        ordered.push(top.stage);
        trail.pop();
        continue;
      }
      const stage = byName.get(dependency);
      if (!stage || state.get(dependency) === 'done') continue;
      if (state.get(dependency) === 'open')
        return {
          kind: 'cycle',
          cycle: cycleIn(
            trail.map((step) => step.stage.name),
            dependency,
          ),
        };
      state.set(dependency, 'open');
      trail.push({ stage, next: 0 });
    }
  }
  return { kind: 'ordered', stages: ordered };
};

const cycleIn = (trail: readonly string[], back: string): readonly string[] => [
  ...trail.slice(trail.indexOf(back)),
  back,
];
