import { useLiveStatus } from '../live/live-provider.tsx';

const SHOWN = {
  live: { dot: 'bg-good', word: 'live', title: 'What happens is shown as it happens' },
  catching_up: { dot: 'bg-warn', word: 'catching up', title: 'Events that were missed are being replayed' },
  offline: { dot: 'bg-bad', word: 'offline', title: 'No connection to the API; it is tried again and again' },
} as const;

export const LiveBadge = () => {
  const { dot, word, title } = SHOWN[useLiveStatus()];
  return (
    <span role="status" aria-label={`Connection: ${word}`} title={title} className="inline-flex items-center gap-1.5 text-quiet">
      <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
      {word}
    </span>
  );
};
