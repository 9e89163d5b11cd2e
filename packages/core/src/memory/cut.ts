/**
 * A step touches a limited number of stages, and leaves the rest for `expandRun`. A long step would block no one here,
 * but a script blocks all of Redis, and both stores must agree on what is visible meanwhile.
 */
import type { RunId } from '../domain/index.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';

/**
 * Work from a place in a list on: older runs of the overlap lock to cancel, roots to queue, dependants of a stage that
 * ended, stages to cancel, or to go on with after a pause, by index; stages to open again.
 */
export type Todo =
  | { readonly what: 'older' }
  | { readonly what: 'reopens' }
  | { readonly what: 'roots'; readonly from: number }
  | { readonly what: 'cancels'; readonly from: number }
  | { readonly what: 'resumes'; readonly from: number }
  | { readonly what: 'dependants'; readonly of: StageRecord; readonly from: number };

/** Each step begins with the full budget; a step that does several things in turn, with one for each. */
export const renewBudget = ({ cut }: Deployment): void => {
  cut.left = cut.most;
};

/** False: the budget is used up. */
export const mayTouch = ({ cut }: Deployment): boolean => {
  if (cut.left <= 0) return false;
  cut.left -= 1;
  return true;
};

export const leaveForLater = ({ cut }: Deployment, run: RunRecord, todo: Todo): void => {
  run.todo.push(todo);
  cut.unfinished.add(run);
};

/** Runs with work left over by this step. */
export const unfinished = ({ cut }: Deployment): readonly RunId[] => [...cut.unfinished].map(({ runId }) => runId);
