import { Link } from '@tanstack/react-router';
import { Empty, Notice } from '../../ui/notice.tsx';
import { PageHead } from '../../ui/panel.tsx';

/** An unknown or removed pipeline: its runs are kept and can still be viewed. */
export const PipelineGone = ({ name, error }: { name: string; error: unknown }) => (
  <>
    <PageHead title={name} />
    <div className="space-y-4">
      <Notice tone="warn" title="This pipeline is not defined" error={error} />
      <Empty title="No pipeline file defines it">
        <p>Add the file that defines it and restart Millrace to bring it back. Its runs are kept.</p>
        <p className="mt-2">
          <Link to="/runs" search={{ pipeline: name }} className="text-accent underline">
            Runs of {name}
          </Link>{' '}
          ·{' '}
          <Link to="/" className="text-accent underline">
            To the overview
          </Link>
        </p>
      </Empty>
    </div>
  </>
);
