import type { Event } from '@millrace/client';

/** Category of an event by sign, colour and word. */
const SHOWN: Readonly<Record<Event['event'], { readonly sign: string; readonly tone: string; readonly word: string }>> = {
  start: { sign: '▸', tone: 'text-busy', word: 'start' },
  success: { sign: '✓', tone: 'text-good', word: 'success' },
  failure: { sign: '✕', tone: 'text-bad', word: 'failure' },
  error: { sign: '!', tone: 'text-warn', word: 'error' },
  log: { sign: '≡', tone: 'text-faint', word: 'log' },
  metric: { sign: '#', tone: 'text-faint', word: 'metric' },
  state_change: { sign: '→', tone: 'text-wait', word: 'state change' },
  heartbeat: { sign: '·', tone: 'text-faint', word: 'heartbeat' },
};

export const EventSign = ({ kind }: { kind: Event['event'] }) => (
  <span title={SHOWN[kind].word} className={`inline-block w-[1.4em] shrink-0 text-center font-bold ${SHOWN[kind].tone}`}>
    <span aria-hidden="true">{SHOWN[kind].sign}</span>
    <span className="sr-only">{SHOWN[kind].word}</span>
  </span>
);
