import { BASE_PATH } from '../../served-below.ts';
import { PageHead } from '../../ui/panel.tsx';
import { Locks } from './locks-panel.tsx';
import { Machine } from './machine-panels.tsx';
import { Queues } from './queues-panel.tsx';
import { Workers } from './workers-panel.tsx';

/** The infrastructure: queues, workers, locks, Redis, the scheduler. */
export const Screen = () => (
  <>
    <PageHead
      title="System"
      actions={
        <a href={`${BASE_PATH}/docs`} target="_blank" rel="noreferrer" className="text-accent underline">
          API reference
        </a>
      }
    />
    <div className="space-y-4">
      <Machine />
      <Queues />
      <Workers />
      <Locks />
    </div>
  </>
);
