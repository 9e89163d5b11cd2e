import type { ListedRun, Pipeline } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useNow } from '../../live/server-clock.ts';
import { useTrouble } from '../../live/trouble.ts';
import { Panel } from '../../ui/panel.tsx';
import { type Concern, concernsOf, type Deployment } from './concerns.ts';

/** How many are shown at first: a hundred failing pipelines must not hide the page. */
const AT_FIRST = 8;

/** Everything in the deployment that needs attention, or that nothing does. */
export const Attention = (deployment: Deployment) => {
  const concerns = concernsOf(deployment, useNow());
  const trouble = useTrouble();
  if (concerns.length > 0) return <Concerns concerns={concerns} />;
  return (
    <p
      className={`mb-4 rounded-lg border border-line bg-panel px-4 py-2 ${trouble === null ? 'text-good' : 'text-quiet'}`}
    >
      {trouble === null ? '✓ Nothing needs attention' : 'Cannot check whether anything needs attention right now.'}
    </p>
  );
};

/** Concerns of one pipeline; renders nothing without any. `headline`: message of its last failure. */
export const PipelineAttention = ({
  pipeline,
  live,
  headline,
}: {
  pipeline: Pipeline;
  live: readonly ListedRun[];
  headline: string | null;
}) => {
  const concerns = concernsOf({ pipelines: [pipeline], live, health: null }, useNow());
  const told = concerns.map((concern) =>
    concern.key === `failing/${pipeline.name}` && headline !== null
      ? { ...concern, says: `${concern.says}: ${headline}` }
      : concern,
  );
  return told.length === 0 ? null : <Concerns concerns={told} />;
};

const Concerns = ({ concerns }: { concerns: readonly Concern[] }) => {
  const [all, setAll] = useState(false);
  const shown = all ? concerns : concerns.slice(0, AT_FIRST);
  return (
    <Panel title={`Needs attention (${concerns.length})`} className="mb-4">
      <ul>
        {shown.map((concern) => (
          <li
            key={concern.key}
            className="flex flex-wrap items-baseline gap-x-3 border-t border-line px-4 py-1.5 first:border-t-0"
          >
            <span className={`font-medium ${concern.tone === 'bad' ? 'text-bad' : 'text-warn'}`}>
              <span aria-hidden="true">{concern.tone === 'bad' ? '✕' : '!'}</span> {concern.of}
            </span>
            <span className="min-w-0 flex-1 basis-60 wrap-anywhere">{concern.says}</span>
            <Where concern={concern} />
          </li>
        ))}
      </ul>
      {concerns.length > AT_FIRST ? (
        <button
          type="button"
          aria-expanded={all}
          onClick={() => setAll(!all)}
          className="w-full border-t border-line px-4 py-1.5 text-accent"
        >
          {all ? 'Show fewer' : `Show all ${concerns.length}`}
        </button>
      ) : null}
    </Panel>
  );
};

const Where = ({ concern: { of, runId, pipeline, scheduleId, gatesOf } }: { concern: Concern }) => {
  const of_ = <span className="sr-only"> of {of}</span>;
  const look = 'text-accent underline';
  if (runId !== undefined)
    return (
      <Link to="/runs/$runId" params={{ runId }} className={look}>
        See the run{of_}
      </Link>
    );
  if (gatesOf !== undefined)
    return (
      <Link to="/approvals" search={{ pipeline: gatesOf }} className={look}>
        See the gates{of_}
      </Link>
    );
  if (pipeline !== undefined)
    return (
      <Link to="/pipelines/$pipeline" params={{ pipeline }} className={look}>
        See the pipeline{of_}
      </Link>
    );
  if (scheduleId !== undefined)
    return (
      <Link to="/schedules/$scheduleId" params={{ scheduleId }} className={look}>
        See the schedule{of_}
      </Link>
    );
  return (
    <Link to="/system" className={look}>
      See the system{of_}
    </Link>
  );
};
