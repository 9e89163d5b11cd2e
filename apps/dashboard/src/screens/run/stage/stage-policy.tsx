import type { Stage } from '@millrace/client';
import { formatSetting } from '../../../format/amounts.ts';

/** Command, retry policy and timeouts of the stage. */
export const StagePolicy = ({ definition: { handler, queue, retry, timeouts, grace_ms, output } }: { definition: Stage }) => (
  <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
    <Fact name="Runs">
      {handler.kind === 'function' ? (
        'a function'
      ) : (
        <pre tabIndex={0} aria-label="Command" className="max-h-32 overflow-y-auto font-mono text-xs whitespace-pre-wrap">
          {handler.command.join(' ')}
        </pre>
      )}
    </Fact>
    <Fact name="Queue">{queue}</Fact>
    <Fact name="Retry">
      {retry.maximum_attempts === 1
        ? 'never'
        : `up to ${retry.maximum_attempts} attempts, ${formatSetting(retry.initial_interval_ms)} apart at first, ×${retry.backoff_coefficient} each time, at most ${formatSetting(retry.maximum_interval_ms)}${
            retry.jitter > 0 ? `, with up to ${Math.round(retry.jitter * 100)} %` : ''
          }`}
      {retry.non_retryable_errors.length === 0 ? null : <span className="block text-quiet">not after {retry.non_retryable_errors.join(', ')}</span>}
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
