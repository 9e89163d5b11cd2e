import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { askForTrouble } from '../live/trouble.ts';
import { Button } from '../ui/button.tsx';
import { Empty, Notice } from '../ui/notice.tsx';
import { PageHead } from '../ui/panel.tsx';

/** A screen failed: part of it could not be loaded, or it crashed. */
export const ErrorScreen = ({ error }: { error: unknown }) =>
  isMissingPart(error) ? (
    <MissingPart />
  ) : (
    <div className="space-y-3">
      <Notice tone="bad" title="This page broke" error={error}>
        This is a bug in the dashboard; nothing was changed.
      </Notice>
      <Button onClick={() => location.reload()}>Reload the page</Button>
    </div>
  );

/** Browser errors of a failed `import()`. Browsers cache the failure, so only a reload tries again. */
const isMissingPart = (error: unknown): boolean =>
  error instanceof Error &&
  /dynamically imported module|importing a module script|unable to preload/i.test(error.message);

/** How often to check whether the API is back, ms. */
const ASK_MS = 2_000;

/** The API was unavailable while part of the page loaded, or now serves a newer dashboard. */
const MissingPart = () => {
  useEffect(() => {
    const timer = setInterval(
      () => void askForTrouble().then((trouble) => trouble === null && location.reload()),
      ASK_MS,
    );
    return () => clearInterval(timer);
  }, []);
  return (
    <Notice tone="warn" title="Part of this page could not be loaded">
      The API is not responding. The page will reload when it is back.
    </Notice>
  );
};

export const NotFound = () => (
  <>
    <PageHead title="Page not found" />
    <Empty title="There is no page at this address">
      <Link to="/" className="text-accent underline">
        To the overview
      </Link>
    </Empty>
  </>
);
