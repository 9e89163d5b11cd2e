import { CliError } from './exit-codes.ts';

/** The live run because of which a start was refused (409 `overlap`), or null when that is not what the error says. */
export const overlappingRun = (error: unknown): string | null => {
  const runId = error instanceof CliError ? error.problem?.live_run_id : null;
  return typeof runId === 'string' ? runId : null;
};
