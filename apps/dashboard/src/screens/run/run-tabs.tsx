import { Link } from '@tanstack/react-router';
import type { Run } from '@millrace/core/domain';
import { RUN_TABS, type RunTab } from './run-search.ts';

const TITLES: Readonly<Record<RunTab, string>> = {
  graph: 'Graph',
  timeline: 'Timeline',
  events: 'Events',
  logs: 'Logs',
  artifacts: 'Artifacts',
  details: 'Details',
};

/** Tabs of a run, each with its own address. A selection does not carry over to another tab. */
export const RunTabs = ({ run, tab }: { run: Run; tab: RunTab }) => (
  <nav aria-label="Run views" className="mb-3 flex gap-1 overflow-x-auto border-b border-line">
    {RUN_TABS.map((name) => (
      <Link
        key={name}
        to="/runs/$runId"
        params={{ runId: run.runId }}
        search={name === 'graph' ? {} : { tab: name }}
        aria-current={name === tab ? 'page' : undefined}
        className={`-mb-px border-b-2 px-3 py-2 font-medium whitespace-nowrap ${name === tab ? 'border-accent text-ink' : 'border-transparent text-quiet hover:text-ink'}`}
      >
        {TITLES[name]}
      </Link>
    ))}
  </nav>
);
