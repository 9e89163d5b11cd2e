import { Link, Outlet } from '@tanstack/react-router';
import { Banners } from './banners.tsx';
import { Keyboard } from './keyboard.tsx';
import { LiveBadge } from './live-badge.tsx';
import { usePageFocus } from './page-focus.ts';
import { ReaderMenu } from './reader-menu.tsx';

const SCREENS = [
  { to: '/', label: 'Overview' },
  { to: '/runs', label: 'Runs' },
  { to: '/schedules', label: 'Schedules' },
  { to: '/system', label: 'System' },
] as const;

/** The frame of every screen: navigation, live status and page-wide problems. */
export const Shell = () => {
  usePageFocus();
  return (
    <>
      <a href="#main" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded focus:bg-panel focus:px-3 focus:py-2">
        Skip to the content
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-panel">
        <div className="mx-auto flex max-w-[110rem] flex-wrap items-center gap-x-5 px-4 md:h-13 md:flex-nowrap">
          <Link to="/" className="flex items-center gap-2 py-2 text-base font-semibold">
            <img src="/mark.svg" alt="" className="size-6" />
            Millrace
          </Link>
          <nav aria-label="Screens" className="order-last flex w-full gap-1 overflow-x-auto md:order-none md:w-auto">
            {SCREENS.map(({ to, label }) => (
              <Link
                key={to}
                to={to}
                activeOptions={{ exact: to === '/' }}
                className="border-b-2 border-transparent px-2.5 py-3 font-medium text-quiet hover:text-ink"
                activeProps={{ className: 'border-accent! text-ink!' }}
              >
                {label}
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
