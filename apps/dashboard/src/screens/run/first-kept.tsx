/** How much of a run's event log is left: retention trims the beginning of long logs and removes whole runs. */
import type { Run } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api.ts';
import { formatCount } from '../../format/amounts.ts';
import { Notice } from '../../ui/notice.tsx';

type Logged = Pick<Run, 'runId' | 'lastSeq'>;

/** Seq of the first event still stored; `lastSeq + 1`: none. 1 until known. `error`: 404 if the run itself is gone. */
export const useFirstKept = ({ runId, lastSeq }: Logged): { readonly firstKept: number; readonly error: unknown } => {
  const { data, error } = useQuery({
    queryKey: ['first-kept', runId],
    queryFn: async ({ signal }) => (await api.events(runId, { limit: 1 }, signal)).items[0]?.seq ?? lastSeq + 1,
    // Each opened view checks again.
    staleTime: 0,
  });
  return { firstKept: data ?? 1, error };
};

export const BeginningGone = ({ run }: { run: Logged }) => {
  const gone = useFirstKept(run).firstKept - 1;
  if (gone === 0) return null;
  return (
    <div className="mb-3">
      <Notice
        tone="warn"
        title={
          gone >= run.lastSeq
            ? "This run's log was deleted by retention"
            : "The beginning of this run's log was deleted by retention"
        }
      >
        {gone === 1 ? 'Event 1 is gone' : `Events 1 to ${formatCount(gone)} are gone`}, including their log lines and
        metrics. The outcome of the run and its stages is still complete.
      </Notice>
    </div>
  );
};
