import type { RunStatus, StageStatus } from '@millrace/core/domain';

type Status = RunStatus | StageStatus | 'idle';

/** Each state has a sign, a colour and its word: never the colour alone. */
const SHOWN: Readonly<Record<Status, { readonly sign: string; readonly tone: string; readonly word: string }>> = {
  succeeded: { sign: 'M3 8.5 6.5 12 13 4.5', tone: 'text-good', word: 'succeeded' },
  failed: { sign: 'M4 4 12 12M12 4 4 12', tone: 'text-bad', word: 'failed' },
  cancelled: { sign: 'M4 4H12V12H4Z', tone: 'text-off', word: 'cancelled' },
  cancelling: { sign: 'M4 4H12V12H4Z', tone: 'text-warn', word: 'cancelling' },
  skipped: { sign: 'M3 4 8 8 3 12M9 4 14 8 9 12', tone: 'text-off', word: 'skipped' },
  upstream_failed: { sign: 'M3 4 8 8 3 12M9 4 14 8 9 12', tone: 'text-bad', word: 'upstream failed' },
  running: { sign: 'M5 3 13 8 5 13Z', tone: 'text-busy', word: 'running' },
  starting: { sign: 'M5 3 13 8 5 13Z', tone: 'text-busy', word: 'starting' },
  retrying: { sign: 'M13 8A5 5 0 1 1 11 4M11 1V4H8', tone: 'text-warn', word: 'retrying' },
  queued: { sign: 'M3 4H13M3 8H13M3 12H9', tone: 'text-wait', word: 'queued' },
  ready: { sign: 'M3 4H13M3 8H13M3 12H9', tone: 'text-wait', word: 'ready' },
  pending: { sign: 'M8 3A5 5 0 1 0 8 13A5 5 0 1 0 8 3', tone: 'text-wait', word: 'pending' },
  awaiting_gate: { sign: 'M8 2 14 8 8 14 2 8Z', tone: 'text-ask', word: 'awaiting gate' },
  paused: { sign: 'M5 3V13M11 3V13', tone: 'text-ask', word: 'paused' },
  idle: { sign: 'M3 8H13', tone: 'text-off', word: 'idle' },
};

export const toneOf = (status: Status): string => SHOWN[status].tone;
export const wordOf = (status: Status): string => SHOWN[status].word;
export const signOf = (status: Status): string => SHOWN[status].sign;

export const StatusIcon = ({ status }: { status: Status }) => (
  <svg
    viewBox="0 0 16 16"
    className={`size-[1.1em] shrink-0 ${SHOWN[status].tone}`}
    fill="none"
    stroke="currentColor"
    strokeWidth="2"
    aria-hidden="true"
  >
    <path d={SHOWN[status].sign} strokeLinecap="round" strokeLinejoin="round" />
  </svg>
);

export const StatusMark = ({ status }: { status: Status }) => (
  <span className={`inline-flex items-center gap-1.5 font-medium whitespace-nowrap ${SHOWN[status].tone}`}>
    <StatusIcon status={status} />
    {SHOWN[status].word}
  </span>
);
