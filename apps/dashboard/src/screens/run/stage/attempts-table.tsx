import type { AttemptRecord, StageRun } from '@millrace/core/domain';
import { Link } from '@tanstack/react-router';
import { Elapsed, Instant } from '../../../ui/times.tsx';

/** Newest first; each links to its log. */
export const AttemptsTable = ({ runId, stage: { stage, attempts } }: { runId: string; stage: StageRun }) =>
  attempts.length === 0 ? (
    <p className="text-quiet">No attempts yet.</p>
  ) : (
    <div tabIndex={0} role="region" aria-label={`Attempts of ${stage}`} className="overflow-x-auto rounded border border-line">
      <table className="w-full text-left">
        <thead className="whitespace-nowrap text-faint">
          <tr>
            {['#', 'State', 'Started', 'Took', 'Worker', 'Log'].map((title) => (
              <th key={title} scope="col" className="px-2 py-1 font-normal">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {attempts.toReversed().map((attempt, index) => (
            <tr key={`${attempt.attempt} ${attempt.startedAt} ${index}`} className="border-t border-line align-top whitespace-nowrap">
              <th scope="row" className="px-2 py-1 font-normal">
                {attempt.attempt}
              </th>
              <td className="px-2 py-1">
                <span className={TONES[attempt.status]}>
                  {SIGNS[attempt.status]} {attempt.status.replace('_', ' ')}
                </span>
                {attempt.error === null ? null : (
                  <span className="block max-w-52 truncate text-quiet" title={attempt.error.message}>
                    {attempt.error.code}
                  </span>
                )}
              </td>
              <td className="px-2 py-1">
                <Instant at={attempt.startedAt} />
              </td>
              <td className="px-2 py-1">
                <Elapsed from={attempt.startedAt} to={attempt.finishedAt} />
              </td>
              <td className="px-2 py-1">{attempt.worker}</td>
              <td className="px-2 py-1">
                <Link to="/runs/$runId" params={{ runId }} search={{ tab: 'logs', stage, attempt: attempt.attempt }} className="text-accent underline">
                  log<span className="sr-only"> of attempt {attempt.attempt}</span>
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

const TONES: Readonly<Record<AttemptRecord['status'], string>> = {
  running: 'text-busy',
  succeeded: 'text-good',
  failed: 'text-bad',
  cancelled: 'text-off',
  worker_lost: 'text-bad',
  handed_back: 'text-off',
};
const SIGNS: Readonly<Record<AttemptRecord['status'], string>> = {
  running: '▸',
  succeeded: '✓',
  failed: '✕',
  cancelled: '■',
  worker_lost: '⚡',
  handed_back: '↩',
};
