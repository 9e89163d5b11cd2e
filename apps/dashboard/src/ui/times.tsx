import { formatDuration } from '../format/amounts.ts';
import { formatInstant, useZone } from '../format/zoned-instant.ts';
import { useNow } from '../live/server-clock.ts';

/** An instant in the chosen zone; both zones are in the title. `at`: ms since the epoch or ISO-8601. */
export const Instant = ({ at }: { at: number | string }) => {
  const zone = useZone();
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return (
    <time
      dateTime={new Date(ms).toISOString()}
      title={`${formatInstant(ms, 'local')} here, ${formatInstant(ms, 'utc')} UTC`}
      className="whitespace-nowrap"
    >
      {formatInstant(ms, zone)}
    </time>
  );
};

/** "12.4 s ago", by the server's clock. */
export const Ago = ({ at }: { at: number | string }) => {
  const now = useNow();
  const ms = typeof at === 'number' ? at : Date.parse(at);
  const zone = useZone();
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatInstant(ms, zone)} className="whitespace-nowrap">
      {coarse(Math.max(0, now - ms))} ago
    </time>
  );
};

/** Counts down to an instant; "due" once it has come. */
export const Countdown = ({ to }: { to: number | string }) => {
  const now = useNow();
  const left = (typeof to === 'number' ? to : Date.parse(to)) - now;
  return <span className="whitespace-nowrap">{left <= 0 ? 'due' : `in ${coarse(left)}`}</span>;
};

/** Time from `from` to `to`, or to now and counting. */
export const Elapsed = ({ from, to }: { from: number; to: number | null }) =>
  to === null ? <Counting from={from} /> : <>{formatDuration(to - from)}</>;

const Counting = ({ from }: { from: number }) => {
  const now = useNow();
  return <>{coarse(Math.max(0, now - from))}</>;
};

/** Running times show whole seconds: tenths would be stale at once. */
const coarse = (ms: number): string => (ms < 60_000 ? `${Math.floor(ms / 1_000)} s` : formatDuration(ms));
