/** The runs list: pages loaded by scrolling, the newest page reread on events, and single changed runs below it. */
import type { Page, ListedRun } from '@millrace/client';

export interface Read {
  readonly page: Page<ListedRun>;
  /** When it was read, ms. */
  readonly at: number;
}

/** Runs of all pages, newest first, each in its latest known state. `head`: the newest page, null until loaded. */
export const runsShown = (
  pages: Read,
  head: Read | null,
  changed: ReadonlyMap<string, ListedRun>,
  acceptedUpTo: ListedRun | null,
): readonly ListedRun[] => {
  const latest = new Map(changed);
  for (const run of head?.page.items ?? []) latest.set(run.run_id, later(run, latest.get(run.run_id)));
  const known = new Set<string>();
  const shown = pages.page.items.filter((run) => {
    const again = known.has(run.run_id);
    known.add(run.run_id);
    return !again && !(head !== null && head.at > pages.at && isMissingIn(head.page, run));
  });
  const added = (head?.page.items ?? []).filter(
    (run) => !known.has(run.run_id) && acceptedUpTo !== null && !isNewer(run, acceptedUpTo),
  );
  const merged = added.length === 0 ? shown : [...shown, ...added].sort((a, b) => (isNewer(a, b) ? -1 : 1));
  return merged.map((run) => later(run, latest.get(run.run_id)));
};

/** Runs on the newest page that the reader has not accepted yet. */
export const freshIn = (head: Page<ListedRun> | null, acceptedUpTo: ListedRun | null): readonly ListedRun[] =>
  head === null || acceptedUpTo === null ? [] : head.items.filter((run) => isNewer(run, acceptedUpTo));

/** Newest first; ids break ties, as in the API's order. */
export const isNewer = (a: ListedRun, b: ListedRun): boolean =>
  a.created_at > b.created_at || (a.created_at === b.created_at && a.run_id > b.run_id);

/** Old enough for the page but missing from it: it no longer matches the filters. */
const isMissingIn = (head: Page<ListedRun>, run: ListedRun): boolean => {
  const oldest = head.items.at(-1);
  const reached = head.next_cursor === null || (oldest !== undefined && !isNewer(oldest, run));
  return reached && !head.items.some(({ run_id }) => run_id === run.run_id);
};

const later = (run: ListedRun, other: ListedRun | undefined): ListedRun =>
  other !== undefined && other.last_seq > run.last_seq ? other : run;
