import { ApiError } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { api } from '../../api.ts';
import { Empty, Loading, Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/panel.tsx';
import { SchedulePage } from './schedule-page.tsx';

const route = getRouteApi('/schedules/$scheduleId');

export const Screen = () => {
  const { scheduleId } = route.useParams();
  return <Existing key={scheduleId} id={scheduleId} />;
};

const Existing = ({ id }: { id: string }) => {
  const schedule = useQuery({ queryKey: ['schedules', 'one', id], queryFn: ({ signal }) => api.schedule(id, signal) });
  const gone = schedule.error instanceof ApiError && schedule.error.status === 404;
  if (gone)
    return (
      <>
        <PageHead title={id} />
        <Empty title="Schedule not found">
          It, or its pipeline, was removed, or it never existed.{' '}
          <Link to="/schedules" className="text-accent underline">
            To the schedules
          </Link>
        </Empty>
      </>
    );
  if (schedule.data) return <SchedulePage schedule={schedule.data} />;
  return (
    <>
      <PageHead title={id} />
      {schedule.isError ? <Notice tone="bad" title="Could not load the schedule" error={schedule.error} /> : <Loading what="the schedule" />}
    </>
  );
};
