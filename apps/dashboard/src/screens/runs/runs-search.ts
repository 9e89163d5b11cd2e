/** Filters of the runs list, stored in the address. */
export interface RunsSearch {
  readonly pipeline?: string;
  /** One or more, separated by commas. */
  readonly status?: string;
  readonly trigger?: string;
  readonly text?: string;
  /** ISO-8601 instants. */
  readonly since?: string;
  readonly until?: string;
}

export const readRunsSearch = (search: Record<string, unknown>): RunsSearch => {
  const read: Record<string, string> = {};
  for (const name of ['pipeline', 'status', 'trigger', 'text', 'since', 'until']) {
    const value = search[name];
    if ((typeof value === 'string' || typeof value === 'number') && value !== '') read[name] = String(value);
  }
  return read;
};
