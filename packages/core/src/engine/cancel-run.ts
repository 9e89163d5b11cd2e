import { v7 } from 'uuid';
import { isRunId, MillraceError, type RunId } from '../domain/index.ts';
import type { CancelRun, Store } from '../ports/index.ts';

/** Cancels a run. Throws unknown_run, run_is_terminal. Once it returns, no further stage can start. */
export const cancelRun = async (
  store: Store,
  command: Omit<CancelRun, 'runId'> & { readonly runId: string },
): Promise<'cancelling' | 'cancelled'> => {
  if (!isRunId(command.runId))
    throw new MillraceError('unknown_run', `there is no run "${command.runId.slice(0, 60)}"`);
  const answer = await store.cancelRun({ commandId: v7(), ...command, runId: command.runId });
  if (answer.kind === 'unknown') throw new MillraceError('unknown_run', `there is no run "${command.runId}"`);
  if (answer.kind === 'terminal')
    throw new MillraceError('run_is_terminal', `the run has already ended: it is ${answer.status}`, {
      extra: { status: answer.status },
    });
  await expandFully(store, answer.more);
  return answer.kind;
};

/** Continues transitions cut short by the budget of one script until they are complete. */
export const expandFully = async (store: Store, unfinished: readonly RunId[]): Promise<void> => {
  for (const left = [...unfinished]; left.length > 0; ) left.push(...(await store.expandRun(left.shift()!)).more);
};
