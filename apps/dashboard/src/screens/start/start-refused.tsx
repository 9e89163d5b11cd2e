import { ApiError } from '@millrace/client';
import { Link } from '@tanstack/react-router';
import type { PathError } from '../../parts/form/form-state.ts';
import { Notice } from '../../ui/notice.tsx';

/** Why the start was refused and what to do next; field errors are shown at their fields. */
export const StartRefused = ({ pipeline, error, leftOver }: { pipeline: string; error: unknown; leftOver: readonly PathError[] }) => {
  if (!(error instanceof Error)) return null;
  if (!(error instanceof ApiError))
    return <Notice tone="bad" title="No response: the run may or may not have started. Press Start again: it will not start twice" error={error} />;
  const live = error.code === 'overlap' ? error.problem['live_run_id'] : undefined;
  if (typeof live === 'string')
    return (
      <Notice tone="bad" title="A run is already live, and this pipeline allows one at a time">
        <Link to="/runs/$runId" params={{ runId: live }} className="text-accent underline">
          Open the live run {live}
        </Link>
      </Notice>
    );
  if (error.code === 'idempotency_mismatch')
    return (
      <Notice tone="bad" title="An earlier Start went through with different values">
        <Link to="/runs" search={{ pipeline }} className="text-accent underline">
          See the runs of {pipeline}
        </Link>{' '}
        Press Start again to start another.
      </Notice>
    );
  const placed = error.errors.length - leftOver.length;
  return (
    <Notice tone="bad" title="Not started" error={placed === 0 && leftOver.length === 0 ? error : undefined}>
      {placed > 0 ? <p>{placed === 1 ? 'One field is' : `${placed} fields are`} invalid: see the message there.</p> : null}
      {leftOver.length > 0 ? (
        <ul className="list-disc pl-5 text-ink">
          {leftOver.map(({ path, message }) => (
            <li key={path + message}>
              <code>{path}</code> {message}
            </li>
          ))}
          {error.moreErrors > 0 ? <li>and {error.moreErrors.toLocaleString('en-GB')} more</li> : null}
        </ul>
      ) : null}
    </Notice>
  );
};
