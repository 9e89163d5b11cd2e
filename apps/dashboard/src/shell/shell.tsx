import { Link, Outlet } from '@tanstack/react-router';
import { BASE_PATH } from '../served-below.ts';
import { formatDuration } from '../format/amounts.ts';
import { useLiveStatus } from '../live/live-provider.tsx';
import { usePendingGates } from '../live/pending-gates.ts';
import { useClockSkew } from '../live/server-clock.ts';
import { useTrouble } from '../live/trouble.ts';
import { Keyboard } from './keyboard.tsx';
import { usePageFocus } from './page-focus.ts';
import { ReaderMenu } from './reader-menu.tsx';

const SCREENS = [
  { to: '/', label: 'Overview' },
  { to: '/runs', label: 'Runs' },
  { to: '/approvals', label: 'Approvals' },
  { to: '/schedules', label: 'Schedules' },
  { to: '/system', label: 'System' },
] as const;

/** The frame of every screen: navigation, live status and page-wide problems. */
export const Shell = () => {
  usePageFocus();
  return (
    <>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded focus:bg-panel focus:px-3 focus:py-2"
      >
        Skip to the content
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-panel">
        <div className="mx-auto flex max-w-[110rem] flex-wrap items-center gap-x-5 px-4 md:h-13 md:flex-nowrap">
          <Link to="/" className="flex items-center gap-2 py-2 text-base font-semibold">
            <img src={`${BASE_PATH}/mark.svg`} alt="" className="size-6" />
            Millrace
          </Link>
          <nav aria-label="Screens" className="order-last flex w-full gap-1 overflow-x-auto md:order-none md:w-auto">
            {SCREENS.map(({ to, label }) => (
              <Link
                key={to}
                to={to}
                activeOptions={{ exact: to === '/' }}
                className="border-b-2 border-transparent px-2.5 py-3 font-medium whitespace-nowrap text-quiet hover:text-ink"
                activeProps={{ className: 'border-accent! text-ink!' }}
              >
                {label}
                {to === '/approvals' ? <WaitingCount /> : null}
              </Link>
            ))}
          </nav>
          <div className="ml-auto flex items-center gap-2">
            <LiveBadge />
            <Keyboard />
            <ReaderMenu />
          </div>
        </div>
      </header>
      <Banners />
      <main id="main" tabIndex={-1} className="mx-auto max-w-[110rem] p-4 outline-none">
        <Outlet />
      </main>
    </>
  );
};

const WaitingCount = () => {
  const count = usePendingGates();
  if (count === null) return null;
  return (
    <span className="relative ml-1.5 inline-block rounded-full bg-ask px-1.5 text-xs font-semibold text-panel">
      {count}
      <span className="sr-only"> waiting</span>
    </span>
  );
};

const SHOWN = {
  live: { dot: 'bg-good', word: 'live', title: 'Events are shown as they happen' },
  catching_up: { dot: 'bg-warn', word: 'catching up', title: 'Replaying missed events' },
  offline: { dot: 'bg-bad', word: 'offline', title: 'No connection to the API; reconnecting' },
  redis_away: { dot: 'bg-bad', word: 'offline', title: 'The API is up but Redis is not: no updates until it is back' },
} as const;

const LiveBadge = () => {
  const { dot, word, title } = SHOWN[useShown()];
  return (
    <span
      role="status"
      aria-label={`Connection: ${word}`}
      title={title}
      className="inline-flex items-center gap-1.5 text-quiet"
    >
      <span aria-hidden="true" className={`size-2 rounded-full ${dot}`} />
      {word}
    </span>
  );
};

const useShown = (): keyof typeof SHOWN => {
  const status = useLiveStatus();
  return useTrouble() === 'redis_away' ? 'redis_away' : status;
};

/** Problems of the page as a whole, above everything else. */
const Banners = () => {
  const trouble = useTrouble();
  const skew = useClockSkew();
  return (
    <>
      {trouble === 'redis_away' ? (
        <Banner>Redis is unavailable: this page may be out of date. It will update when Redis is back.</Banner>
      ) : trouble === 'api_away' ? (
        <Banner>The API is not responding: this page may be out of date. It will update when the API is back.</Banner>
      ) : null}
      {skew === null ? null : (
        <Banner>
          This computer's clock is {formatDuration(Math.abs(skew))} {skew > 0 ? 'behind' : 'ahead of'} the server's.
          Times and countdowns here go by the server's.
        </Banner>
      )}
    </>
  );
};

const Banner = ({ children }: { children: React.ReactNode }) => (
  <div role="alert" className="border-b border-warn bg-raised px-4 py-2 text-center font-medium text-warn">
    {children}
  </div>
);
