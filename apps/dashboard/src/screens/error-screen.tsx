import { useEffect } from 'react';
import { askForTrouble } from '../live/trouble.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

/** A screen could not be shown: a part of it could not be fetched, or it broke. */
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

/** What browsers say of an `import()` that got no answer; they remember it, so that only a new page asks again. */
const isMissingPart = (error: unknown): boolean =>
  error instanceof Error && /dynamically imported module|importing a module script|unable to preload/i.test(error.message);

/** How often the API is asked whether it is back, ms. */
const ASK_MS = 2_000;

/** The API was away while a part of the page was fetched, or serves a newer dashboard by now. */
const MissingPart = () => {
  useEffect(() => {
    const timer = setInterval(() => void askForTrouble().then((trouble) => trouble === null && location.reload()), ASK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Notice tone="warn" title="Part of this page could not be loaded">
      The API is not responding. The page will reload when it is back.
    </Notice>
  );
};
