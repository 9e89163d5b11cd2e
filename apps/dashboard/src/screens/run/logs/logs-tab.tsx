/** The log of one attempt, from the first line to the current one. */
import type { Run } from '@millrace/core/domain';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useLiveStatus } from '../../../live/live-provider.tsx';
import type { LiveRun } from '../../../live/live-run.ts';
import { Button } from '../../../ui/button.tsx';
import { Empty, Notice } from '../../../ui/notice.tsx';
import { useFirstKept } from '../first-kept.tsx';
import { AttemptPicker } from './attempt-picker.tsx';
import { chooseAttempt, type ChosenAttempt } from './choose-attempt.ts';
import { LogPanel } from './log-panel.tsx';
import { LogStatus } from './log-status.tsx';
import { useLog } from './use-log.ts';

const route = getRouteApi('/runs/$runId');

export const LogsTab = ({ run, source }: { run: Run; source: LiveRun }) => {
  const { stage, attempt } = route.useSearch();
  // Reading a stage's log is not interrupted when the next stage starts.
  const [kept, keep] = useState<ChosenAttempt | null>(null);
  const chosen = stage === undefined && kept !== null ? kept : chooseAttempt(run, { stage, attempt });
  if (stage === undefined && kept === null && chosen !== null) keep(chosen);
  if (chosen === null) return <Empty title="No lines yet">Output appears here as soon as a stage starts.</Empty>;
  return (
    <section aria-label="Log" className="overflow-hidden rounded-lg border border-line bg-panel">
      <AttemptPicker run={run} chosen={chosen} />
      <AttemptLog key={`${chosen.stage} ${chosen.attempt}`} run={run} source={source} chosen={chosen} />
    </section>
  );
};

const AttemptLog = ({ run, source, chosen }: { run: Run; source: LiveRun; chosen: ChosenAttempt }) => {
  const { line } = route.useSearch();
  const navigate = route.useNavigate();
  const { lines, state, again } = useLog(run.runId, chosen, source);
  const whole = useFirstKept(run).firstKept === 1;
  const offline = useLiveStatus() === 'offline';
  const { stage, attempt } = chosen;
  const mark = useCallback(
    (name: string) => void navigate({ search: (search) => ({ ...search, stage, attempt, line: name }), replace: true, resetScroll: false }),
    [navigate, stage, attempt],
  );
  const found = run.stages.find((one) => one.stage === stage);
  const running = found?.status === 'running' && found.attempt === attempt;
  const downloadHref = `/api/v1/runs/${encodeURIComponent(run.runId)}/logs/download?${new URLSearchParams({ stage, attempt: String(attempt), format: 'text' }).toString()}`;
  return (
    <>
      {state.phase === 'broken' ? (
        <Notice tone="bad" title="Could not load the whole log" error={state.error}>
          <Button onClick={again}>Try again</Button>
        </Notice>
      ) : null}
      <LogStatus
        lines={lines}
        phase={state.phase}
        running={running}
        offline={offline}
        whole={whole}
        line={line}
        attempted={found !== undefined && found.attempt >= attempt}
      />
      <LogPanel chosen={chosen} lines={lines} marked={line} onMark={mark} downloadHref={downloadHref} />
    </>
  );
};
