import { isTerminalRun, type Run, shortRunId } from '@millrace/core/domain';
import { PageHead } from '../../../ui/panel.tsx';
import { StatusMark } from '../../../ui/status.tsx';
import { CopyButton } from '../details/copy-button.tsx';
import type { RunTab } from '../run-search.ts';
import { RunActions } from './run-actions.tsx';
import { RunFacts } from './run-facts.tsx';
import { RunReasons } from './run-reasons.tsx';

/** Heading of a run: status, actions and reasons. */
export const RunHead = ({ run, tab }: { run: Run; tab: RunTab }) => (
  <header className="mb-3">
    <PageHead
      title={`${run.pipeline} ${shortRunId(run.runId)}`}
      beside={
        <>
          <span role="status" aria-live="polite" className="text-base">
            <StatusMark status={run.status} />
          </span>
          {run.degraded ? (
            <span title="At least one stage used its fallback output" className="font-medium text-warn">
              degraded
            </span>
          ) : null}
          <CopyButton text={() => run.runId} label="Copy id" />
        </>
      }
      actions={<RunActions run={run} live={!isTerminalRun(run.status)} />}
    />
    <RunFacts run={run} />
    <RunReasons run={run} withLines={tab === 'graph'} />
  </header>
);
