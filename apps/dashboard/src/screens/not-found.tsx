import { Link } from '@tanstack/react-router';
import { PageHead } from '../ui/panel.tsx';
import { Empty } from '../ui/notice.tsx';

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
