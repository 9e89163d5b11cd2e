/**
 * A step touches so many stages at most, and leaves what is beyond for `expandRun`: here nobody is held up, but a script of Redis would hold up
 * everybody, and the two must agree on what is seen meanwhile.
 */
import type { RunId } from '../domain/index.ts';
import type { Deployment, RunRecord, StageRecord } from './deployment.ts';

/** Work from a place in a list on: older runs of its slot to cancel, roots to queue, dependants of a stage to queue or to skip, stages to cancel by their index. */
export type Todo =
  | { readonly what: 'older' }
  | { readonly what: 'roots'; readonly from: number }
  | { readonly what: 'cancels'; readonly from: number }
  | { readonly what: 'dependants' | 'skips'; readonly of: StageRecord; readonly from: number };

/** Each step has it anew; one that does several things in turn has it for each. */
export const renewBudget = ({ cut }: Deployment): void => {
  cut.left = cut.most;
};

/** False: nothing more may be touched. */
export const mayTouch = ({ cut }: Deployment): boolean => {
  if (cut.left <= 0) return false;
  cut.left -= 1;
  return true;
};

export const leaveForLater = ({ cut }: Deployment, run: RunRecord, todo: Todo): void => {
  run.todo.push(todo);
  cut.unfinished.add(run);
};

/** Runs that this step left work of. */
export const unfinished = ({ cut }: Deployment): readonly RunId[] => [...cut.unfinished].map(({ runId }) => runId);
