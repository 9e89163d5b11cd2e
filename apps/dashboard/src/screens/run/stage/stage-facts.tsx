import type { Stage } from '@millrace/client';
import { attemptLabel, type AttemptRecord, type Run, type StageRun } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api } from '../../../api.ts';
import { formatBytes, formatSetting } from '../../../format/amounts.ts';
import { atDeadline, kindWords } from '../../../parts/gates/gate-words.ts';
import { CopyButton } from '../../../ui/copy-button.tsx';
import { Loading, Notice } from '../../../ui/notice.tsx';
import { Elapsed, Instant } from '../../../ui/times.tsx';

/** Newest first; each links to its log. */
export const AttemptsTable = ({ runId, stage: { stage, attempts, reusedFrom } }: { runId: string; stage: StageRun }) =>
  attempts.length === 0 ? (
    <p className="text-quiet">{reusedFrom === null ? 'No attempts yet.' : 'None in this run: its result is reused.'}</p>
  ) : (
    <div
      tabIndex={0}
      role="region"
      aria-label={`Attempts of ${stage}`}
      className="overflow-x-auto rounded border border-line"
    >
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
            <tr
              key={`${attempt.attempt} ${attempt.startedAt} ${index}`}
              className="border-t border-line align-top whitespace-nowrap"
            >
              <th scope="row" className="px-2 py-1 font-normal">
                {attemptLabel(attempt)}
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
                <Link
                  to="/runs/$runId"
                  params={{ runId }}
                  search={{ tab: 'logs', stage, generation: attempt.generation, attempt: attempt.attempt }}
                  className="text-accent underline"
                >
                  log<span className="sr-only"> of attempt {attemptLabel(attempt)}</span>
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
  gated: 'text-ask',
};
const SIGNS: Readonly<Record<AttemptRecord['status'], string>> = {
  running: '▸',
  succeeded: '✓',
  failed: '✕',
  cancelled: '■',
  worker_lost: '⚡',
  handed_back: '↩',
  gated: '◆',
};

/** Characters of an output shown: a large one would stall the page. Copy takes all of it. */
const SHOWN = 20_000;

/** Output of a succeeded stage. Events do not carry outputs, so it is read on demand. */
export const StageOutput = ({
  run: { runId },
  stage: { stage, status, finishedAt },
}: {
  run: Run;
  stage: StageRun;
}) => {
  const { data, error, isPending } = useQuery({
    queryKey: ['output', runId, stage, finishedAt],
    queryFn: async ({ signal }) => (await api.stages(runId, { stage }, signal)).items[0]?.output ?? null,
    enabled: status === 'succeeded',
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (status !== 'succeeded') return null;
  const text = data === undefined ? '' : JSON.stringify(data, null, 2);
  return (
    <section>
      <div className="mb-1.5 flex items-center gap-2">
        <h3 className="font-semibold">Output</h3>
        {data === null || data === undefined ? null : <CopyButton text={() => text} what={`the output of ${stage}`} />}
      </div>
      {error ? (
        <Notice tone="bad" title="Could not load the output" error={error} />
      ) : isPending ? (
        <Loading what="the output" />
      ) : data === null ? (
        <p className="text-quiet">No output.</p>
      ) : (
        <>
          <pre
            tabIndex={0}
            aria-label={`Output of ${stage}`}
            className="max-h-80 overflow-auto rounded border border-line bg-canvas p-2 font-mono text-xs whitespace-pre-wrap"
          >
            {text.slice(0, SHOWN)}
          </pre>
          {text.length > SHOWN ? (
            <p className="text-quiet">
              The first {formatBytes(SHOWN)} of {formatBytes(text.length)}; Copy takes all of it.
            </p>
          ) : null}
        </>
      )}
    </section>
  );
};

/** Command, retry policy and timeouts of the stage. */
export const StagePolicy = ({
  definition: { handler, when, teardown, gate, queue, retry, timeouts, grace_ms, output },
}: {
  definition: Stage;
}) => (
  <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
    <Fact name="Runs">
      {handler.kind !== 'command' ? (
        `a ${handler.kind}`
      ) : (
        <pre
          tabIndex={0}
          aria-label="Command"
          className="max-h-32 overflow-y-auto font-mono text-xs whitespace-pre-wrap"
        >
          {handler.command.join(' ')}
        </pre>
      )}
    </Fact>
    {when === 'all_succeeded' ? null : <Fact name="Trigger rule">{when}</Fact>}
    {teardown === null ? null : <Fact name="Teardown of">{teardown.of.join(', ')}</Fact>}
    {gate === null ? null : <Fact name="Gate">{gateInWords(gate)}</Fact>}
    <Fact name="Queue">{queue}</Fact>
    <Fact name="Retry">
      {retry.maximum_attempts === 1
        ? 'never'
        : `up to ${retry.maximum_attempts} attempts, ${formatSetting(retry.initial_interval_ms)} apart at first, ×${retry.backoff_coefficient} each time, at most ${formatSetting(retry.maximum_interval_ms)}${
            retry.jitter > 0 ? `, with up to ${Math.round(retry.jitter * 100)} %` : ''
          }`}
      {retry.non_retryable_errors.length === 0 ? null : (
        <span className="block text-quiet">not after {retry.non_retryable_errors.join(', ')}</span>
      )}
    </Fact>
    {TIMEOUTS.map(({ name, of }) =>
      timeouts[of] === null ? null : (
        <Fact key={of} name={name}>
          {formatSetting(timeouts[of])}
        </Fact>
      ),
    )}
    <Fact name="Grace period">{formatSetting(grace_ms)}</Fact>
    {output.required.length === 0 ? null : <Fact name="Required output">{output.required.join(', ')}</Fact>}
  </dl>
);

const gateInWords = ({
  kind,
  required,
  auto_approve,
  timeout_ms,
  on_timeout,
  quorum,
}: NonNullable<Stage['gate']>): string =>
  [
    required ? (auto_approve ? 'approves itself' : 'asks') : 'asks nobody',
    kindWords(kind),
    quorum > 1 ? `${quorum} people` : '',
    timeout_ms === null ? '' : `for ${formatSetting(timeout_ms)}, then ${atDeadline({ on_timeout })}`,
  ]
    .filter((words) => words !== '')
    .join(' ');

const TIMEOUTS = [
  { name: 'Attempt timeout', of: 'attempt_ms' },
  { name: 'Stage timeout (all attempts)', of: 'stage_ms' },
  { name: 'Heartbeat timeout', of: 'heartbeat_ms' },
  { name: 'Queue timeout', of: 'queue_ms' },
] as const;

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <>
    <dt className="text-faint">{name}</dt>
    <dd className="min-w-0">{children}</dd>
  </>
);
