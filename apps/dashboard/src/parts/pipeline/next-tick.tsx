import type { Pipeline, Schedule } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { Countdown, Instant } from '../../ui/times.tsx';

/** Next tick of the pipeline's schedules; paused ones are marked. */
export const NextTick = ({ schedules }: Pick<Pipeline, 'schedules'>) => {
  if (schedules.length === 0) return <span className="text-faint">no schedule</span>;
  const next = soonest(schedules);
  const paused = schedules.filter((schedule) => schedule.paused);
  const blocked = schedules.filter((schedule) => !schedule.paused && schedule.blocked !== null);
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3">
      {next === null ? null : (
        <Link to="/schedules/$scheduleId" params={{ scheduleId: next.id }} className="hover:underline">
          next <Countdown to={next.next_at!} />{' '}
          <span className="text-quiet">
            (<Instant at={next.next_at!} />)
          </span>
        </Link>
      )}
      {blocked.map(({ id }) => (
        <Link key={id} to="/schedules/$scheduleId" params={{ scheduleId: id }} className="font-medium text-bad hover:underline">
          {schedules.length === 1 ? 'ticks are skipped' : `ticks of ${id} are skipped`}
        </Link>
      ))}
      {paused.map(({ id }) => (
        <Link key={id} to="/schedules/$scheduleId" params={{ scheduleId: id }} className="font-medium text-ask hover:underline">
          {schedules.length === 1 ? 'schedule paused' : `schedule ${id} paused`}
        </Link>
      ))}
    </span>
  );
};

const soonest = (schedules: readonly Schedule[]): Schedule | null =>
  schedules.reduce<Schedule | null>((best, one) => (one.next_at !== null && (best === null || one.next_at < best.next_at!) ? one : best), null);
