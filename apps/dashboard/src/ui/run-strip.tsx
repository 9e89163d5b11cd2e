import type { RunSummary } from '@millrace/client';
import { useNavigate } from '@tanstack/react-router';
import { memo, type MouseEvent } from 'react';
import { BASE_PATH } from '../served-below.ts';
import { formatDuration } from '../format/amounts.ts';
import { formatInstant, useZone, type Zone } from '../format/zoned-instant.ts';
import { serverNow } from '../live/server-clock.ts';
import { type Bar, barsOf } from './run-bars.ts';
import { signOf, toneOf, wordOf } from './status-mark.tsx';

/** The last runs of a pipeline, newest right; each bar links to its run. `runs`: newest first. */
export const RunStrip = memo(({ pipeline, runs }: { pipeline: string; runs: readonly RunSummary[] }) => {
  const zone = useZone();
  const navigate = useNavigate();
  // Plain links instead of router links: the overview would have thousands of them.
  const follow = (runId: string, event: MouseEvent): void => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void navigate({ to: '/runs/$runId', params: { runId } });
  };
  if (runs.length === 0)
    return <p className="flex h-12 w-[18.75rem] items-end justify-end border-b border-line text-faint">No runs yet</p>;
  return (
    <ol
      aria-label={`Last ${runs.length} runs of ${pipeline}, oldest first`}
      className="flex h-12 w-[18.75rem] items-end justify-end border-b border-line"
    >
      {barsOf(runs, serverNow()).map((bar) => (
        <li key={bar.run.run_id} className="h-full w-2.5 shrink-0">
          <RunBar bar={bar} zone={zone} onFollow={follow} />
        </li>
      ))}
    </ol>
  );
});

interface BarProps {
  readonly bar: Bar<RunSummary>;
  readonly zone: Zone;
  readonly onFollow: (runId: string, event: MouseEvent) => void;
}

const RunBar = ({ bar: { run, durationMs, height }, zone, onFollow }: BarProps) => {
  const took = durationMs === null ? 'not started' : formatDuration(durationMs);
  const says = `${wordOf(run.status)}, ${formatInstant(Date.parse(run.created_at), zone)}, ${took}, ${run.trigger}`;
  return (
    <a
      href={`${BASE_PATH}/runs/${encodeURIComponent(run.run_id)}`}
      onClick={(event) => onFollow(run.run_id, event)}
      title={says}
      aria-label={says}
      className={`flex h-full flex-col justify-end ${toneOf(run.status)}`}
    >
      {MARKED.has(run.status) ? (
        <svg
          viewBox="0 0 16 16"
          className="size-2.5 shrink-0"
          fill="none"
          stroke="currentColor"
          strokeWidth="3"
          aria-hidden="true"
        >
          <path d={signOf(run.status)} />
        </svg>
      ) : null}
      <span className="mx-px block rounded-t-xs bg-current" style={{ height: `${Math.round(height * 36)}px` }} />
    </a>
  );
};

/** Bars of unsuccessful runs carry a sign, so that colour is not the only difference. */
const MARKED: ReadonlySet<string> = new Set([
  'failed',
  'cancelled',
  'cancelling',
  'running',
  'starting',
  'retrying',
  'queued',
  'awaiting_gate',
]);
