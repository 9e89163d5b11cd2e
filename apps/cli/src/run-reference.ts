import type { Client } from '@millrace/client';
import { parseRunReference, RUN_REFERENCE_RULE, shortRunId } from '@millrace/core/domain';
import { CliError, EXIT } from './exit-codes.ts';

/** How many matching runs are listed. */
const SHOWN = 10;

/**
 * Resolves a run reference: an id, its first or last characters, `@last` or `<pipeline>@last`.
 * @throws CliError usage when it names none, or more than one
 */
export const runIdOf = async (api: Client, text: string): Promise<string> => {
  const reference = parseRunReference(text);
  if (reference === null) throw new CliError(EXIT.usage, `"${text}" is not a run: give ${RUN_REFERENCE_RULE}`);
  // The command itself finds out whether a run with this full id exists.
  if (reference.kind === 'id') return reference.runId;
  const { items, next_cursor } = await runsNamed(api, text.trim());
  const [only, ...others] = items;
  if (only === undefined)
    throw new CliError(EXIT.usage, reference.kind === 'last' ? 'there are no runs yet' : `there is no run "${text}"`);
  if (others.length === 0) return only.run_id;
  throw new CliError(EXIT.usage, `"${text}" matches several runs: give more of the id`, {
    details: [
      ...items.map((run) => `${run.run_id} (${run.pipeline}, ${run.status}), in short ${shortRunId(run.run_id)}`),
      ...(next_cursor ? ['…'] : []),
    ],
  });
};

/** A page can be empty and still have a next one: each request scans a limited number of runs. */
const runsNamed = async (api: Client, id: string) => {
  let page = await api.runs({ id, limit: SHOWN });
  while (page.items.length === 0 && page.next_cursor !== null)
    page = await api.runs({ id, limit: SHOWN, cursor: page.next_cursor });
  return page;
};
