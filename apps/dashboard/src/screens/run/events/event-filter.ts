import type { Event } from '@millrace/client';
import { EVENT_TYPES, type EventType } from '@millrace/core/domain';

export interface EventFilter {
  readonly stage: string | undefined;
  /** Failures only. */
  readonly failures: boolean;
  /** Hides what stages report while running: log lines, metrics, progress, artifacts. */
  readonly brief: boolean;
}
/** Filter of the event log as API query; absent: no filter. */
export interface WantedEvents {
  readonly stage?: string | undefined;
  readonly types?: readonly EventType[];
}

export const isFiltering = ({ stage, failures, brief }: EventFilter): boolean => stage !== undefined || failures || brief;

export const wantedBy = ({ stage, failures, brief }: EventFilter): WantedEvents => {
  if (!failures && !brief) return { stage };
  const isAsked = (type: EventType): boolean => {
    const { kind } = EVENT_TYPES[type];
    return failures ? kind === 'failure' || kind === 'error' : kind !== 'log' && kind !== 'metric';
  };
  return { stage, types: TYPES.filter(isAsked) };
};
const TYPES = Object.keys(EVENT_TYPES) as EventType[];

export const isWanted = ({ stage, types }: WantedEvents, event: Pick<Event, 'stage' | 'type'>): boolean =>
  (stage === undefined || event.stage === stage) && (types === undefined || types.includes(event.type));
