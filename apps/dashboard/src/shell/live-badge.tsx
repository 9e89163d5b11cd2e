import { useLiveStatus } from '../live/live-provider.tsx';
import { useTrouble } from '../live/trouble.ts';

const SHOWN = {
  live: { dot: 'bg-good', word: 'live', title: 'Events are shown as they happen' },
  catching_up: { dot: 'bg-warn', word: 'catching up', title: 'Replaying missed events' },
  offline: { dot: 'bg-bad', word: 'offline', title: 'No connection to the API; reconnecting' },
  redis_away: { dot: 'bg-bad', word: 'offline', title: 'The API is up but Redis is not: no updates until it is back' },
} as const;

export const LiveBadge = () => {
  const { dot, word, title } = SHOWN[useShown()];
  return (
    <span role="status" aria-label={`Connection: ${word}`} title={title} className="inline-flex items-center gap-1.5 text-quiet">
      <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
      {word}
    </span>
  );
};

const useShown = (): keyof typeof SHOWN => {
  const status = useLiveStatus();
  return useTrouble() === 'redis_away' ? 'redis_away' : status;
};
