import type { Run } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../../api.ts';
import { Notice } from '../../../ui/notice.tsx';

/** Workers come and go without an event of the run, ms. */
const REFRESH_MS = 5_000;

/** Why nothing of the run goes on though its stages are queued: no worker serves their queue. Nothing when one does. */
export const Unserved = ({ run }: { run: Run }) => {
  const { data } = useQuery({ queryKey: ['queues'], queryFn: ({ signal }) => api.queues({ limit: 500 }, signal), refetchInterval: REFRESH_MS });
  const unserved = new Set(data?.items.filter(({ workers }) => workers === 0).map(({ queue }) => queue));
  const queue = run.stages.find((stage) => stage.status === 'queued' && unserved.has(stage.queue))?.queue;
  if (queue === undefined) return null;
  return (
    <Notice tone="warn" title={`No worker serves the queue ${queue}`}>
      What is queued there starts as soon as one does: <code>millrace worker</code> starts one.{' '}
      <Link to="/system" className="text-accent underline">
        Queues and workers
      </Link>
    </Notice>
  );
};
