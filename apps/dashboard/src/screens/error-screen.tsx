import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

/** A screen of ours broke: said so, with what it said, and a way on. */
export const ErrorScreen = ({ error }: { error: unknown }) => (
  <div className="space-y-3">
    <Notice tone="bad" title="This page broke" error={error}>
      That is a fault of the dashboard; nothing was changed by it.
    </Notice>
    <Button onClick={() => location.reload()}>Load the page anew</Button>
  </div>
);
